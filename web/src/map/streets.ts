/** Streets from afar, each as a whole: how much of its fronts nobody has looked at in time. */
import type { ExpressionSpecification, FilterSpecification, LineLayerSpecification, Map } from "maplibre-gl";
import type { Palette } from "./palette";

const LAYER = "street-standing";
/** Nearer by the fronts themselves are seen. */
const NEAREST_ZOOM = 14;

/** From all seen to most overdue, by the share of late and never visited ones. */
export function overdueColour(share: ExpressionSpecification, colours: Palette): ExpressionSpecification {
  return ["interpolate", ["linear"], share, 0, colours.on_time, 0.25, colours.soon, 0.6, colours.overdue];
}

export function streetLayer(): LineLayerSpecification {
  return {
    id: LAYER, type: "line", source: "streets", "source-layer": "streets", maxzoom: NEAREST_ZOOM, filter: only([]),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 11, 2, NEAREST_ZOOM, 5], "line-opacity": 0.85 },
  };
}

/** Colours streets by their names; where several have one name they stand together. */
export function colourStreets(map: Map, shares: ReadonlyMap<string, number>, colours: Palette): void {
  if (!map.getLayer(LAYER)) return;
  const names = [...shares.keys()];
  map.setFilter(LAYER, only(names));
  if (!names.length) return;
  const share = ["match", ["get", "name"], ...[...shares].flat(), 0] as unknown as ExpressionSpecification;
  map.setPaintProperty(LAYER, "line-color", overdueColour(share, colours));
}

const only = (names: string[]): FilterSpecification => ["in", ["get", "name"], ["literal", names]];
