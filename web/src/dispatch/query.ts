/** What the desk shows. */
import type { paths } from "../api/schema";
import { SOON_H, type CaseItem } from "../cases";
import { addressOf } from "../ui/address";

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
export type Filter = Omit<NonNullable<paths["/api/v1/cases"]["get"]["parameters"]["query"]>, "cursor" | "limit">;

const NONE: Query = { township: "", category: "", state: "open", clock: "", q: "", bbox: "", view: "", case: "" };
const BBOX = /^-?\d+(\.\d+)?(,-?\d+(\.\d+)?){3}$/;

export const { query, readAddress, change } = addressOf(NONE, (found) => {
  if (!(found.state in STATE_GROUPS)) found.state = NONE.state;
  if (!(CLOCKS as readonly string[]).includes(found.clock)) found.clock = "";
  if (!BBOX.test(found.bbox)) found.bbox = "";
  if (found.view !== "triage") found.view = "";
  found.q = found.q.slice(0, 100);
});

export function clearFilters(): void {
  change({ ...NONE, case: query.value.case });
}

export function filtered(of: Query): boolean {
  return (Object.keys(NONE) as (keyof Query)[]).some((name) => name !== "case" && of[name] !== NONE[name]);
}

/** The filters as one text: what the list is loaded anew for. */
export function filtersKey(of: Query): string {
  return JSON.stringify([of.township, of.category, of.state, of.clock, of.bbox, of.view, of.q.trim()]);
}

/** The filters as the server is asked by. */
export function listParameters(of: Query): Filter {
  const states = [...STATE_GROUPS[of.state]];
  return {
    ...(of.q.trim() ? { q: of.q.trim() } : {}),
    ...(of.township ? { township: of.township } : {}),
    ...(of.category ? { category: of.category } : {}),
    ...(states.length ? { state: states } : {}),
    ...(of.state === "open" ? { open: true } : {}),
    ...(of.clock === "overdue" ? { overdue: true } : {}),
    ...(of.clock === "soon" ? { due_within_h: SOON_H } : {}),
    ...(of.view ? { ambiguous: true } : {}),
    ...(of.bbox ? { bbox: of.bbox } : {}),
  };
}
