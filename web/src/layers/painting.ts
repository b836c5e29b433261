/** Zones as layers of the map: outlines with their names, what is picked, and what differs between two days. */
import type * as GeoJSON from "geojson";
import type { ExpressionSpecification, FilterSpecification, GeoJSONSource, LayerSpecification, Map } from "maplibre-gl";
import { paletteOf } from "../map/palette";

export type Look = "plain" | "added" | "changed" | "removed";
export interface Painted {
  code: string;
  name: string;
  look: Look;
  shape: GeoJSON.Geometry;
}

const SOURCE = "layers-zones";
const MOVES = "layers-moves";
const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
export const FILL = "layers-fill";
const POINTS = "layers-points";

const LOOK: ExpressionSpecification = ["get", "look"];

function layersOf(host: Element): LayerSpecification[] {
  const colours = paletteOf(host, matchMedia("(prefers-color-scheme: dark)").matches);
  const colour: ExpressionSpecification = ["match", LOOK, "added", colours.on_time, "changed", colours.soon, "removed", colours.overdue, colours.accent];
  const source = SOURCE;
  const areas: FilterSpecification = ["!=", ["geometry-type"], "Point"];
  return [
    { id: FILL, type: "fill", source, filter: areas, paint: { "fill-color": colour, "fill-opacity": ["match", LOOK, "plain", colours.dark ? 0.16 : 0.1, 0.35] } },
    { id: "layers-lines", type: "line", source, filter: areas, paint: { "line-color": colour, "line-width": ["interpolate", ["linear"], ["zoom"], 14, 0.6, 18, 1.6] } },
    { id: "layers-removed", type: "line", source, filter: ["==", LOOK, "removed"], paint: { "line-color": colours.overdue, "line-width": 3, "line-dasharray": [2, 2] } },
    { id: POINTS, type: "circle", source, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 6, "circle-color": colour, "circle-stroke-color": colours.panel, "circle-stroke-width": 2 } },
    { id: "layers-picked", type: "line", source, filter: ["in", ["get", "code"], ["literal", []]], paint: { "line-color": colours.accent, "line-width": 4 } },
    {
      id: "layers-names", type: "symbol", source, minzoom: 16.5,
      layout: { "text-field": ["get", "name"], "text-font": ["Regular"], "text-size": 11, "text-max-width": 7, "text-padding": 3 },
      paint: { "text-color": colours.ink, "text-halo-color": colours.ground, "text-halo-width": 1.6 },
    },
    { id: "layers-moves", type: "circle", source: MOVES, paint: { "circle-radius": 7, "circle-color": colours.suspended, "circle-stroke-color": colours.panel, "circle-stroke-width": 2 } },
  ];
}

/** Zones on one map, kept there also when its colours change. */
export class Painting {
  #zones: GeoJSON.FeatureCollection = NOTHING;
  #moves: GeoJSON.FeatureCollection = NOTHING;
  #picked: readonly string[] = [];
  #hidden: readonly string[] = [];
  readonly #heard;

  constructor(
    private readonly map: Map,
    private readonly host: Element,
  ) {
    this.#add();
    // A new ground takes with it what it does not know of.
    this.#heard = map.on("styledata", () => !map.getSource(SOURCE) && this.#add());
  }

  #add(): void {
    this.map.addSource(SOURCE, { type: "geojson", data: this.#zones });
    this.map.addSource(MOVES, { type: "geojson", data: this.#moves });
    const above = this.map.getLayer("street-names") ? "street-names" : undefined;
    for (const layer of layersOf(this.host)) this.map.addLayer(layer, layer.id === "layers-names" || layer.id === "layers-moves" ? undefined : above);
    this.#filter();
  }

  show(zones: readonly Painted[]): void {
    this.#zones = { type: "FeatureCollection", features: zones.map(({ code, name, look, shape }) => ({ type: "Feature", properties: { code, name, look }, geometry: shape })) };
    void this.map.getSource<GeoJSONSource>(SOURCE)?.setData(this.#zones);
  }

  showMoves(places: readonly GeoJSON.Position[]): void {
    this.#moves = { type: "FeatureCollection", features: places.map((coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates } })) };
    void this.map.getSource<GeoJSONSource>(MOVES)?.setData(this.#moves);
  }

  /** `hidden`: shown by the draft instead. */
  mark(picked: readonly string[], hidden: readonly string[]): void {
    const same = JSON.stringify([picked, hidden]) === JSON.stringify([this.#picked, this.#hidden]);
    [this.#picked, this.#hidden] = [picked, hidden];
    if (!same) this.#filter();
  }

  #filter(): void {
    const code: ExpressionSpecification = ["get", "code"];
    const kept: ExpressionSpecification = ["!", ["in", code, ["literal", [...this.#hidden]]]];
    const area: ExpressionSpecification = ["!=", ["geometry-type"], "Point"];
    for (const layer of [FILL, "layers-lines"]) this.map.setFilter(layer, ["all", area, kept] as FilterSpecification);
    this.map.setFilter(POINTS, ["all", ["==", ["geometry-type"], "Point"], kept] as FilterSpecification);
    this.map.setFilter("layers-picked", ["all", kept, ["in", code, ["literal", [...this.#picked]]]] as FilterSpecification);
  }

  /** The zone below a pixel. */
  under({ x, y }: { x: number; y: number }): string | null {
    const [found] = this.map.queryRenderedFeatures([[x - 2, y - 2], [x + 2, y + 2]], { layers: [POINTS, FILL] });
    const code: unknown = found?.properties["code"];
    return typeof code === "string" ? code : null;
  }

  close(): void {
    this.#heard.unsubscribe();
  }
}
