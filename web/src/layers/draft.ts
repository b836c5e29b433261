/** What is being drawn or changed, step by step, before anything is saved. */
import { computed, signal } from "@preact/signals";
import type { Zone } from "./asking";
import { area_m2, type Border, borderOf, crossings, parted, type Path, pathsOf, type Point, type Shape, shapeOf } from "./geometry";

export const JOBS = ["draw", "shape", "split", "border", "merge", "attributes", "close"] as const;
export type Job = (typeof JOBS)[number];
/** A corner, by its path and its place in it. */
export type Corner = readonly [path: number, place: number];

export interface Draft {
  job: Job;
  /** The versions it is made from. */
  zones: readonly Zone[];
  paths: readonly Path[];
  past: readonly (readonly Path[])[];
  future: readonly (readonly Path[])[];
  chosen: Corner | null;
  border: Border | null;
}

const NO_ZONES: readonly Zone[] = [];

export const draft = signal<Draft | null>(null);
/** Where the next corner would come, while a line is being drawn. */
export const hover = signal<Point | null>(null);

/** What of the draft stays while a corner is dragged: whoever reads these alone is not asked again for every pixel. */
export const job = computed(() => draft.value?.job ?? null);
export const worked = computed(() => draft.value?.zones ?? NO_ZONES);
export const bordered = computed(() => draft.value?.border ?? null);

/** Whether corners are still being added at the end. */
export const growing = computed(() => {
  const now = draft.value;
  return now !== null && (now.job === "draw" || now.job === "split") && now.paths[0]?.growing !== false;
});

export function begin(job: Job, zones: readonly Zone[] = []): void {
  hover.value = null;
  const border = job === "border" && zones.length === 2 ? borderOf(pathsOf(zones[0]!.shape), pathsOf(zones[1]!.shape)) : null;
  const paths: Path[] =
    job === "shape" ? pathsOf(zones[0]!.shape) : border ? [{ points: border.line, closed: false, part: 0 }] : [];
  draft.value = { job, zones, paths, past: [], future: [], chosen: null, border };
}

export function giveUp(): void {
  draft.value = null;
  hover.value = null;
}

/** One step that can be undone; without `step` it is the same step still, as while a corner is dragged. */
export function change(paths: readonly Path[], chosen: Corner | null, step = true): void {
  const now = draft.value;
  if (now) draft.value = { ...now, paths, chosen, ...(step && { past: [...now.past, now.paths], future: [] }) };
}

export const choose = (chosen: Corner | null): void => void (draft.value && (draft.value = { ...draft.value, chosen }));

export function undoStep(): void {
  const now = draft.value;
  const before = now?.past.at(-1);
  if (now && before) draft.value = { ...now, paths: before, past: now.past.slice(0, -1), future: [now.paths, ...now.future], chosen: null };
}

export function redoStep(): void {
  const now = draft.value;
  const after = now?.future[0];
  if (now && after) draft.value = { ...now, paths: after, past: [...now.past, now.paths], future: now.future.slice(1), chosen: null };
}

/** A corner at the end of what is drawn; on the first one it closes. */
export function add(at: Point, point = false): void {
  const now = draft.value;
  if (!now || !growing.value) return;
  if (point) return change([{ points: [at], closed: false, part: 0, growing: false }], [0, 0]);
  const points = now.paths[0]?.points ?? [];
  const last = points.at(-1);
  if (last && last[0] === at[0] && last[1] === at[1]) return;
  if (now.job === "draw" && points.length > 2 && points[0]![0] === at[0] && points[0]![1] === at[1]) return finish();
  change([{ points: [...points, at], closed: false, part: 0, growing: true }], [0, points.length]);
}

/** Ends the drawing where it can end. */
export function finish(): void {
  const now = draft.value;
  const path = now?.paths[0];
  if (!now || !path || !growing.value) return;
  if (now.job === "draw" && path.points.length > 2) change([{ ...path, closed: true, growing: false }], null);
  else if (now.job === "split" && path.points.length > 1) change([{ ...path, growing: false }], null);
  hover.value = null;
}

export function moveCorner([path, place]: Corner, to: Point, step: boolean): void {
  const now = draft.value;
  if (!now) return;
  const paths = now.paths.map((one, number) => (number === path ? { ...one, points: one.points.map((at, index) => (index === place ? to : at)) } : one));
  change(paths, [path, place], step);
}

/** A new corner after another. */
export function insertCorner([path, place]: Corner, at: Point): void {
  const now = draft.value;
  if (!now) return;
  change(now.paths.map((one, number) => (number === path ? { ...one, points: one.points.toSpliced(place + 1, 0, at) } : one)), [path, place + 1]);
}

/** Takes a corner away; a ring keeps three, a finished line two. */
export function removeCorner([path, place]: Corner): void {
  const now = draft.value;
  const line = now?.paths[path];
  if (!now || !line || line.points.length <= (line.closed ? 3 : growing.value ? 0 : 2)) return;
  const points = line.points.toSpliced(place, 1);
  const paths = points.length ? now.paths.map((one, number) => (number === path ? { ...one, points } : one)) : [];
  change(paths, points.length ? [path, Math.min(place, points.length - 1)] : null);
}

/** Where it crosses itself: such a shape is not saved. */
export const crossed = computed((): Point[] => {
  const now = draft.value;
  return now ? now.paths.flatMap((path, number) => crossings(path, now.chosen?.[0] === number ? now.chosen[1] : null)) : [];
});

/** The shape to be saved; null while there is none. */
export const drawn = computed((): Shape | null => {
  const now = draft.value;
  if (!now || (now.job !== "draw" && now.job !== "shape") || growing.value || !now.paths.length) return null;
  return shapeOf(now.paths);
});

/** Both neighbours as the border would part them. */
export const halves = computed(() => {
  const now = draft.value;
  return now?.border && now.paths[0] ? parted(now.border.outline, now.paths[0].points, pathsOf(now.zones[0]!.shape)) : null;
});

export const drawnArea_m2 = computed(() => (draft.value ? area_m2(draft.value.paths.map((path) => (draft.value!.job === "draw" ? { ...path, closed: true } : path))) : 0));

export const changed = computed(() => (draft.value?.past.length ?? 0) > 0);

/** What was drawn is tried again upon newer versions. */
export function rebase(zones: readonly Zone[]): void {
  const now = draft.value;
  if (!now) return;
  const border = now.job === "border" ? borderOf(pathsOf(zones[0]!.shape), pathsOf(zones[1]!.shape)) : null;
  draft.value = { ...now, zones, border: border ?? now.border };
}
