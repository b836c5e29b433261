/** From a draft to an edit: what the server is asked, what it would say, and what happens when somebody was first. */
import { computed, effect, signal } from "@preact/signals";
import { Failure } from "../api/client";
import {
  closeZone, drawZone, type Edit, fetchVersions, mergeZones, type Meeting, moveBorder, replaceZone, splitZone, type Told, type Trial, tryShape, type Version, type Why, type Zone, zoneOf,
} from "./asking";
import { crossed, changed, type Draft, draft, drawn, giveUp, growing, rebase } from "./draft";
import { lengthened, type Shape } from "./geometry";
import { query } from "./query";
import type { Beside } from "./surface";
import { changedZones } from "./zones";

const TRY_AFTER_MS = 350;
/** A line is sent so much longer than it was drawn, at both ends, that it surely cuts. */
const BEYOND_M = 0.5;

/** What the server says of the shape as it is drawn; `of` is that shape. */
export const tried = signal<{ of: Shape; told: Trial } | null>(null);
export const trying = signal(false);
export const tryFailed = signal<unknown>(null);
/** The last shape was tried, or there is nothing to try. */
export const trial = computed(() => (tried.value && tried.value.of === drawn.value ? tried.value.told : null));

export interface Conflict {
  /** The newest versions; those that ended are missing. */
  zones: readonly Zone[];
  told: readonly Version[];
}

export const conflict = signal<Conflict | null>(null);
/** What the server drew to say why it refuses. */
export const refused = signal<readonly Beside[]>([]);
export const saved = signal<Edit | null>(null);
/** An old version that is looked at. */
export const looked = signal<Shape | null>(null);

export const aside = computed((): Beside[] => {
  const shown: Beside[] = [...refused.value];
  const told = trial.value;
  for (const one of told?.overlaps ?? []) shown.push({ look: "overlap", shape: one.geometry as Shape });
  for (const one of told?.gaps ?? []) shown.push({ look: "gap", shape: one.geometry as Shape });
  for (const zone of conflict.value?.zones ?? []) shown.push({ look: "theirs", shape: zone.shape });
  if (looked.value) shown.push({ look: "before", shape: looked.value });
  return shown;
});

/** Tries what is drawn a moment after it last changed; the returned function ends it. */
export function keepTrying(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const shape = drawn.value;
    clearTimeout(timer);
    refused.value = [];
    if (!shape || shape.type === "Point" || crossed.value.length || !changed.value) return;
    timer = setTimeout(() => void attempt(shape), TRY_AFTER_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

async function attempt(shape: Shape): Promise<void> {
  const now = draft.value;
  if (!now) return;
  trying.value = true;
  try {
    const told = await tryShape(query.value.kind, now.job === "shape" ? now.zones[0]!.code : null, shape, null);
    if (drawn.value === shape) [tried.value, tryFailed.value] = [{ of: shape, told }, null];
  } catch (error) {
    if (drawn.value === shape) tryFailed.value = error;
  } finally {
    trying.value = false;
  }
}

/** Whether what is drawn can be saved as it stands. */
export const ready = computed((): boolean => {
  const now = draft.value;
  if (!now || growing.value || crossed.value.length) return false;
  if (now.job === "draw") return drawn.value !== null;
  if (now.job === "split") return now.paths.length === 1;
  if (now.job === "shape") return changed.value;
  if (now.job === "border") return now.border !== null && changed.value;
  return now.job === "merge" ? now.zones.length > 1 : now.zones.length === 1;
});

export interface Form extends Told, Why, Meeting {
  /** Of several zones made one, the code that stays. */
  keep: string;
}

function ask(now: Draft, form: Form): Promise<Edit> {
  const { code, name, township, properties, keep, note, valid_from, rematch, trim, allow_overlap } = form;
  const why = { note, valid_from, rematch };
  const meeting = { ...why, trim, allow_overlap };
  const [zone] = now.zones;
  const line = now.paths[0]?.points ?? [];
  if (now.job === "draw") return drawZone(query.value.kind, { code, name, township, properties }, drawn.value!, meeting);
  if (now.job === "shape") return replaceZone(zone!, { shape: drawn.value! }, meeting);
  if (now.job === "attributes") return replaceZone(zone!, { name, township, properties }, meeting);
  if (now.job === "split") return splitZone(zone!, lengthened(line, BEYOND_M), code, name, why);
  if (now.job === "border") return moveBorder(now.zones, lengthened(line, BEYOND_M), why);
  if (now.job === "merge") return mergeZones(now.zones, keep || zone!.code, why);
  return closeZone(zone!, why);
}

/** Saves the draft. Whoever was second is shown what the first did, and keeps what they drew. Throws Failure for all else. */
export async function save(form: Form): Promise<boolean> {
  const now = draft.value;
  if (!now) return false;
  try {
    const edit = await ask(now, form);
    giveUp();
    [saved.value, conflict.value, refused.value] = [edit, null, []];
    changedZones();
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    refused.value = drawnOf(error);
    if (error.code === "zone_version_conflict" || (error.code === "zone_conflict" && now.job !== "draw" && now.job !== "split")) {
      await meet(now.zones);
      return false;
    }
    throw error;
  }
}

async function meet(zones: readonly Zone[]): Promise<void> {
  const found = await Promise.all(zones.map(({ kind, code }) => fetchVersions(kind, code, 1)));
  const told = found.flat();
  const standing = told.filter(({ properties }) => properties.valid_to === null && !properties.withdrawn);
  conflict.value = { told, zones: standing.map((one) => zoneOf(one as Parameters<typeof zoneOf>[0])) };
}

/** What is drawn goes on upon what the other made, where all of it still stands. */
export function tryAgain(): void {
  const theirs = conflict.value?.zones ?? [];
  if (theirs.length === draft.value?.zones.length) rebase(theirs);
  conflict.value = null;
  changedZones();
}

export function takeTheirs(): void {
  giveUp();
  conflict.value = null;
  changedZones();
}

function drawnOf({ problem }: Failure): Beside[] {
  const shapes: Beside[] = [];
  for (const part of (problem["parts"] as Shape[] | undefined) ?? []) shapes.push({ look: "overlap", shape: part });
  for (const one of (problem["overlaps"] as { geometry: Shape }[] | undefined) ?? []) shapes.push({ look: "overlap", shape: one.geometry });
  for (const name of ["overlap", "gap", "beyond"]) {
    const one = problem[name] as { geometry: Shape } | undefined;
    if (one) shapes.push({ look: name === "gap" ? "gap" : "overlap", shape: one.geometry });
  }
  return shapes;
}
