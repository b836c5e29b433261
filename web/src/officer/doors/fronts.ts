/** The fronts around, read square by square and kept, so that a door can be named where there is no network. */
import { effect, signal } from "@preact/signals";
import { answer, api, Failure, type Schema } from "../../api/client";
import { kept } from "../../cases/kept";
import { onDuty } from "../duty";
import { away_m, type LonLat, type Ring } from "../far";
import { datum, fix, ground } from "../here";

type Door = Schema<"Door">;

export interface Front {
  code: string;
  name: string;
  /** As the import said it; null where it said nothing. */
  trade: string | null;
  /** Its road, where that is known. */
  street: string | null;
  rings: Ring[];
  /** Who answers for it, of one's own body's. */
  door: Door | null;
}

export interface Near extends Front {
  /** From where the phone is, m; 0 inside. */
  far_m: number;
}

/** A square is about 190 by 220 m; what lies this far around it comes along. */
const SIDE_DEGREES = 0.002;
const MARGIN_DEGREES = 0.0006;
const MOST = 500;
/** Farther than that nobody stands at a door. */
export const REACH_M = 60;

type Square = readonly [column: number, row: number];
const squareOf = ([lon, lat]: LonLat): Square => [Math.floor(lon / SIDE_DEGREES), Math.floor(lat / SIDE_DEGREES)];

async function fetchSquare([column, row]: Square): Promise<Front[]> {
  const [west, south] = [column * SIDE_DEGREES - MARGIN_DEGREES, row * SIDE_DEGREES - MARGIN_DEGREES];
  const side = SIDE_DEGREES + 2 * MARGIN_DEGREES;
  const bbox = [west, south, west + side, south + side].map((degrees) => degrees.toFixed(6)).join(",");
  const [zones, doors] = await Promise.all([
    answer(api.GET("/api/v1/zones/{kind}", { params: { path: { kind: "frontage" }, query: { bbox, limit: MOST } } })),
    answer(api.GET("/api/v1/letters/doors", { params: { query: { bbox, limit: MOST } } })),
  ]);
  const answering = new Map(doors.items.map((door) => [door.zone, door]));
  return zones.features.map((zone) => ({ ...front(zone), door: answering.get(zone.properties.code) ?? null }));
}

function front({ properties, geometry }: Schema<"ZoneFeature">): Omit<Front, "door"> {
  const { code, name } = properties;
  const { trade, street } = properties as { trade?: unknown; street?: unknown };
  const said = (value: unknown) => (typeof value === "string" ? value : null);
  return { code, name, trade: said(trade), street: said(street), rings: ringsOf(geometry) };
}

/** The outer rings of what a zone covers; of a point the point itself. */
export function ringsOf({ type, coordinates }: Schema<"ZoneFeature">["geometry"]): Ring[] {
  if (type === "Point") return [[coordinates as unknown as LonLat]];
  return type === "MultiPolygon" ? (coordinates as Ring[][]).map(([outer]) => outer!) : [coordinates[0] as Ring];
}

/** Where the phone is on our ground: of another datum only the server knows. */
export async function placeNow(): Promise<LonLat | null> {
  if (ground.value) return [ground.value.lon, ground.value.lat];
  const at = fix.value;
  if (!at) return null;
  const { lon, lat, accuracy_m } = at;
  const { position } = await answer(api.GET("/api/v1/match", { params: { query: { lon, lat, accuracy_m, datum: datum.value } } }));
  return [position.lon, position.lat];
}

/** The fronts within reach, the nearest first; null until they are known. */
export const near = signal<Near[] | null>(null);
/** Why they are not known. */
export const unknown = signal<unknown>(null);

/** Finds what is within reach of where the phone is now. */
export async function look(): Promise<void> {
  try {
    const place = await placeNow();
    if (!place) return;
    const [column, row] = squareOf(place);
    const { value } = await kept(`fronts/${column}/${row}`, () => fetchSquare([column, row]));
    near.value = value
      .map((one) => ({ ...one, far_m: Math.min(...one.rings.map((ring) => away_m(place, ring))) }))
      .filter((one) => one.far_m <= REACH_M)
      .sort((a, b) => a.far_m - b.far_m);
    unknown.value = null;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    near.value = null;
    unknown.value = error;
  }
}

/** On duty the squares that are walked into are read and kept. Ends with the function that comes back. */
export function keepAround(): () => void {
  let last = "";
  return effect(() => {
    const at = ground.value;
    if (!at || !onDuty.value || !navigator.onLine) return;
    const square = squareOf([at.lon, at.lat]);
    const key = square.join("/");
    if (key === last) return;
    last = key;
    kept(`fronts/${key}`, () => fetchSquare(square)).catch(() => (last = ""));
  });
}
