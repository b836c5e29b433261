/** How many open cases are at which step, and how many the query has: counted by the server, again with what the feed tells. */
import { computed, signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import { SOON_H } from "../cases";
import { filtersKey, listParameters, query, STATE_GROUPS, type Filter, type StateGroup } from "./query";

export const COUNTED = ["reported", "registered", "handling", "replied"] as const satisfies readonly StateGroup[];
/** What falls due without anybody doing anything is counted at least this often. */
export const ANEW_MS = 60_000;
/** Changes that come close together are counted together. */
const TOGETHER_MS = 500;

const open = signal<Schema<"CaseCount">[]>([]);
/** Cases of the query, loaded or not; null until it is known. */
export const total = signal<number | null>(null);

function sum(of: (one: Schema<"CaseCount">) => boolean): number {
  return open.value.reduce((all, one) => all + (of(one) ? one.cases : 0), 0);
}

export const counts = computed(() => ({
  steps: Object.fromEntries(
    COUNTED.map((group) => [group, sum(({ state }) => (STATE_GROUPS[group] as readonly string[]).includes(state))]),
  ) as Record<(typeof COUNTED)[number], number>,
  overdue: sum(({ clock }) => clock === "overdue"),
  unsure: sum(({ ambiguous }) => ambiguous),
}));

function ask(parameters: Filter): Promise<Schema<"CaseCounts">> {
  return answer(api.GET("/api/v1/cases/counts", { params: { query: { ...parameters, soon_h: SOON_H } } }));
}

const OPEN: Filter = { open: true };

export async function loadCounts(): Promise<void> {
  const came = await ask(OPEN);
  open.value = came.items;
  if (isOpen(listParameters(query.peek()))) total.value = came.total;
}

/** Whether the query is every open case, which are counted anyway. */
function isOpen(parameters: Filter): boolean {
  return JSON.stringify(parameters) === JSON.stringify(OPEN);
}

export async function loadTotal(parameters: Filter): Promise<void> {
  if (isOpen(parameters)) return loadCounts();
  const key = filtersKey(query.peek());
  const came = await ask(parameters);
  if (key === filtersKey(query.peek())) total.value = came.total;
}

let counting: ReturnType<typeof setTimeout> | undefined;

/** After something has changed. */
export function recount(): void {
  counting ??= setTimeout(() => {
    counting = undefined;
    const parameters = listParameters(query.peek());
    void loadTotal(parameters).catch(() => undefined);
    if (!isOpen(parameters)) void loadCounts().catch(() => undefined);
  }, TOGETHER_MS);
}
