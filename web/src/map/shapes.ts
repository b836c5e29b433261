/** Outlines that a page looks at beside the layers: what a file tells, what is wrong with it, what would change. */
import type * as GeoJSON from "geojson";
import type { ExpressionSpecification, FilterSpecification, LayerSpecification } from "maplibre-gl";
import type { LonLat } from "./marks";
import type { Palette } from "./palette";

/** Each has a colour and a line of its own, so that colour is never alone. */
export const SHAPE_ROLES = ["beside", "before", "gone", "new", "changed", "told", "repair", "fault"] as const;
export type ShapeRole = (typeof SHAPE_ROLES)[number];

export interface ShapeMark {
  role: ShapeRole;
  shape: GeoJSON.Geometry;
  label?: string | undefined;
}

export function shapeFeatures(marks: readonly ShapeMark[]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: marks.map(({ role, shape, label }) => ({ type: "Feature", properties: { role, label: label ?? "" }, geometry: shape })),
  };
}

/** Every corner of a shape. */
export function corners(shape: GeoJSON.Geometry): LonLat[] {
  if (shape.type === "GeometryCollection") return shape.geometries.flatMap(corners);
  const found: LonLat[] = [];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") found.push([part[0], part[1] as number]);
    else part.forEach(walk);
  };
  walk(shape.coordinates);
  return found;
}

const ROLE: ExpressionSpecification = ["get", "role"];

export function shapeLayers(colours: Palette): LayerSpecification[] {
  const colour: ExpressionSpecification = [
    "match", ROLE, ["new", "repair"], colours.on_time, "changed", colours.soon, ["gone", "fault"], colours.overdue, "told", colours.accent, colours.closed,
  ];
  const line = { type: "line", source: "shapes", layout: { "line-join": "round", "line-cap": "round" } } as const;
  const of = (...roles: ShapeRole[]): FilterSpecification => ["in", ROLE, ["literal", roles]];
  const paint = (width: number) => ({ "line-color": colour, "line-width": width });
  return [
    { id: "shapes", type: "fill", source: "shapes", filter: ["all", ["in", ["geometry-type"], ["literal", ["Polygon", "MultiPolygon"]]], ["!", of("before", "told")]] as FilterSpecification, paint: { "fill-color": colour, "fill-opacity": ["match", ROLE, "fault", 0.5, "beside", 0.1, 0.22] } },
    { id: "shape-lines", ...line, filter: of("beside", "new"), paint: paint(1.5) },
    { id: "shape-faults", ...line, filter: of("fault"), paint: paint(3) },
    { id: "shape-changed", ...line, filter: of("changed", "repair"), paint: { ...paint(2), "line-dasharray": [4, 1.5] } },
    { id: "shape-before", ...line, filter: of("before", "gone"), paint: { ...paint(2), "line-dasharray": [1, 2] } },
    { id: "shape-told", ...line, filter: of("told"), paint: paint(2.5) },
    { id: "shape-points", type: "circle", source: "shapes", filter: ["in", ["geometry-type"], ["literal", ["Point", "MultiPoint"]]], paint: { "circle-radius": 7, "circle-color": colour, "circle-stroke-color": colours.panel, "circle-stroke-width": 2 } },
    {
      id: "shape-labels", type: "symbol", source: "shapes", minzoom: 15, filter: ["!=", ["get", "label"], ""],
      layout: { "text-field": ["get", "label"], "text-font": ["Regular"], "text-size": 12, "text-max-width": 8, "text-padding": 2 },
      paint: { "text-color": colours.ink, "text-halo-color": colours.panel, "text-halo-width": 1.8 },
    },
  ];
}
