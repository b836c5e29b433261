/** What the pages of layers ask the server. */
import { answer, api, type Schema } from "../api/client";
import type { Point, Shape } from "./geometry";

export const KINDS = ["frontage", "parking", "community", "grid", "township", "site", "service_point"] as const;
export type Kind = (typeof KINDS)[number];
export type Edit = Schema<"EditOut">;
export type EditItem = Schema<"EditItem">;
export type Version = Schema<"VersionFeature">;
export type Change = Schema<"ChangeFeature">;
export type Trial = Schema<"TrialOut">;
export type LayerDay = Schema<"LayerDay">;
export type Bounds = [west: number, south: number, east: number, north: number];

/** One version of a zone. */
export interface Zone {
  kind: Kind;
  code: string;
  name: string;
  version: number;
  township: string | null;
  valid_from: string | null;
  valid_to: string | null;
  sample: boolean;
  source: string;
  /** What the layer tells of it besides. */
  own: Record<string, unknown>;
  shape: Shape;
}

type Feature = { geometry: unknown; properties: Record<string, unknown> };

export function zoneOf({ geometry, properties }: Feature): Zone {
  const { kind, code, name, version, township, valid_from, valid_to, sample, source, withdrawn: _, recorded_at: __, edit: ___, ...own } = properties;
  return { kind, code, name, version, township, valid_from, valid_to, sample, source, own, shape: geometry } as Zone;
}

const at = (kind: Kind, code: string) => ({ kind, code });

/** The newest versions in a rectangle, and whether these are all. */
export async function fetchNewest(kind: Kind, bbox: Bounds): Promise<{ zones: Zone[]; complete: boolean }> {
  const found = await answer(api.GET("/api/v1/zones/{kind}/newest", { params: { path: { kind }, query: { bbox: bbox.join(",") } } }));
  return { zones: found.features.map((one) => zoneOf(one as Feature)), complete: found.complete };
}

const PAGES = 12;

/** Zones as they are on a day, as far as so many can be shown. */
export async function fetchOfDay(kind: Kind, bbox: Bounds, day: string): Promise<{ zones: Zone[]; complete: boolean }> {
  const zones: Zone[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const query = { bbox: bbox.join(","), at: day, limit: 500, ...(cursor ? { cursor } : {}) };
    const found: Schema<"ZoneCollection"> = await answer(api.GET("/api/v1/zones/{kind}", { params: { path: { kind }, query } }));
    zones.push(...found.features.map((one) => zoneOf(one as Feature)));
    cursor = found.next;
    if (!cursor) return { zones, complete: true };
  }
  return { zones, complete: false };
}

export async function fetchVersions(kind: Kind, code: string, limit = 50): Promise<Version[]> {
  return (await answer(api.GET("/api/v1/zones/{kind}/{code}/versions", { params: { path: at(kind, code), query: { limit } } }))).features;
}

export async function fetchDays(kind: Kind): Promise<LayerDay[]> {
  return (await answer(api.GET("/api/v1/zones/{kind}/days", { params: { path: { kind }, query: { limit: 500 } } }))).items;
}

/** What differs between two days, as far as so many can be shown. */
export async function fetchChanges(kind: Kind, from: string, to: string): Promise<{ changes: Change[]; complete: boolean }> {
  const changes: Change[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const query = { from, to, limit: 500, ...(cursor ? { cursor } : {}) };
    const found: Schema<"ChangeCollection"> = await answer(api.GET("/api/v1/zones/{kind}/changes", { params: { path: { kind }, query } }));
    changes.push(...found.features);
    cursor = found.next;
    if (!cursor) return { changes, complete: true };
  }
  return { changes, complete: false };
}

export async function fetchEdits(kind: Kind): Promise<EditItem[]> {
  return (await answer(api.GET("/api/v1/zone-edits", { params: { query: { kind, limit: 20 } } }))).items;
}

export function tryShape(kind: Kind, code: string | null, shape: Shape, valid_from: string | null): Promise<Trial> {
  const body = { geometry: shape as unknown as Record<string, unknown>, code, valid_from };
  return answer(api.POST("/api/v1/zones/{kind}/trial", { params: { path: { kind } }, body }));
}

/** What every edit says. */
export interface Why {
  note: string;
  valid_from: string | null;
  rematch: boolean;
}

/** How a new shape meets its neighbours. */
export interface Meeting {
  trim: boolean;
  allow_overlap: boolean;
}

export interface Told {
  code: string;
  name: string;
  township: string | null;
  properties: Record<string, unknown>;
}

const geometry = (shape: Shape) => shape as unknown as Record<string, unknown>;
const line = (points: readonly Point[]) => ({ type: "LineString" as const, coordinates: points.map(([lon, lat]): [number, number] => [lon, lat]) });
const based = (zone: Zone) => ({ path: at(zone.kind, zone.code), header: { "If-Match": `"${zone.version}"` } });
const versions = (zones: readonly Zone[]) => zones.map(({ code, version }) => ({ code, version }));

export const drawZone = (kind: Kind, told: Told, shape: Shape, why: Why & Meeting): Promise<Edit> =>
  answer(api.POST("/api/v1/zones/{kind}", { params: { path: { kind } }, body: { ...told, ...why, geometry: geometry(shape) } }));

export const replaceZone = (zone: Zone, body: Partial<Omit<Told, "code">> & { shape?: Shape }, why: Why & Meeting): Promise<Edit> => {
  const { shape, ...told } = body;
  // What is left out stays; a township of null is none.
  const sent = { ...told, ...why, ...(shape && { geometry: geometry(shape) }) } as unknown as Schema<"ReplaceIn">;
  return answer(api.PATCH("/api/v1/zones/{kind}/{code}", { params: based(zone), body: sent }));
};

export const splitZone = (zone: Zone, points: readonly Point[], code: string, name: string, why: Why): Promise<Edit> =>
  answer(api.POST("/api/v1/zones/{kind}/{code}/split", { params: based(zone), body: { line: line(points), code, name, ...why } }));

export const mergeZones = (zones: readonly Zone[], keep: string, why: Why): Promise<Edit> =>
  answer(api.POST("/api/v1/zones/{kind}/merge", { params: { path: { kind: zones[0]!.kind } }, body: { zones: versions(zones), keep, ...why } }));

export const moveBorder = (zones: readonly Zone[], points: readonly Point[], why: Why): Promise<Edit> =>
  answer(api.POST("/api/v1/zones/{kind}/border", { params: { path: { kind: zones[0]!.kind } }, body: { zones: versions(zones).map((one) => ({ ...one, geometry: null })), line: line(points), ...why } }));

export const closeZone = (zone: Zone, why: Why): Promise<Edit> =>
  answer(api.POST("/api/v1/zones/{kind}/{code}/close", { params: based(zone), body: why }));

export const undoEdit = (id: string, note: string): Promise<Edit> =>
  answer(api.POST("/api/v1/zone-edits/{edit_id}/undo", { params: { path: { edit_id: id } }, body: { note, rematch: false, allow_overlap: false, valid_from: null } }));
