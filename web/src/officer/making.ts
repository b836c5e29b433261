/** The report being made: kept on the phone from the first photo on, until it is in the queue or thrown away. */
import { signal } from "@preact/signals";
import type { Schema } from "../api/client";
import { session } from "../api/client";
import { datum, fix, type Datum, type Fix } from "./here";
import { enqueue, type DraftPhoto, type WireReport } from "./queue";
import { draft, keepDraft } from "./store";

export interface Spot {
  lon: number;
  lat: number;
  datum: Datum;
  accuracy_m: number;
  source: Schema<"PositionIn">["source"];
  /** When, in ms since 1970. */
  at: number;
}

export interface Making {
  id: string;
  photos: Required<DraftPhoto>[];
  spot: Spot | null;
  bearing_deg: number | null;
  category: string | null;
  /** Codes of what exactly is wrong; without, what the category means. */
  items?: string[] | null;
  /** Code of the frontage the officer pointed at. */
  hint: string | null;
  /** Code of the zone whose door was scanned. */
  door: string | null;
  note: string;
}

/** For so long after a photo a better fix still tells where it was taken: the officer stands there yet. */
const SETTLING_MS = 20_000;
/** A fix this much older than the photo gives way to any newer one. */
const STALE_MS = 30_000;
/** How well a finger hits a door on the map. */
const PICKED_ACCURACY_M = 5;

/** Photos are not written anew with every letter of the note. */
const KEEP_AFTER_MS = 500;

export const making = signal<Making | null>(null);
/** The code on a door that opened the page: what is photographed next lies there. */
export const door = signal<string | null>(null);
let writing: ReturnType<typeof setTimeout> | undefined;

function keep(next: Making | null, after_ms = 0): void {
  making.value = next;
  clearTimeout(writing);
  writing = setTimeout(() => {
    const account = session.value?.user.id;
    // A phone too full for the copy still has the report on its page.
    if (account) void keepDraft(account, next ?? undefined).catch(() => undefined);
  }, after_ms);
}

export async function recover(): Promise<void> {
  const account = session.value?.user.id;
  if (account && !making.value) making.value = (await draft<Making>(account).catch(() => undefined)) ?? null;
}

export function addPhotos(files: Iterable<File>, from: "camera" | "gallery"): void {
  const taken = (file: File) => new Date(from === "camera" ? Date.now() : file.lastModified).toISOString();
  const photos = [...files].map((file) => ({ blob: file, role: "scene" as const, captured_at: taken(file) }));
  if (photos.length === 0) return;
  const begun = making.value ?? { id: crypto.randomUUID(), photos: [], spot: null, bearing_deg: null, category: null, hint: door.value, door: door.value, note: "" };
  keep({ ...begun, photos: [...begun.photos, ...photos] });
  settle(fix.value);
}

export function change(part: Partial<Making>): void {
  if (making.value) keep({ ...making.value, ...part }, KEEP_AFTER_MS);
}

export function arriveAt(code: string): void {
  door.value = code;
  change({ hint: code, door: code });
}

export function discard(): void {
  door.value = null;
  keep(null);
}

export const capturedAt = ({ photos }: Making): string => photos.map((photo) => photo.captured_at).sort()[0] ?? new Date().toISOString();

/** Takes a fix as where the photo was taken, when it tells that better than what is there. */
export function settle(at: Fix | null): void {
  const report = making.value;
  if (!report || !at || report.spot?.source === "manual") return;
  const { spot } = report;
  const taken = Date.parse(capturedAt(report));
  const better = !spot || (at.at > spot.at && (taken - spot.at > STALE_MS || (at.at - taken < SETTLING_MS && at.accuracy_m < spot.accuracy_m)));
  if (better) change({ spot: { lon: at.lon, lat: at.lat, datum: datum.value, accuracy_m: at.accuracy_m, source: "device", at: at.at } });
}

export function place(lon: number, lat: number): void {
  change({ spot: { lon, lat, datum: "wgs84", accuracy_m: PICKED_ACCURACY_M, source: "manual", at: Date.now() }, hint: null });
}

/** The phone's own datum was set wrongly: the numbers stay, what they refer to changes. */
export function redatum(next: Datum): void {
  const spot = making.value?.spot;
  if (spot?.source === "device") change({ spot: { ...spot, datum: next } });
}

export function backToDevice(): void {
  change({ spot: null });
  settle(fix.value);
}

/** Into the queue: from then on it is the queue's. Throws Failure when the phone cannot hold it. */
export async function submit(title: string): Promise<void> {
  const report = making.value;
  if (!report?.spot || !report.category) return;
  await enqueue({ kind: "report", id: report.id, title, report: wire(report, report.spot, report.category), photos: report.photos });
  discard();
}

function wire(report: Making, spot: Spot, category: string): Omit<WireReport, "photos"> {
  const { at, ...position } = spot;
  return {
    captured_at: capturedAt(report),
    category,
    ...(report.items && { items: report.items }),
    position: { ...position, fixed_at: new Date(at).toISOString(), bearing_deg: report.bearing_deg },
    note: report.note.trim() || null,
    zone_hint: report.hint ? { code: report.hint, how: report.hint === report.door ? "qr" : "picked" } : null,
  };
}
