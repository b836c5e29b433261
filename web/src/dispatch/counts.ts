/** How many open cases are at which step; kept by what the feed tells, read anew now and then. */
import { computed, signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import { now, standing } from "../cases";
import type { Change } from "./live";
import type { StateGroup } from "./query";
import { STATE_GROUPS } from "./query";

export const COUNTED = ["reported", "registered", "handling", "replied"] as const satisfies readonly StateGroup[];
interface Open {
  state: string;
  due_at: string | null;
}

const PAGE_ROWS = 500;
/** Beyond so many "at least" is said. */
const ROWS_MAX = 2000;
export const ANEW_MS = 60_000;
const ENDED: ReadonlySet<string> = new Set(STATE_GROUPS.ended);

const open = signal<ReadonlyMap<string, Open>>(new Map());
const cut = signal(false);

export const counts = computed(() => {
  const all = [...open.value.values()];
  const of = (group: (typeof COUNTED)[number]) => all.filter(({ state }) => (STATE_GROUPS[group] as readonly string[]).includes(state)).length;
  return {
    steps: Object.fromEntries(COUNTED.map((group) => [group, of(group)])) as Record<(typeof COUNTED)[number], number>,
    overdue: all.filter((one) => standing(one, now.value) === "overdue").length,
    atLeast: cut.value,
  };
});

export async function loadCounts(): Promise<void> {
  const found = new Map<string, Open>();
  let cursor: string | null = null;
  do {
    const query: { open: true; limit: number; cursor?: string } = { open: true, limit: PAGE_ROWS, ...(cursor ? { cursor } : {}) };
    const page: Schema<"CaseList"> = await answer(api.GET("/api/v1/cases", { params: { query } }));
    for (const { number, state, due_at } of page.items) found.set(number, { state, due_at });
    cursor = page.next;
  } while (cursor && found.size < ROWS_MAX);
  cut.value = cursor !== null;
  open.value = found;
}

export function count(changes: readonly Change[]): void {
  const after = new Map(open.value);
  for (const { case: number, state, kind } of changes) {
    if (!number) continue;
    if (kind === "case.left" || (state && ENDED.has(state))) after.delete(number);
    else if (state) after.set(number, { state, due_at: after.get(number)?.due_at ?? null });
  }
  open.value = after;
}
