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

  /** What is nearest within `reach` pixels of which each is `pixel` degrees wide and high, corners before edges. */
  find(at: Point, reach: number, [wide, high]: Point): Snap | null {
    const away = ([lon, lat]: Point): Point => [(lon - at[0]) / wide, (lat - at[1]) / high];
    const near = new Set(this.#long);
    for (const key of between([at[0] - reach * wide, at[1] - reach * high], [at[0] + reach * wide, at[1] + reach * high])) {
      for (const edge of this.#squares.get(key) ?? []) near.add(edge);
    }
    let corner: (Snap & { far: number }) | null = null;
    let side: (Snap & { far: number }) | null = null;
    for (const { code, from, to } of near) {
      const [a, b] = [away(from), away(to)];
      for (const [place, [x, y]] of [[from, a], [to, b]] as const) {
        const far = Math.hypot(x, y);
        if (far <= reach && (!corner || far < corner.far)) corner = { at: place, on: "corner", code, far };
      }
      const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
      const along = Math.min(1, Math.max(0, -(a[0] * dx + a[1] * dy) / (dx * dx + dy * dy || 1)));
      const far = Math.hypot(a[0] + along * dx, a[1] + along * dy);
      if (far <= reach && (!side || far < side.far)) side = { at: [from[0] + along * (to[0] - from[0]), from[1] + along * (to[1] - from[1])], on: "edge", code, far };
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
