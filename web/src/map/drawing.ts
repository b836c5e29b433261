/** Choosing what lies within a line drawn by hand, or within a rectangle. Enter takes what is in view, Escape nothing. */
import type * as GeoJSON from "geojson";
import type { Map } from "maplibre-gl";
import type { Key } from "../words";
import { t } from "../words";

type Point = [x: number, y: number];
export type Form = "lasso" | "box";
const HINTS: Record<Form, Key> = { lasso: "map.lasso_hint", box: "map.box_hint" };
const SVG = "http://www.w3.org/2000/svg";
/** Nobody means an area smaller than this, in pixels. */
const LEAST_PX = 6;
/** A line by hand needs a corner no nearer than this to its last one. */
const STEP_PX = 4;

/** Lets an area be drawn over the map; null when it was given up, or `given_up` is aborted. */
export function draw(map: Map, host: HTMLElement, form: Form, given_up: AbortSignal): Promise<GeoJSON.Polygon | null> {
  const sheet = document.createElement("div");
  sheet.className = "map-sheet";
  sheet.tabIndex = -1;
  const svg = sheet.appendChild(document.createElementNS(SVG, "svg"));
  const path = svg.appendChild(document.createElementNS(SVG, "path"));
  const hint = sheet.appendChild(document.createElement("p"));
  hint.className = "map-hint";
  hint.setAttribute("role", "status");
  host.append(sheet);
  hint.textContent = t(HINTS[form]);

  return new Promise((resolve) => {
    const over = new AbortController();
    const listen = { signal: over.signal };
    let drawn: Point[] = [];
    const end = (area: GeoJSON.Polygon | null) => {
      over.abort();
      sheet.remove();
      resolve(area);
    };
    const at = (event: PointerEvent): Point => {
      const { left, top } = sheet.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    sheet.addEventListener("pointerdown", (event) => {
      sheet.setPointerCapture(event.pointerId);
      drawn = [at(event)];
      event.preventDefault();
    }, listen);
    sheet.addEventListener("pointermove", (event) => {
      const first = drawn[0];
      const last = drawn.at(-1);
      if (!first || !last) return;
      const now = at(event);
      if (form === "box") drawn = cornersOf(first, now);
      else if (Math.hypot(now[0] - last[0], now[1] - last[1]) >= STEP_PX) drawn.push(now);
      path.setAttribute("d", `M${drawn.map((point) => point.join(" ")).join("L")}Z`);
    }, listen);
    sheet.addEventListener("pointerup", () => end(large(drawn) ? areaOf(map, drawn) : null), listen);
    sheet.addEventListener("pointercancel", () => end(null), listen);
    addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      end(event.key === "Enter" ? inView(map) : null);
    }, { ...listen, capture: true });
    given_up.addEventListener("abort", () => end(null), listen);
  });
}

function cornersOf([x, y]: Point, [right, below]: Point): Point[] {
  return [[x, y], [right, y], [right, below], [x, below]];
}

function large(drawn: readonly Point[]): boolean {
  const spread = (axis: 0 | 1) => Math.max(...drawn.map((point) => point[axis])) - Math.min(...drawn.map((point) => point[axis]));
  return drawn.length >= 3 && spread(0) >= LEAST_PX && spread(1) >= LEAST_PX;
}

function areaOf(map: Map, corners: readonly Point[]): GeoJSON.Polygon {
  const ring = corners.map((corner) => map.unproject(corner).toArray());
  return { type: "Polygon", coordinates: [[...ring, ring[0]!]] };
}

function inView(map: Map): GeoJSON.Polygon {
  const { clientWidth, clientHeight } = map.getContainer();
  return areaOf(map, cornersOf([0, 0], [clientWidth, clientHeight]));
}
