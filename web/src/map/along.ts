/** Places along a line on the ground, by metres. Needs no map, so that lists can do without its chunk. */
import { distance_m } from "../officer/far";
import type { LonLat } from "./marks";

interface Leg {
  way_m: number;
  walk_m: number;
}

/** Where each stretch begins along the line: as many places as stretches. */
export function beginnings(line: readonly (readonly number[])[], legs: readonly Leg[]): LonLat[] {
  const places: LonLat[] = [];
  let wanted = 0;
  let walked = 0;
  let at = 0;
  for (const { way_m, walk_m } of legs) {
    wanted += way_m;
    while (at < line.length - 2 && walked + step(line, at) < wanted) walked += step(line, at++);
    const share = Math.min(1, Math.max(0, (wanted - walked) / Math.max(0.01, step(line, at))));
    const [from, to] = [line[at]!, line[at + 1] ?? line[at]!];
    places.push([from[0]! + (to[0]! - from[0]!) * share, from[1]! + (to[1]! - from[1]!) * share]);
    wanted += walk_m;
  }
  return places;
}

function step(line: readonly (readonly number[])[], at: number): number {
  const [a, b] = [line[at], line[at + 1]];
  return a && b ? distance_m({ lon: a[0]!, lat: a[1]! }, { lon: b[0]!, lat: b[1]! }) : 0;
}
