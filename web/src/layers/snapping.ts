/** Corners and edges of neighbours that a drawn corner is drawn to, found by squares so that thousands of zones cost nothing. */
import type { Path, Point } from "./geometry";

export interface Snap {
  at: Point;
  on: "corner" | "edge";
  code: string;
}

type Edge = { code: string; from: Point; to: Point };
/** About 40 m: a view at which one draws holds some hundred squares. */
const SQUARE_DEG = 0.0004;
/** An edge over more squares than this is a border of a township: kept beside the squares and looked at always. */
const LONG = 64;

export class Snaps {
  readonly #squares = new Map<string, Edge[]>();
  readonly #long: Edge[] = [];

  constructor(zones: Iterable<{ code: string; paths: readonly Path[] }>) {
    for (const { code, paths } of zones) for (const { points, closed } of paths) this.#add(code, points, closed);
  }

  #add(code: string, points: readonly Point[], closed: boolean): void {
    points.forEach((from, place) => {
      if (!closed && place === points.length - 1 && points.length > 1) return;
      const edge = { code, from, to: points[(place + 1) % points.length]! };
      const squares = [...between(edge.from, edge.to)];
      if (squares.length > LONG) this.#long.push(edge);
      else for (const key of squares) this.#squares.get(key)?.push(edge) ?? this.#squares.set(key, [edge]);
    });
  }

  /** What is nearest within `reach_px`, corners before edges. `pixels` tells where a place is drawn. */
  find(at: Point, reach_px: number, pixels: (at: Point) => { x: number; y: number }, reach_deg: number): Snap | null {
    const here = pixels(at);
    const near = new Set(this.#long);
    for (const key of between([at[0] - reach_deg, at[1] - reach_deg], [at[0] + reach_deg, at[1] + reach_deg])) for (const edge of this.#squares.get(key) ?? []) near.add(edge);
    let corner: (Snap & { far: number }) | null = null;
    let side: (Snap & { far: number }) | null = null;
    for (const { code, from, to } of near) {
      const [a, b] = [pixels(from), pixels(to)];
      for (const [place, end] of [[from, a], [to, b]] as const) {
        const far = Math.hypot(end.x - here.x, end.y - here.y);
        if (far <= reach_px && (!corner || far < corner.far)) corner = { at: place, on: "corner", code, far };
      }
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const along = Math.min(1, Math.max(0, ((here.x - a.x) * dx + (here.y - a.y) * dy) / (dx * dx + dy * dy || 1)));
      const far = Math.hypot(here.x - a.x - along * dx, here.y - a.y - along * dy);
      if (far <= reach_px && (!side || far < side.far)) side = { at: [from[0] + along * (to[0] - from[0]), from[1] + along * (to[1] - from[1])], on: "edge", code, far };
    }
    const found = corner ?? side;
    return found && { at: found.at, on: found.on, code: found.code };
  }
}

function* between(from: Point, to: Point): Generator<string> {
  const [west, east] = [from[0], to[0]].sort((a, b) => a - b) as Point;
  const [south, north] = [from[1], to[1]].sort((a, b) => a - b) as Point;
  for (let x = Math.floor(west / SQUARE_DEG); x <= Math.floor(east / SQUARE_DEG); x++) {
    for (let y = Math.floor(south / SQUARE_DEG); y <= Math.floor(north / SQUARE_DEG); y++) yield `${x}/${y}`;
  }
}
