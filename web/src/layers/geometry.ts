/** Shapes on the page: rings without their repeated last corner, in degrees. What is saved the server computes in metres. */
import type * as GeoJSON from "geojson";

export type Point = [lon: number, lat: number];
export type Shape = GeoJSON.Polygon | GeoJSON.MultiPolygon | GeoJSON.Point;

/** A line or a ring that is drawn or changed; `part` is the polygon it belongs to, whose first ring is its outline. */
export interface Path {
  points: readonly Point[];
  closed: boolean;
  part: number;
  /** Corners are still being added at its end. */
  growing?: boolean;
}

const METRES_A_DEGREE = 111_320;
/** Corners nearer to an outline than this lie on it. */
const ON_IT_M = 0.02;

export const metresOf = (lat: number): [east: number, north: number] => [METRES_A_DEGREE * Math.cos((lat * Math.PI) / 180), METRES_A_DEGREE];

export function pathsOf(shape: Shape): Path[] {
  if (shape.type === "Point") return [{ points: [shape.coordinates as Point], closed: false, part: 0 }];
  const parts = shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates;
  return parts.flatMap((rings, part) => rings.map((ring) => ({ points: ring.slice(0, -1) as Point[], closed: true, part })));
}

export function shapeOf(paths: readonly Path[]): Shape {
  const [first] = paths;
  if (first?.points.length === 1 && !first.closed) return { type: "Point", coordinates: [...first.points[0]!] };
  const parts: Point[][][] = [];
  for (const { points, part } of paths) (parts[part] ??= []).push([...points, points[0]!]);
  const whole = parts.filter(Boolean);
  return whole.length === 1 ? { type: "Polygon", coordinates: whole[0]! } : { type: "MultiPolygon", coordinates: whole };
}

/** The rectangle around a shape: west, south, east, north. */
export function boxOf(shape: GeoJSON.Geometry): [number, number, number, number] {
  if (shape.type === "GeometryCollection") throw new TypeError("no shape of one kind");
  const flat = (shape.coordinates as unknown[]).flat(4) as number[];
  const [lons, lats] = [flat.filter((_, place) => place % 2 === 0), flat.filter((_, place) => place % 2 === 1)];
  const ends = (values: number[]) => values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)] as const, [Infinity, -Infinity] as readonly [number, number]);
  const [[west, east], [south, north]] = [ends(lons), ends(lats)];
  return [west, south, east, north];
}

/** About, for a person to follow while drawing: of outlines less their holes. */
export function area_m2(paths: readonly Path[]): number {
  const seen = new Set<number>();
  let sum = 0;
  for (const { points, closed, part } of paths) {
    if (!closed || points.length < 3) continue;
    const area = Math.abs(turned(points));
    sum += seen.has(part) ? -area : area;
    seen.add(part);
  }
  return sum;
}

function turned(points: readonly Point[]): number {
  const [lon, lat] = points[0]!;
  const [east, north] = metresOf(lat);
  let sum = 0;
  points.forEach(([x, y], place) => {
    const [nextX, nextY] = points[(place + 1) % points.length]!;
    sum += (x - lon) * east * (nextY - lat) * north - (nextX - lon) * east * (y - lat) * north;
  });
  return sum / 2;
}

export function contains(paths: readonly Path[], [lon, lat]: Point): boolean {
  let inside = false;
  for (const { points, closed } of paths) {
    if (!closed) continue;
    points.forEach(([x, y], place) => {
      const [fromX, fromY] = points[(place || points.length) - 1]!;
      if (y > lat !== fromY > lat && lon < ((fromX - x) * (lat - y)) / (fromY - y) + x) inside = !inside;
    });
  }
  return inside;
}

/** With so many corners only edges beside the one that moves are compared with the others. */
const FEW = 400;

/** Where edges of one path cross or touch that are not neighbours. `moved`: the corner that moves. */
export function crossings({ points, closed }: Path, moved: number | null = null): Point[] {
  const edges = closed && points.length > 2 ? points.length : points.length - 1;
  const found: Point[] = [];
  const mine = moved === null || edges <= FEW ? [...Array(Math.max(0, edges)).keys()] : [(moved + edges - 1) % edges, moved % edges];
  for (const one of mine) {
    for (let other = edges <= FEW ? one + 2 : 0; other < edges; other++) {
      const apart = Math.abs(one - other);
      if (apart < 2 || (closed && apart === edges - 1)) continue;
      const at = meeting(points[one]!, points[(one + 1) % points.length]!, points[other]!, points[(other + 1) % points.length]!);
      if (at) found.push(at);
    }
  }
  return found;
}

function meeting(a: Point, b: Point, c: Point, d: Point): Point | null {
  const [rx, ry, sx, sy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
  const cross = rx * sy - ry * sx;
  if (cross === 0) return null;
  const along = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / cross;
  const across = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / cross;
  return along >= 0 && along <= 1 && across >= 0 && across <= 1 ? [a[0] + along * rx, a[1] + along * ry] : null;
}

export interface OnRing {
  at: Point;
  /** The edge it lies on, by its first corner, and how far along it. */
  edge: number;
  along: number;
  far_m: number;
}

/** The nearest place on a ring. */
export function nearestOn(ring: readonly Point[], [lon, lat]: Point): OnRing {
  const [east, north] = metresOf(lat);
  let best: OnRing = { at: ring[0]!, edge: 0, along: 0, far_m: Infinity };
  ring.forEach((from, edge) => {
    const to = ring[(edge + 1) % ring.length]!;
    const [dx, dy] = [(to[0] - from[0]) * east, (to[1] - from[1]) * north];
    const [px, py] = [(lon - from[0]) * east, (lat - from[1]) * north];
    const along = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy || 1)));
    const far_m = Math.hypot(px - along * dx, py - along * dy);
    // A corner keeps every digit it has.
    if (far_m < best.far_m) best = { at: along === 0 ? from : along === 1 ? to : [from[0] + along * (to[0] - from[0]), from[1] + along * (to[1] - from[1])], edge, along, far_m };
  });
  return best;
}

export interface Border {
  /** The line both share, along the outline of the first. */
  line: Point[];
  /** The outline of both together. */
  outline: Point[];
}

/** What two neighbours share: the longest run of corners of the first that lie on the outline of the second. */
export function borderOf(first: readonly Path[], second: readonly Path[]): Border | null {
  const [mine, theirs] = [first[0]?.points, second[0]?.points];
  if (!mine || !theirs) return null;
  const shared = mine.map((at) => nearestOn(theirs, at).far_m < ON_IT_M);
  if (shared.every(Boolean)) return null;
  const start = shared.indexOf(false);
  let run: number[] = [];
  let longest: number[] = [];
  for (let step = 1; step <= mine.length; step++) {
    const place = (start + step) % mine.length;
    run = shared[place] ? [...run, place] : [];
    if (run.length > longest.length) longest = run;
  }
  if (longest.length < 2) return null;
  const line = longest.map((place) => mine[place]!);
  const [from, to] = [line[0]!, line.at(-1)!];
  const rest = walk(mine, { edge: longest.at(-1)!, along: 0 }, { edge: longest[0]!, along: 0 });
  const [a, b] = [nearestOn(theirs, from), nearestOn(theirs, to)];
  const ways = [walk(theirs, a, b), walk(theirs, b, a).reverse()];
  // Of the two ways round the second, the border is the one that stays on the first.
  const [outer] = ways.sort((one, other) => away(other, mine) - away(one, mine));
  return { line, outline: [from, ...outer!, to, ...rest] };
}

function away(points: readonly Point[], ring: readonly Point[]): number {
  return points.reduce((most, at) => Math.max(most, nearestOn(ring, at).far_m), 0);
}

/** The corners strictly between two places of a ring, in its direction. */
function walk(ring: readonly Point[], from: { edge: number; along: number }, to: { edge: number; along: number }): Point[] {
  const found: Point[] = [];
  const end = to.along === 0 ? to.edge : (to.edge + 1) % ring.length;
  let place = (from.edge + 1) % ring.length;
  if (from.along === 1) place = (place + 1) % ring.length;
  if (from.edge === to.edge && to.along > from.along) return [];
  for (let guard = 0; guard <= ring.length && place !== end; guard++, place = (place + 1) % ring.length) found.push(ring[place]!);
  return found;
}

/** How both lie with `line` as their border; each keeps the side it has most of. Null while the line does not part them. */
export function parted(outline: readonly Point[], line: readonly Point[], first: readonly Path[]): [Point[], Point[]] | null {
  if (line.length < 2) return null;
  const [a, b] = [nearestOn(outline, line[0]!), nearestOn(outline, line.at(-1)!)];
  const [one, other] = [[...line, ...walk(outline, b, a)], [...[...line].reverse(), ...walk(outline, a, b)]];
  if (one.length < 3 || other.length < 3) return null;
  const share = (ring: Point[]) => ring.filter((at) => first.length && nearestOn(first[0]!.points, at).far_m < ON_IT_M).length / ring.length;
  return share(one) >= share(other) ? [one, other] : [other, one];
}

/** The line made so long at both ends that it surely reaches beyond what it cuts. */
export function lengthened(line: readonly Point[], more_m: number): Point[] {
  const beyond = (from: Point, to: Point): Point => {
    const [east, north] = metresOf(to[1]);
    const [dx, dy] = [(to[0] - from[0]) * east, (to[1] - from[1]) * north];
    const grown = more_m / (Math.hypot(dx, dy) || 1);
    return [to[0] + (dx * grown) / east, to[1] + (dy * grown) / north];
  };
  return [beyond(line[1]!, line[0]!), ...line, beyond(line.at(-2)!, line.at(-1)!)];
}
