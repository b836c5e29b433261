/** What pages give the map to show, and what they get of it. Places are [lon, lat] in degrees, WGS-84. */
import type * as GeoJSON from "geojson";

export type LonLat = [lon: number, lat: number];
export type Area = GeoJSON.Polygon | GeoJSON.MultiPolygon;
/** How the running clock of a case stands; each has a colour and a glyph of its own. */
export const CLOCKS = ["on_time", "soon", "overdue", "suspended", "closed", "unsure"] as const;
export type Clock = (typeof CLOCKS)[number];

export interface CaseMark {
  number: string;
  at: LonLat;
  clock: Clock;
  /** Share of the time that is used, 0 to 1: how far the ring is drawn. A full ring when it is not told. */
  used?: number | undefined;
}

export interface OfficerMark {
  id: string;
  name: string;
  at: LonLat;
  /** When the position was taken: the ring shows its age. */
  recorded_at: string | number | Date;
  sos?: boolean | undefined;
}

export interface CandidateMark {
  /** 1 to 5, as on the keys. */
  rank: number;
  at: LonLat;
  area?: Area | undefined;
}

export type Picked = { kind: "case"; id: string } | { kind: "officer"; id: string } | { kind: "candidate"; id: string };

const OFFICER_STEPS = 4;
/** Minutes after which a quarter of the age ring is gone; without a ring the position is old. */
const AGE_MIN = [1, 3, 10, 30] as const;
export const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

function points<M>(marks: readonly M[], at: (mark: M) => LonLat, properties: (mark: M) => GeoJSON.GeoJsonProperties): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: marks.map((mark) => ({ type: "Feature", properties: properties(mark), geometry: { type: "Point", coordinates: at(mark) } })),
  };
}

/** Eighths of a ring, at least one where there is anything of it. */
export function eighths(share: number): number {
  return Math.ceil(Math.min(1, Math.max(0, share)) * 8);
}

export function caseFeatures(marks: readonly CaseMark[]): GeoJSON.FeatureCollection {
  return points(marks, (mark) => mark.at, (mark) => ({ id: mark.number, clock: mark.clock, image: caseImage(mark) }));
}

export function caseImage(mark: CaseMark): string {
  const timed = mark.clock === "on_time" || mark.clock === "soon";
  return timed ? `case-${mark.clock}-${eighths(mark.used ?? 1)}` : `case-${mark.clock}`;
}

export function officerFeatures(marks: readonly OfficerMark[], now: number): GeoJSON.FeatureCollection {
  return points(marks, (mark) => mark.at, (mark) => ({
    id: mark.id,
    initials: initials(mark.name),
    image: mark.sos ? "officer-sos" : `officer-${ageSteps(now - new Date(mark.recorded_at).getTime())}`,
    sos: mark.sos ?? false,
  }));
}

/** Quarters of the ring that are left of a position of this age. */
function ageSteps(age_ms: number): number {
  return OFFICER_STEPS - AGE_MIN.filter((minutes) => age_ms > minutes * 60_000).length;
}

/** Two letters of a name in Latin letters; of a Chinese name the given name, by which colleagues tell each other apart. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s·]+/);
  if (/^\p{Script=Han}/u.test(name.trim())) return [...words.join("")].slice(-2).join("");
  return words.map((word) => [...word][0] ?? "").slice(0, 2).join("").toUpperCase();
}

export function candidateFeatures(marks: readonly CandidateMark[]): GeoJSON.FeatureCollection {
  const made = points(marks, (mark) => mark.at, (mark) => ({ id: String(mark.rank) }));
  for (const mark of marks) {
    if (mark.area) made.features.push({ type: "Feature", properties: { id: String(mark.rank) }, geometry: mark.area });
  }
  return made;
}

/** Where one is, and how sure that is: a point, and the circle of `accuracy_m` around it. */
export function positionFeatures(at: LonLat | null, accuracy_m: number): GeoJSON.FeatureCollection {
  if (!at) return NOTHING;
  const [lon, lat] = at;
  const north_deg = accuracy_m / 111_320;
  const east_deg = north_deg / Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: 65 }, (_, step): LonLat => {
    const turn = (step / 32) * Math.PI;
    return [lon + east_deg * Math.sin(turn), lat + north_deg * Math.cos(turn)];
  });
  return {
    type: "FeatureCollection",
    features: [
      { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } },
      { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } },
    ],
  };
}
