/** The zones a report could lie in, likeliest first, as many as there are number keys for. */
import { answer, api, type Schema } from "../api/client";
import type { Inputs, Report } from "../cases";

/** `read_as`: the datum in which the numbers of the report lie there, where it is not the declared one. */
export type Candidate = Schema<"CandidateOut"> & { read_as?: Reading };
export type Reading = NonNullable<Inputs["read_as"]>;
const KEYS = 5;
const FITS_ONLY_AS = new Set(["datum_fits_track_only_as", "datum_fits_zone_only_as"]);

export function nearest(report: Report | undefined): Candidate[] {
  return likeliest(report?.properties.match.candidates ?? []);
}

/** The datum in which the numbers of a report fit, where it declared another one. */
export function readingOf(report: Report | undefined): Reading | null {
  const finding = report?.properties.findings.find(({ code }) => FITS_ONLY_AS.has(code));
  return (finding?.params["datum"] as Reading | undefined) ?? null;
}

/** The zones about the place where the numbers lie when they are read so. */
export async function nearestRead(report: Report, datum: Reading): Promise<Candidate[]> {
  const { position, captured_at, category } = report.properties;
  const { lon, lat, accuracy_m } = position;
  const found = await answer(api.GET("/api/v1/match", {
    params: { query: { lon, lat, datum, category, at: captured_at, ...(accuracy_m === null || accuracy_m === undefined ? {} : { accuracy_m }) } },
  }));
  return likeliest(found.candidates).map((one) => ({ ...one, read_as: datum }));
}

function likeliest(candidates: readonly Schema<"CandidateOut">[]): Candidate[] {
  const found = candidates.filter(({ kind }) => kind === "frontage" || kind === "parking");
  return found.sort((a, b) => b.probability - a.probability).slice(0, KEYS);
}
