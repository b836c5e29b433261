/** The map, in a chunk of its own: `const { openMap } = await import("../map")`. Shows what a page gives it and tells what was picked. */
import type * as GeoJSON from "geojson";
import { Map, NavigationControl, ScaleControl, setWorkerUrl, type ErrorEvent, type GeoJSONSource, type LngLat, type MapGeoJSONFeature, type MapMouseEvent, type Tile, type VectorTileSource } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { Failure } from "../api/client";
import { t } from "../words";
import { draw, type Form } from "./drawing";
import { elsewhere, Held, inSight } from "./filling";
import { addImages } from "./images";
import {
  candidateFeatures, caseFeatures, NOTHING, officerFeatures, positionFeatures,
  type CandidateMark, type CaseMark, type LonLat, type OfficerMark, type Picked,
} from "./marks";
import "./map.css";
import { paletteOf } from "./palette";
import { addPatterns, frontFeatures, lineFeatures, stopFeatures, type FrontMark, type LineMark, type StopMark } from "./patrol";
import { pick } from "./picking";
import { shapeFeatures, type ShapeMark } from "./shapes";
import { coverageTiles, sourcesFor, type Shown, type Sources } from "./sources";
import { colourStreets } from "./streets";
import { pinAt, styleOf } from "./style";

export { CLOCKS, type CandidateMark, type CaseMark, type Clock, type LonLat, type OfficerMark, type Picked } from "./marks";
export type { FrontMark, LineMark, StopMark } from "./patrol";
export { corners, type ShapeMark, type ShapeRole } from "./shapes";
export type { Shown } from "./sources";

setWorkerUrl(workerUrl);

export interface MapOptions {
  /** [lon, lat] in degrees, WGS-84. */
  center?: LonLat;
  zoom?: number;
  /** Which ground; follows the page when it is left out. */
  dark?: boolean;
  layers: readonly Shown[];
  /** Where the map stands, at first and after every move: west, south, east, north in degrees. */
  onMove?: (bounds: [number, number, number, number]) => void;
}

export interface MapView {
  /** For pages that draw upon the map themselves. */
  readonly map: Map;
  fly(to: LonLat, zoom?: number): void;
  /** Shows all of these places, no nearer than zoom `nearest`; nothing happens for none. */
  fit(places: readonly LonLat[], nearest?: number): void;
  showPosition(at: LonLat | null, accuracy_m: number): void;
  /** Lets a point be chosen in the middle of the map, told after every move; the returned function ends it. */
  pickPoint(onPick: (at: LonLat) => void): () => void;
  /** The cases of the page's query; null: all that may be seen, from tiles, counted at low zooms. */
  setCases(cases: readonly CaseMark[] | null): void;
  setOfficers(officers: readonly OfficerMark[]): void;
  setCandidates(candidates: readonly CandidateMark[]): void;
  /** Walks, and places on them. */
  setLines(lines: readonly LineMark[], stops?: readonly StopMark[]): void;
  setFronts(fronts: readonly FrontMark[]): void;
  setShapes(shapes: readonly ShapeMark[]): void;
  /** Shows how fronts stand over these local days, both counted; asked again it reads them anew. */
  showCoverage(from: string, to: string): void;
  /** Colours whole streets, by their names, from afar: the share of their fronts that are late or were never visited. */
  setStreets(shares: ReadonlyMap<string, number>): void;
  /** Of the cases given, only these are shown; null: all. */
  setFilter(shown: ((one: CaseMark) => boolean) | null): void;
  /** Marks a case of setCases; null: none. */
  select(number: string | null): void;
  /** Tells what is clicked or tapped; the returned function ends it. */
  onSelect(told: (picked: Picked) => void): () => void;
  /** An area drawn by hand; null when given up. Whatever was being drawn before is given up. */
  lasso(): Promise<GeoJSON.Polygon | null>;
  box(): Promise<GeoJSON.Polygon | null>;
  close(): void;
}

const DISTRICT: LonLat = [121.07, 32.07];
const DARK = "(prefers-color-scheme: dark)";
const AGEING_MS = 30_000;
const RETRY_MS = 15_000;
/** Names stand at once: fading them in is one more picture after each change, and a tenth of a second. */
const FADE_MS = 0;
const PICKABLE: Record<string, Picked["kind"]> = { cases: "case", "all-cases": "case", chosen: "case", officers: "officer", "officer-dots": "officer", "officers-calling": "officer", candidates: "candidate", "candidate-areas": "candidate" };
const COUNTED = ["case-clusters", "all-case-counts"];
/** How far beside a pin a thumb may come down. */
const THUMB_PX = 12;

/** Opens a map in `container`, which must have a size. Throws Failure where the browser cannot draw one. */
export async function openMap(container: HTMLElement, options: MapOptions): Promise<MapView> {
  container.classList.add("map-view");
  const sources = await sourcesFor(options.layers);
  try {
    const view = new View(container, options, sources);
    await view.shown();
    return view;
  } catch {
    container.replaceChildren();
    throw new Failure(501, "map_unavailable", {});
  }
}

class View implements MapView {
  readonly map: Map;
  readonly #closed = new AbortController();
  #drawing = new AbortController();
  #cases: readonly CaseMark[] | null = null;
  #filter: ((one: CaseMark) => boolean) | null = null;
  #chosen: string | null = null;
  #officers: readonly OfficerMark[] = [];
  #candidates: readonly CandidateMark[] = [];
  readonly #missing: [source: string, tile: Tile["tileID"]["canonical"]][] = [];
  #retry: ReturnType<typeof setTimeout> | undefined;
  #position: [LonLat | null, number] = [null, 0];
  readonly #held = { cases: new Held(), officers: new Held() };
  #walks: [readonly LineMark[], readonly StopMark[]] = [[], []];
  #fronts: readonly FrontMark[] = [];
  #shapes: readonly ShapeMark[] = [];
  #streets: ReadonlyMap<string, number> = new globalThis.Map();
  readonly #told = new Set<(picked: Picked) => void>();

  constructor(
    private readonly host: HTMLElement,
    private readonly options: MapOptions,
    private readonly sources: Sources,
  ) {
    this.map = new Map({
      container: host,
      style: this.#style(),
      center: options.center ?? DISTRICT,
      zoom: options.zoom ?? 12,
      minZoom: 7,
      maxZoom: 20,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      fadeDuration: FADE_MS,
      localIdeographFontFamily: getComputedStyle(host).getPropertyValue("--font"),
      locale: {
        "Map.Title": t("map.title"),
        "NavigationControl.ZoomIn": t("map.zoom_in"),
        "NavigationControl.ZoomOut": t("map.zoom_out"),
        "ScaleControl.Meters": t("map.scale_m"),
        "ScaleControl.Kilometers": t("map.scale_km"),
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-left");
    // Tests and the console of a browser find the map by its element.
    Object.defineProperty(host, "mapView", { value: this, configurable: true });
    this.#listen();
  }

  /** Ready to be given things; tiles come as they come. */
  async shown(): Promise<void> {
    await this.map.once("style.load");
    this.#addImages();
    this.#refill();
    this.host.dataset["map"] = "ready";
    this.#moved();
  }

  #moved(): void {
    this.#fill("officers");
    this.options.onMove?.(this.map.getBounds().toArray().flat() as [number, number, number, number]);
  }

  #palette() {
    // A map whose place is gone before it is open has no colours of its own; it is closed once it is there.
    return paletteOf(this.host.isConnected ? this.host : document.documentElement, this.options.dark ?? matchMedia(DARK).matches);
  }

  #style() {
    return styleOf(this.sources, this.#palette(), (this.options.center ?? DISTRICT)[1]);
  }

  #listen(): void {
    const map = this.map;
    const { signal } = this.#closed;
    map.on("click", (event) => this.#clicked(event));
    map.on("mousemove", (event) => {
      if (!map.isMoving()) map.getCanvas().classList.toggle("map-pointed", this.#under(event.point, 0) !== undefined);
    });
    map.on("moveend", () => this.#moved());
    map.on("error", (event) => this.#failed(event));
    map.on("idle", () => !this.#retry && this.host.querySelector(".map-lacking")?.remove());
    addEventListener("online", () => this.#again(), { signal });
    matchMedia(DARK).addEventListener("change", () => this.#recolour(), { signal });
    const ageing = setInterval(() => this.#age(), AGEING_MS);
    signal.addEventListener("abort", () => {
      clearInterval(ageing);
      clearTimeout(this.#retry);
    });
  }

  /** Positions grow old and clocks run out also while nothing comes. */
  #age(): void {
    this.#fill("officers");
    if (document.hidden || this.#retry || this.#cases !== null || !this.map.getLayer("all-cases")) return;
    this.map.setLayoutProperty("all-cases", "icon-image", pinAt(Date.now()));
    this.map.refreshTiles("all-cases");
  }

  /** What lies uppermost within so many pixels. */
  #under({ x, y }: { x: number; y: number }, reach_px: number): MapGeoJSONFeature | undefined {
    const layers = [...Object.keys(PICKABLE), ...COUNTED].filter((layer) => this.map.getLayer(layer));
    return this.map.queryRenderedFeatures([[x - reach_px, y - reach_px], [x + reach_px, y + reach_px]], { layers })[0];
  }

  #clicked(event: MapMouseEvent): void {
    const under = this.#under(event.point, matchMedia("(pointer: coarse)").matches ? THUMB_PX : 2);
    if (!under) return;
    const kind = PICKABLE[under.layer.id];
    const id: unknown = under.properties["id"] ?? under.properties["number"];
    if (!kind) void this.#nearer(under, event.lngLat);
    else if (typeof id === "string") for (const told of this.#told) told({ kind, id });
  }

  async #nearer(counted: MapGeoJSONFeature, at: LngLat): Promise<void> {
    const cluster: unknown = counted.properties["cluster_id"];
    const zoom = typeof cluster === "number" ? await this.#source("cases").getClusterExpansionZoom(cluster) : this.map.getZoom() + 2;
    this.map.easeTo({ center: at, zoom: Math.min(zoom, 18) });
  }

  /** Says that tiles were asked for and did not come, and asks again for them after a while. */
  #failed(event: ErrorEvent & { sourceId?: string; tile?: Tile }): void {
    const { sourceId, tile } = event;
    if (!sourceId || !tile) return console.error(event.error);
    this.#missing.push([sourceId, tile.tileID.canonical]);
    this.#retry ??= setTimeout(() => this.#again(), RETRY_MS);
    if (this.host.querySelector(".map-lacking")) return;
    const said = this.host.appendChild(document.createElement("p"));
    said.className = "map-lacking";
    said.setAttribute("role", "status");
    said.textContent = t("map.tiles_missing");
  }

  #again(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    // Each by its number: a whole source asked anew leaves a tile that failed waiting for itself.
    for (const [source, tile] of this.#missing.splice(0)) this.map.refreshTiles(source, [tile]);
  }

  #recolour(): void {
    this.map.setStyle(this.#style(), { diff: true });
    this.#addImages();
    this.#refill();
  }

  #addImages(): void {
    addImages(this.map, this.#palette());
    addPatterns(this.map, this.#palette());
  }

  #source(name: string): GeoJSONSource {
    return this.map.getSource(name)!;
  }

  #refill(): void {
    for (const held of Object.values(this.#held)) held.forget();
    for (const name of ["cases", "officers", "chosen", "candidates", "position"] as const) this.#fill(name);
    this.#fillPatrol();
    this.setShapes(this.#shapes);
    this.setStreets(this.#streets);
  }

  #fill(name: "cases" | "officers" | "chosen" | "candidates" | "position"): void {
    const [source, content] = [this.#source(name), this.#content(name)];
    if (name === "cases") this.#held.cases.fill(source, content, elsewhere);
    else if (name === "officers") this.#held.officers.fill(source, content, inSight(this.map.getBounds(), this.map.getZoom()));
    else void source.setData(content);
    if (name !== "cases") return;
    const all = this.#cases === null ? "visible" : "none";
    for (const layer of ["all-cases", "all-case-counts"]) {
      if (this.map.getLayer(layer)) this.map.setLayoutProperty(layer, "visibility", all);
    }
  }

  #content(name: "cases" | "officers" | "chosen" | "candidates" | "position"): GeoJSON.FeatureCollection {
    if (name === "officers") return officerFeatures(this.#officers, Date.now());
    if (name === "candidates") return candidateFeatures(this.#candidates);
    if (name === "position") return positionFeatures(...this.#position);
    const cases = this.#cases ?? [];
    if (name === "chosen") return this.#chosen === null ? NOTHING : caseFeatures(cases.filter((one) => one.number === this.#chosen));
    return caseFeatures(this.#filter ? cases.filter(this.#filter) : cases);
  }

  fly(to: LonLat, zoom?: number): void {
    this.map.flyTo({ center: to, zoom: zoom ?? Math.max(this.map.getZoom(), 16), maxDuration: 800 });
  }

  fit(places: readonly LonLat[], nearest = 17): void {
    const lons = places.map(([lon]) => lon);
    const lats = places.map(([, lat]) => lat);
    if (!places.length) return;
    this.map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 56, maxZoom: nearest, maxDuration: 800 });
  }

  showPosition(at: LonLat | null, accuracy_m: number): void {
    this.#position = [at, accuracy_m];
    this.#fill("position");
  }

  pickPoint(onPick: (at: LonLat) => void): () => void {
    return pick(this.map, this.host, onPick);
  }

  setCases(cases: readonly CaseMark[] | null): void {
    this.#cases = cases;
    this.#fill("cases");
    this.#fill("chosen");
  }

  setOfficers(officers: readonly OfficerMark[]): void {
    this.#officers = officers;
    this.#fill("officers");
  }

  setCandidates(candidates: readonly CandidateMark[]): void {
    this.#candidates = candidates;
    this.#fill("candidates");
  }

  setLines(lines: readonly LineMark[], stops: readonly StopMark[] = []): void {
    this.#walks = [lines, stops];
    this.#fillPatrol();
  }

  setFronts(fronts: readonly FrontMark[]): void {
    this.#fronts = fronts;
    this.#fillPatrol();
  }

  #fillPatrol(): void {
    const [lines, stops] = this.#walks;
    void this.#source("lines").setData(lineFeatures(lines));
    void this.#source("stops").setData(stopFeatures(stops));
    void this.#source("fronts").setData(frontFeatures(this.#fronts));
  }

  setShapes(shapes: readonly ShapeMark[]): void {
    this.#shapes = shapes;
    void this.#source("shapes").setData(shapeFeatures(shapes));
  }

  showCoverage(from: string, to: string): void {
    const told = this.sources["coverage"];
    const source = this.map.getSource<VectorTileSource>("coverage");
    if (told?.type !== "vector" || !source) return;
    const tiles = coverageTiles(from, to);
    if (String(told.tiles) === String(tiles)) this.map.refreshTiles("coverage");
    else source.setTiles((told.tiles = tiles));
  }

  setStreets(shares: ReadonlyMap<string, number>): void {
    this.#streets = shares;
    colourStreets(this.map, shares, this.#palette());
  }

  setFilter(shown: ((one: CaseMark) => boolean) | null): void {
    this.#filter = shown;
    this.#fill("cases");
  }

  select(number: string | null): void {
    this.#chosen = number;
    this.#fill("chosen");
  }

  onSelect(told: (picked: Picked) => void): () => void {
    this.#told.add(told);
    return () => this.#told.delete(told);
  }

  lasso(): Promise<GeoJSON.Polygon | null> {
    return this.#draw("lasso");
  }

  box(): Promise<GeoJSON.Polygon | null> {
    return this.#draw("box");
  }

  #draw(form: Form): Promise<GeoJSON.Polygon | null> {
    this.#drawing.abort();
    this.#drawing = new AbortController();
    return draw(this.map, this.host, form, this.#drawing.signal);
  }

  close(): void {
    this.#drawing.abort();
    this.#closed.abort();
    this.map.remove();
    this.host.classList.remove("map-view");
    delete this.host.dataset["map"];
  }
}
