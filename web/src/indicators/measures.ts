/** How figures are said. */
import { categoryName } from "../cases";
import { count } from "../manager/measures";
import { placeName } from "../manager/names";
import { t } from "../words";
import type { Group } from "./asking";
import { type Measure, OUTSIDE, type Query } from "./query";

export { count };

export const of = (group: Group, measure: Measure): number => group.measures[measure] ?? 0;

/** Closed on time of what was due; null where nothing was. */
export function rate(group: Group | undefined): number | null {
  const due = group ? of(group, "due") : 0;
  return due ? of(group!, "closed_on_time") / due : null;
}

export function covered(group: Group | undefined): number | null {
  const seen = group?.coverage;
  return seen && seen.due_m ? Math.min(1, seen.seen_m / seen.due_m) : null;
}

export const percent = (share: number | null): string => (share === null ? "–" : `${(share * 100).toFixed(1)} %`);
/** The difference of two shares in points of a hundred, to a tenth. */
export const points = (now: number, before: number): number => Math.round((now - before) * 1000) / 10;

/** A group as the address names it. */
export function keyOf(group: Group, by: Query["by"]): string {
  if (by === "township") return group.township || OUTSIDE;
  return (by === "category" ? group.category : group.month) ?? "";
}

export function nameOf(key: string, by: Query["by"]): string {
  if (by === "month") return key;
  if (by === "category") return categoryName(key);
  return key === OUTSIDE ? t("manager.no_township") : placeName(key);
}

/** Months as they follow; others with the lowest rate first, and where nothing was due last. */
export function ordered(groups: readonly Group[], by: Query["by"]): Group[] {
  if (by === "month") return [...groups];
  const rank = (group: Group) => rate(group) ?? 2;
  return [...groups].sort((a, b) => rank(a) - rank(b) || of(b, "due") - of(a, "due") || of(b, "accepted") - of(a, "accepted"));
}
