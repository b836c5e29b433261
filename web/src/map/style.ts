/** The look of the map: paper ground, white streets with grey casing and names along them, thin outlines, pins above. */
import type { ExpressionSpecification, LayerSpecification, LineLayerSpecification, StyleSpecification } from "maplibre-gl";
import { SOON_MS } from "../cases/standing";
import type { Palette } from "./palette";
import { frontLayers, lineLayers, patternLayers } from "./patrol";
import { shapeLayers } from "./shapes";
import type { Sources } from "./sources";
import { overdueColour, streetLayer } from "./streets";

/** The name only says how heavy: every glyph is drawn by the browser from the fonts of the page. */
const REGULAR = ["Regular"];
const BOLD = ["Bold"];
const DETAIL_ZOOM = 14;
/** From here on streets are there to be coloured as a whole. */
const STREETS_ZOOM = 12;
const STATUS = ["get", "status"] as ExpressionSpecification;

export function styleOf(sources: Sources, colours: Palette, lat: number): StyleSpecification {
  const layers = [...ground(colours, lat), ...zones(colours), ...coverage(colours), ...("coverage" in sources ? [streetLayer()] : []), ...patternLayers(), ...frontLayers(colours), ...shapeLayers(colours), ...names(colours), ...lineLayers(colours), ...work(colours)];
  return {
    version: 8,
    sources,
    layers: layers.filter((layer) => !("source" in layer) || layer.source in sources),
    transition: { duration: 0, delay: 0 },
  };
}

/** The pin of a case from tiles, which tell when it is due and not how that stands. */
export function pinAt(now_ms: number): ExpressionSpecification {
  const due_ms: ExpressionSpecification = ["*", 1000, ["get", "due"]];
  return [
    "case", ["!", ["get", "open"]], "case-closed", ["==", ["get", "state"], "suspended"], "case-suspended", ["!", ["has", "due"]], "case-unsure",
    ["<", due_ms, now_ms], "case-overdue", ["<", due_ms, now_ms + SOON_MS], "case-soon", "case-on_time",
  ];
}

/** Pixels of a street of its own width: true to scale near by, never thinner than can be seen. */
function wide(lat: number, more_px: number): ExpressionSpecification {
  const width_m: ExpressionSpecification = ["coalesce", ["get", "width_m"], 6];
  const px_a_m = 2 ** 18 / (78_271.517 * Math.cos((lat * Math.PI) / 180));
  const at = (zoom: number, least_px: number): ExpressionSpecification => ["+", more_px, ["max", least_px, ["*", width_m, px_a_m / 2 ** (18 - zoom)]]];
  return ["interpolate", ["exponential", 2], ["zoom"], 11, at(11, 0.6), 14, at(14, 1.4), 20, at(20, 4)];
}

function ground(colours: Palette, lat: number): LayerSpecification[] {
  const street: Omit<LineLayerSpecification, "id"> = {
    type: "line", source: "streets", "source-layer": "streets",
    layout: { "line-cap": "round", "line-join": "round", "line-sort-key": ["coalesce", ["get", "width_m"], 6] },
  };
  return [
    { id: "ground", type: "background", paint: { "background-color": colours.ground } },
    { id: "street-casing", ...street, paint: { "line-color": colours.casing, "line-width": wide(lat, 1.6) } },
    { id: "streets", ...street, paint: { "line-color": colours.street, "line-width": wide(lat, 0) } },
    {
      id: "townships", type: "line", source: "townships", "source-layer": "township", layout: { "line-join": "round" },
      paint: { "line-color": colours.border, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.8, 16, 2.2], "line-dasharray": [4, 2, 1, 2], "line-opacity": 0.8 },
    },
  ];
}

function zones(colours: Palette): LayerSpecification[] {
  const zone = { source: "zones", "source-layer": "frontage", minzoom: DETAIL_ZOOM } as const;
  const bay = { source: "parking", "source-layer": "parking", minzoom: DETAIL_ZOOM } as const;
  return [
    { id: "zones", type: "fill", ...zone, paint: { "fill-color": colours.accent, "fill-opacity": colours.dark ? 0.14 : 0.08 } },
    {
      id: "zone-outlines", type: "line", ...zone,
      paint: { "line-color": colours.accent, "line-width": ["interpolate", ["linear"], ["zoom"], 14, 0.4, 18, 1.3], "line-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.45, 17, 0.9] },
    },
    { id: "parking", type: "fill", ...bay, paint: { "fill-color": colours.parking, "fill-opacity": 0.16 } },
    { id: "parking-outlines", type: "line", ...bay, minzoom: 15, paint: { "line-color": colours.parking, "line-width": 1, "line-dasharray": [3, 2] } },
  ];
}

/** How fronts stand: visited, due, late, never; what was never seen is hatched as well. */
function coverage(colours: Palette): LayerSpecification[] {
  const front = { source: "coverage", "source-layer": "coverage", minzoom: DETAIL_ZOOM } as const;
  const colour: ExpressionSpecification = [
    "match", STATUS, "visited", colours.on_time, "due", colours.soon, ["late", "never"], colours.overdue, colours.closed,
  ];
  const bad: ExpressionSpecification = ["/", ["+", ["get", "late"], ["get", "never"]], ["max", 1, ["get", "count"]]];
  return [
    { id: "coverage", type: "fill", ...front, paint: { "fill-color": colour, "fill-opacity": ["match", STATUS, "never", 0.12, 0.4] } },
    { id: "coverage-never", type: "fill", ...front, filter: ["==", STATUS, "never"], paint: { "fill-pattern": "hatch" } },
    { id: "coverage-outlines", type: "line", ...front, paint: { "line-color": colour, "line-width": 1 } },
    {
      id: "coverage-cells", type: "circle", source: "coverage", "source-layer": "coverage_cells", maxzoom: STREETS_ZOOM,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 1.5, 14, 5],
        "circle-color": overdueColour(bad, colours),
        "circle-opacity": 0.75,
      },
    },
  ];
}

function names(colours: Palette): LayerSpecification[] {
  const halo = { "text-halo-color": colours.ground, "text-halo-width": 1.6 };
  return [
    {
      id: "street-names", type: "symbol", source: "streets", "source-layer": "streets", minzoom: 13.5, filter: ["has", "name"],
      layout: {
        "symbol-placement": "line", "symbol-spacing": 240, "text-field": ["get", "name"], "text-font": REGULAR,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 11, 17, 13], "text-padding": 6, "symbol-sort-key": ["-", 0, ["coalesce", ["get", "width_m"], 6]],
      },
      paint: { "text-color": colours.quiet, ...halo, "text-halo-color": colours.street },
    },
    {
      id: "door-names", type: "symbol", source: "zones", "source-layer": "frontage", minzoom: 17.5,
      layout: { "text-field": ["get", "name"], "text-font": REGULAR, "text-size": 11, "text-max-width": 7, "text-line-height": 1.15, "text-padding": 3 },
      paint: { "text-color": colours.accent, ...halo },
    },
    {
      id: "bay-signs", type: "symbol", source: "parking", "source-layer": "parking", minzoom: 16.5,
      layout: { "text-field": "P", "text-font": BOLD, "text-size": 11, "text-padding": 1 },
      paint: { "text-color": colours.parking, ...halo },
    },
    {
      id: "township-names", type: "symbol", source: "township-names", "source-layer": "township", minzoom: 8.5, maxzoom: 14.5,
      layout: { "text-field": ["get", "name"], "text-font": BOLD, "text-size": ["interpolate", ["linear"], ["zoom"], 9, 12, 13, 16], "text-max-width": 8, "text-padding": 4 },
      paint: { "text-color": colours.ink, ...halo, "text-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0.9, 14.5, 0.4] },
    },
  ];
}

/** Cases, people and what is chosen, above everything else. */
function work(colours: Palette): LayerSpecification[] {
  const counted = { "text-font": BOLD, "text-size": 13, "text-allow-overlap": true, "icon-allow-overlap": true } as const;
  const pinned = { "icon-anchor": "bottom", "icon-allow-overlap": true, "icon-ignore-placement": true } as const;
  const grown: ExpressionSpecification = ["interpolate", ["linear"], ["log10", ["max", 1, ["coalesce", ["get", "point_count"], ["get", "count"], 1]]], 0, 0.8, 4, 1.35];
  const overdue: ExpressionSpecification = ["ceil", ["*", 8, ["/", ["coalesce", ["get", "overdue"], 0], ["coalesce", ["get", "point_count"], ["get", "count"], 1]]]];
  const share: ExpressionSpecification = ["concat", "cluster-", ["to-string", overdue]];
  const count: ExpressionSpecification = ["to-string", ["coalesce", ["get", "point_count_abbreviated"], ["get", "count"], ""]];
  const ink = { "text-color": colours.ink };
  const person = { "icon-image": ["get", "image"] as ExpressionSpecification, "text-field": ["get", "initials"] as ExpressionSpecification, "text-font": BOLD, "text-size": 11 };
  return [
    { id: "position-accuracy", type: "fill", source: "position", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colours.accent, "fill-opacity": 0.14 } },
    { id: "position-ring", type: "line", source: "position", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": colours.accent, "line-width": 1, "line-opacity": 0.6 } },
    { id: "candidate-areas", type: "fill", source: "candidates", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colours.accent, "fill-opacity": 0.2 } },
    { id: "candidate-outlines", type: "line", source: "candidates", filter: ["==", ["geometry-type"], "Polygon"], paint: { "line-color": colours.accent, "line-width": 2 } },
    // Each a dot, and with initials where there is room: many people hide neither each other nor the cases.
    { id: "officer-dots", type: "circle", source: "officers", filter: ["!", ["get", "sos"]], paint: { "circle-radius": 4, "circle-color": ["case", ["==", ["get", "image"], "officer-0"], colours.closed, colours.accent], "circle-stroke-color": colours.panel, "circle-stroke-width": 1.5 } },
    { id: "officers", type: "symbol", source: "officers", filter: ["!", ["get", "sos"]], layout: person, paint: { "text-color": colours.accentInk } },
    { id: "all-case-counts", type: "symbol", source: "all-cases", "source-layer": "cases_cells", layout: { "icon-image": share, "icon-size": grown, "text-field": count, ...counted, "icon-allow-overlap": false, "text-allow-overlap": false }, paint: ink },
    { id: "all-cases", type: "symbol", source: "all-cases", "source-layer": "cases", layout: { "icon-image": pinAt(Date.now()), ...pinned } },
    { id: "case-clusters", type: "symbol", source: "cases", filter: ["has", "point_count"], layout: { "icon-image": share, "icon-size": grown, "text-field": count, ...counted }, paint: ink },
    { id: "cases", type: "symbol", source: "cases", filter: ["!", ["has", "point_count"]], layout: { "icon-image": ["get", "image"], ...pinned } },
    { id: "officers-calling", type: "symbol", source: "officers", filter: ["get", "sos"], layout: { ...person, "icon-allow-overlap": true, "text-allow-overlap": true }, paint: { "text-color": colours.accentInk } },
    { id: "chosen-halo", type: "symbol", source: "chosen", layout: { "icon-image": "chosen", ...pinned, "icon-offset": [0, 6] } },
    { id: "chosen", type: "symbol", source: "chosen", layout: { "icon-image": ["get", "image"], ...pinned } },
    { id: "candidates", type: "symbol", source: "candidates", filter: ["==", ["geometry-type"], "Point"], layout: { "icon-image": "candidate", "text-field": ["get", "id"], ...counted }, paint: { "text-color": colours.accentInk } },
    { id: "position", type: "circle", source: "position", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 7, "circle-color": colours.accent, "circle-stroke-color": colours.panel, "circle-stroke-width": 3 } },
  ];
}
