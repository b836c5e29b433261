/** Choosing zones: by a click, in the list, or by a code that is typed. */
import { signal } from "@preact/signals";
import type * as GeoJSON from "geojson";
import { begin, draft } from "./draft";
import { change, query } from "./query";
import { looked, saved } from "./saving";
import { zones } from "./zones";
import type { Zone } from "./asking";

/** Shown on the map as a whole; asked again for the same it goes there again. */
export const goTo = signal<GeoJSON.Geometry | null>(null);
/** A merge takes no more zones than the server does. */
export const MERGED_MAX = 20;

export const lookAt = (shape: GeoJSON.Geometry): void => void (goTo.value = { ...shape });

/** The zone goes with those of a merge or a border, or is looked at. */
export function pick(code: string, more = false): void {
  const now = draft.value;
  const zone = zones.value.get(code);
  if (now?.job === "merge" && zone) return toggle(zone);
  if (now?.job === "border" && !now.border && zone && zone.code !== now.zones[0]!.code) return begin("border", [now.zones[0]!, zone]);
  if (now) return;
  const first = zones.value.get(query.value.code);
  if (more && first && zone && first !== zone) return begin("merge", [first, zone]);
  [looked.value, saved.value] = [null, null];
  change({ code });
}

export function toggle(zone: Zone): void {
  const now = draft.value;
  if (!now) return;
  const without = now.zones.filter(({ code }) => code !== zone.code);
  const next = without.length < now.zones.length ? without : [...now.zones, zone].slice(0, MERGED_MAX);
  if (next.length) draft.value = { ...now, zones: next };
}
