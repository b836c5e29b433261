/** What playback knows of a day: where each officer was at a moment, how fast, and what happened. */
import { signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import type { LonLat } from "../map";
import { distance_m } from "../officer/far";

export type Played = Schema<"Playback">;
export type Event = Played["timeline"][number];
interface Spot {
  at_ms: number;
  place: LonLat;
  /** The line comes from the spot before. */
  joined: boolean;
  /** Over the way from the spot before, metres a second; 0 where there is none. */
  speed_mps: number;
}

export interface Walk {
  officer: Played["officer"];
  rank: number;
  spots: Spot[];
  stretches: LonLat[][];
  events: Event[];
  far_m: number;
  coarse: boolean;
}

/** The moment that is shown, and how many times faster than it was; 0: it stands. */
export const moment = signal(0);
export const SPEEDS = [10, 60, 300] as const;
const WALKED_MPS_MAX = 50;

export async function fetchTrack(officer_id: string, day: string, why: string): Promise<Played> {
  const query = { from: day, to: day, why, format: "json" as const };
  return (await answer(api.GET("/api/v1/officers/{officer_id}/track", { params: { path: { officer_id }, query } }))) as Played;
}

export function walkOf(played: Played, rank: number): Walk {
  const spots = played.tracks.flatMap((track) => spotsOf(track.points)).sort((a, b) => a.at_ms - b.at_ms);
  const stretches: LonLat[][] = [];
  for (const track of played.tracks) {
    for (const spot of spotsOf(track.points)) {
      if (spot.joined && stretches.length) stretches.at(-1)!.push(spot.place);
      else stretches.push([spot.place]);
    }
  }
  return {
    officer: played.officer, rank, spots, stretches: stretches.filter((one) => one.length > 1), events: played.timeline,
    far_m: played.tracks.reduce((sum, track) => sum + track.distance_m, 0), coarse: played.coarse_days.length > 0,
  };
}

function spotsOf(points: Played["tracks"][number]["points"]): Spot[] {
  let before: (typeof points)[number] | null = null;
  return points.filter((point) => point.on_line).map((point) => {
    const at_ms = Date.parse(point.at);
    const seconds = before ? (at_ms - Date.parse(before.at)) / 1000 : 0;
    const speed_mps = before && point.joined && seconds > 0 ? Math.min(WALKED_MPS_MAX, distance_m(before, point) / seconds) : 0;
    before = point;
    return { at_ms, place: [point.lon, point.lat], joined: point.joined, speed_mps };
  });
}

/** Where somebody was; null before the first position, and how old it was where the line is broken. */
export function whereAt(walk: Walk, at_ms: number): { place: LonLat; speed_mps: number; at_ms: number } | null {
  let low = 0;
  let high = walk.spots.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (walk.spots[middle]!.at_ms <= at_ms) low = middle + 1;
    else high = middle;
  }
  const from = walk.spots[low - 1];
  const to = walk.spots[low];
  if (!from) return null;
  if (!to?.joined) return { place: from.place, speed_mps: 0, at_ms: from.at_ms };
  const share = (at_ms - from.at_ms) / Math.max(1, to.at_ms - from.at_ms);
  return {
    place: [from.place[0] + (to.place[0] - from.place[0]) * share, from.place[1] + (to.place[1] - from.place[1]) * share],
    speed_mps: to.speed_mps,
    at_ms,
  };
}

/** From the first to the last of what is known of anybody, in milliseconds. */
export function spanOf(walks: readonly Walk[]): [number, number] | null {
  const all = walks.flatMap((walk) => [...walk.spots.map((spot) => spot.at_ms), ...walk.events.flatMap((one) => [Date.parse(one.at), ...(one.until ? [Date.parse(one.until)] : [])])]);
  return all.length ? [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))] : null;
}

/** Where an event was: as it says, else where the officer was then. */
export function placeOf(walk: Walk, event: Event): LonLat | null {
  if (event.lon != null && event.lat != null) return [event.lon, event.lat];
  return whereAt(walk, Date.parse(event.at))?.place ?? null;
}
