/** The zones a report could lie in, likeliest first, as many as there are number keys for. */
import type { Schema } from "../api/client";
import type { Report } from "../cases";

export type Candidate = Schema<"CandidateOut">;
const KEYS = 5;

export function nearest(report: Report | undefined): Candidate[] {
  const found = report?.properties.match.candidates.filter(({ kind }) => kind === "frontage" || kind === "parking") ?? [];
  return [...found].sort((a, b) => b.probability - a.probability).slice(0, KEYS);
}
