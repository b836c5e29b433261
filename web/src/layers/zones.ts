/** The zones in view: read again after every move of the map and every edit. */
import { computed, signal } from "@preact/signals";
import { session } from "../api/client";
import { today } from "../ui/days";
import { type Bounds, fetchNewest, fetchOfDay, fetchVersions, type Kind, zoneOf, type Zone } from "./asking";
import { query } from "./query";

/** Nearer than this a layer is read; one with few and large zones always. */
const NEAR: Record<Kind, number> = { frontage: 14.6, parking: 14.6, site: 13, service_point: 13, grid: 12, community: 10, township: 0 };
const SETTLED_MS = 200;

export const zones = signal<ReadonlyMap<string, Zone>>(new Map());
/** Not all zones of the view are among them. */
export const partial = signal(false);
export const far = signal(false);
export const reading = signal(false);
export const failed = signal<unknown>(null);
/** Grows when zones have changed: whoever shows them reads again. */
export const edited = signal(0);
export const view = signal<{ bounds: Bounds; zoom: number } | null>(null);
/** Whoever may draw. The server judges each edit; this only spares others the buttons. */
export const editing = computed(() => ["admin", "zone_manager"].includes(session.value?.user.role ?? ""));

let timer: ReturnType<typeof setTimeout> | undefined;
let newest = 0;
/** What `zones` holds: layer, day and a rectangle that is larger than the view. */
let held: { key: string; bounds: Bounds } | null = null;

const within = ([west, south, east, north]: Bounds, around: Bounds) => west >= around[0] && south >= around[1] && east <= around[2] && north <= around[3];

/** Reads what the view asks for, unless it is there already. */
export function look(anew = false): void {
  clearTimeout(timer);
  if (anew) held = null;
  timer = setTimeout(() => void read(), SETTLED_MS);
}

async function read(): Promise<void> {
  const seen = view.value;
  const { kind, part, day, from } = query.value;
  if (!seen || (part === "versions" && from)) return;
  far.value = seen.zoom < NEAR[kind];
  if (far.value) {
    held = null;
    zones.value = new Map();
    return;
  }
  // An edit is made from what is newest, though it may begin tomorrow; versions are looked at as of a day.
  const on = part === "versions" ? day || today() : null;
  const key = `${kind}/${on}`;
  if (held?.key === key && !partial.value && within(seen.bounds, held.bounds)) return;
  const number = ++newest;
  const bounds = grown(seen.bounds);
  reading.value = true;
  try {
    const found = on ? await fetchOfDay(kind, bounds, on) : await fetchNewest(kind, bounds);
    if (number !== newest) return;
    held = { key, bounds };
    partial.value = !found.complete;
    failed.value = null;
    zones.value = new Map(found.zones.map((zone) => [zone.code, zone]));
  } catch (error) {
    if (number === newest) failed.value = error;
  } finally {
    if (number === newest) reading.value = false;
  }
}

/** A quarter more on each side, so that small moves of the map read nothing. */
function grown([west, south, east, north]: Bounds): Bounds {
  const [wide, high] = [(east - west) / 4, (north - south) / 4];
  return [Math.max(-180, west - wide), Math.max(-90, south - high), Math.min(180, east + wide), Math.min(90, north + high)];
}

/** The newest version of a zone, wherever the map stands; null when it has ended. */
export async function fetchZone(kind: Kind, code: string): Promise<Zone | null> {
  const [version] = await fetchVersions(kind, code, 1);
  return version && version.properties.valid_to === null && !version.properties.withdrawn ? zoneOf(version as Parameters<typeof zoneOf>[0]) : null;
}

export function changedZones(): void {
  edited.value += 1;
  look(true);
}
