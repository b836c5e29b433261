/** What pages about patrols draw: walks as lines, places in their order, and fronts of a street by how sure they were seen. */
import type * as GeoJSON from "geojson";
import type { ExpressionSpecification, LayerSpecification, Map } from "maplibre-gl";
import type { Area, LonLat } from "./marks";
import type { Palette } from "./palette";

export interface LineMark {
  /** Unbroken stretches. */
  stretches: readonly (readonly LonLat[])[];
  /** Which of several walks it is, from 0: each has a colour and a dash of its own. */
  rank: number;
}

export interface StopMark {
  at: LonLat;
  label: string;
  done?: boolean | undefined;
}

export interface FrontMark {
  code: string;
  status: "due" | "visited" | "late" | "never";
  /** Of what was seen of it: surely, probably only, or nothing. */
  seen: "certain" | "probable" | "none";
  area: Area;
}

export const PATROL_SOURCES = ["fronts", "lines", "stops"] as const;
const RANKS = 4;

export function lineFeatures(marks: readonly LineMark[]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: marks.map(({ stretches, rank }) => ({
      type: "Feature",
      properties: { rank: rank % RANKS },
      geometry: { type: "MultiLineString", coordinates: stretches.map((stretch) => [...stretch]) },
    })),
  };
}

export function stopFeatures(marks: readonly StopMark[]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: marks.map(({ at, label, done }) => ({ type: "Feature", properties: { label, done: done ?? false }, geometry: { type: "Point", coordinates: at } })),
  };
}

export function frontFeatures(marks: readonly FrontMark[]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: marks.map(({ code, status, seen, area }) => ({ type: "Feature", properties: { code, status, seen }, geometry: area })),
  };
}

/** The colour of a walk: the same on the map and in the lists beside it. */
export function rankColours(colours: Palette): string[] {
  return [colours.accent, colours.suspended, colours.on_time, colours.soon];
}

const STATUS: ExpressionSpecification = ["get", "status"];

/** Beside colour each status of a front has a pattern: due is dotted, late is barred, never is hatched. */
export function patternLayers(): LayerSpecification[] {
  const front = { source: "coverage", "source-layer": "coverage", minzoom: 14 } as const;
  return [
    { id: "coverage-due", type: "fill", ...front, filter: ["==", STATUS, "due"], paint: { "fill-pattern": "dots-due" } },
    { id: "coverage-late", type: "fill", ...front, filter: ["==", STATUS, "late"], paint: { "fill-pattern": "bars-late" } },
  ];
}

/** Fronts of the street that is looked at: seen for sure is filled, probably seen is dotted, not seen is empty. */
export function frontLayers(colours: Palette): LayerSpecification[] {
  const colour: ExpressionSpecification = ["match", STATUS, "visited", colours.on_time, "due", colours.soon, colours.overdue];
  return [
    { id: "fronts", type: "fill", source: "fronts", filter: ["==", ["get", "seen"], "certain"], paint: { "fill-color": colours.on_time, "fill-opacity": 0.6 } },
    { id: "fronts-probable", type: "fill", source: "fronts", filter: ["==", ["get", "seen"], "probable"], paint: { "fill-pattern": "dots-seen" } },
    { id: "fronts-outlines", type: "line", source: "fronts", paint: { "line-color": colour, "line-width": 2.5 } },
  ];
}

export function lineLayers(colours: Palette): LayerSpecification[] {
  const line = { type: "line", source: "lines", layout: { "line-cap": "round", "line-join": "round" } } as const;
  const dashes = [[1, 0], [3, 1.5], [1, 1.5], [5, 1.5, 1, 1.5]];
  return [
    { id: "line-casing", ...line, paint: { "line-color": colours.panel, "line-width": 7, "line-opacity": 0.85 } },
    ...rankColours(colours).map((colour, rank): LayerSpecification => ({
      id: `lines-${rank}`, ...line, filter: ["==", ["get", "rank"], rank],
      paint: { "line-color": colour, "line-width": 3.5, "line-dasharray": dashes[rank]! },
    })),
    {
      id: "stops", type: "circle", source: "stops",
      paint: { "circle-radius": 11, "circle-color": ["case", ["get", "done"], colours.on_time, colours.accent], "circle-stroke-color": colours.panel, "circle-stroke-width": 2 },
    },
    {
      id: "stop-labels", type: "symbol", source: "stops",
      layout: { "text-field": ["get", "label"], "text-font": ["Bold"], "text-size": 12, "text-allow-overlap": true },
      paint: { "text-color": colours.accentInk },
    },
  ];
}

type Brush = CanvasRenderingContext2D;

/** The patterns, drawn for the colours of the page. */
export function addPatterns(map: Map, colours: Palette): void {
  const dots = (colour: string) => (brush: Brush) => {
    brush.fillStyle = colour;
    for (const [x, y] of [[2, 2], [6, 6]] as const) {
      brush.beginPath();
      brush.arc(x, y, 1.3, 0, 2 * Math.PI);
      brush.fill();
    }
  };
  const bars = (brush: Brush) => {
    brush.fillStyle = colours.overdue;
    brush.fillRect(0, 3, 8, 1.6);
  };
  for (const [name, draw] of [["dots-due", dots(colours.soon)], ["dots-seen", dots(colours.on_time)], ["bars-late", bars]] as const) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 16;
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    if (!brush) throw new Error("no 2D canvas");
    brush.scale(2, 2);
    draw(brush);
    const image = brush.getImageData(0, 0, 16, 16);
    if (map.hasImage(name)) map.updateImage(name, image);
    else map.addImage(name, image, { pixelRatio: 2 });
  }
}
