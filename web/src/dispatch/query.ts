/** What the desk shows is its address: whoever gets the link sees the same, and "back" is one step back. */
import { signal } from "@preact/signals";
import type { CaseItem } from "../cases";
import { SOON_MS, standing } from "../cases";

export const STATE_GROUPS = {
  open: [],
  all: [],
  reported: ["reported"],
  registered: ["registered"],
  dispatched: ["dispatched"],
  handling: ["accepted", "handling"],
  replied: ["replied"],
  checked: ["checked"],
  suspended: ["suspended"],
  ended: ["closed", "refused", "cancelled", "transferred", "merged"],
} as const satisfies Record<string, readonly CaseItem["state"][]>;
export type StateGroup = keyof typeof STATE_GROUPS;
export const CLOCKS = ["overdue", "soon"] as const;

export interface Query {
  township: string;
  category: string;
  state: StateGroup;
  clock: (typeof CLOCKS)[number] | "";
  q: string;
  /** west,south,east,north in degrees; empty: anywhere. */
  bbox: string;
  /** "triage": only those whose zone is unsure and that are not dispatched yet. */
  view: "triage" | "";
  /** Number of the case in the panel. */
  case: string;
}
export type Filters = Omit<Query, "case">;

const NONE: Query = { township: "", category: "", state: "open", clock: "", q: "", bbox: "", view: "", case: "" };
const BBOX = /^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){3}$/;

export const query = signal<Query>(read());
addEventListener("popstate", () => (query.value = read()));

function read(): Query {
  const given = new URLSearchParams(location.search);
  const found = { ...NONE };
  for (const name of Object.keys(NONE) as (keyof Query)[]) {
    const value = given.get(name);
    if (value) (found as Record<string, string>)[name] = value;
  }
  if (!(found.state in STATE_GROUPS)) found.state = NONE.state;
  if (!(CLOCKS as readonly string[]).includes(found.clock)) found.clock = "";
  if (!BBOX.test(found.bbox)) found.bbox = "";
  if (found.view !== "triage") found.view = "";
  return found;
}

/** Reads the address anew, as when the desk is opened from another page. */
export function readAddress(): void {
  query.value = read();
}

/** A filter is a step that "back" goes back from; moving through the list and typing are not. */
export function change(part: Partial<Query>, step: "push" | "replace" = "push"): void {
  const next = { ...query.value, ...part };
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(next)) if (value && value !== NONE[name as keyof Query]) told.set(name, value);
  const text = told.toString();
  history[step === "push" ? "pushState" : "replaceState"](null, "", location.pathname + (text ? `?${text}` : ""));
  query.value = next;
}

export function clearFilters(): void {
  change({ ...NONE, case: query.value.case });
}

export function filtered(of: Query): boolean {
  return (Object.keys(NONE) as (keyof Query)[]).some((name) => name !== "case" && of[name] !== NONE[name]);
}

/** The filters as one text: what the list is loaded anew for. */
export function filtersKey(of: Query): string {
  return JSON.stringify([of.township, of.category, of.state, of.clock, of.bbox, of.view]);
}

/** Parameters of the list of cases; text is looked for in what was loaded. */
export function listParameters(of: Query, at = Date.now()) {
  const states = of.view ? ["reported" as const, "registered" as const] : [...STATE_GROUPS[of.state]];
  return {
    ...(of.township ? { township: of.township } : {}),
    ...(of.category ? { category: of.category } : {}),
    ...(states.length ? { state: states } : {}),
    ...(of.state === "open" || of.clock ? { open: true } : {}),
    ...(of.clock === "overdue" ? { overdue: true } : {}),
    ...(of.clock === "soon" ? { due_before: new Date(at + SOON_MS).toISOString() } : {}),
    ...(of.bbox ? { bbox: of.bbox } : {}),
  };
}

/** Whether a case that changed still is what was asked for. */
export function fits(one: CaseItem, of: Query): boolean {
  const states: readonly string[] = of.view ? ["reported", "registered"] : STATE_GROUPS[of.state];
  const stand = standing(one);
  if (states.length && !states.includes(one.state)) return false;
  if ((of.state === "open" || of.clock) && stand === "closed") return false;
  if (of.clock === "overdue" && stand !== "overdue") return false;
  if (of.clock === "soon" && stand !== "overdue" && stand !== "soon") return false;
  if (of.township && one.township !== of.township) return false;
  if (of.category && one.category !== of.category) return false;
  if (!of.bbox) return true;
  const [west, south, east, north] = of.bbox.split(",").map(Number) as [number, number, number, number];
  const { lon, lat } = one.position;
  return lon >= west && lon <= east && lat >= south && lat <= north;
}
