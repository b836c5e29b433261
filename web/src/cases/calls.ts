/** What phone and desk ask about cases: one, its clocks, history and reports, and the actions on it. */
import { signal } from "@preact/signals";
import { answer, api, Failure, type Schema } from "../api/client";
import { either } from "../words";
import { kept } from "./kept";

export type Case = Schema<"CaseOut">;
export type CaseItem = Schema<"CaseItem">;
export type Clock = Schema<"ClockOut">;
export type Entry = Schema<"LedgerEntryOut">;
export type Report = Schema<"ReportFeature">;
export type Action = Schema<"ActionOut">;
export type Inputs = Omit<Schema<"ActionIn">, "version" | "key">;
export type ActionName = Action["action"];
export type Body = { code: string; name: string };

const PAGE_MAX = 500;

export function fetchCase(number: string): Promise<Case> {
  return answer(api.GET("/api/v1/cases/{number}", { params: { path: { number } } }));
}

export async function fetchClocks(number: string): Promise<Clock[]> {
  return (await answer(api.GET("/api/v1/cases/{number}/clocks", { params: { path: { number } } }))).items;
}

/** The whole history of a case, oldest first. */
export async function fetchHistory(number: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: PAGE_MAX, ...(cursor ? { cursor } : {}) };
    const page: Schema<"History"> = await answer(api.GET("/api/v1/cases/{number}/history", { params: { path: { number }, query } }));
    entries.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return entries;
}

/** Reports of a case that the asker may see, in the order of the case. */
export async function fetchReports(one: Case): Promise<Report[]> {
  const asked = one.reports.map((report) => answer(api.GET("/api/v1/reports/{report_id}", { params: { path: { report_id: report.id } } })));
  return (await Promise.allSettled(asked)).flatMap((came) => {
    if (came.status === "fulfilled") return [came.value];
    // One that is not for their eyes is left out; one that did not come is asked for again.
    if (came.reason instanceof Failure && came.reason.status === 404) return [];
    throw came.reason;
  });
}

/** Names a retry: the same key with the same content gets the same answer. */
export function actionKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The case as it is after the action; throws Failure, with code `transition_refused` when somebody was first. */
export function act(number: string, action: ActionName, version: number, inputs: Partial<Inputs>, key = actionKey()): Promise<Case> {
  const body = { ...inputs, version, key } as Schema<"ActionIn">;
  return answer(api.POST("/api/v1/cases/{number}/actions/{action}", { params: { path: { number, action } }, body }));
}

// --- Names of codes, read once ----------------------------------------------------------------------------------

export const categories = signal<Map<string, Schema<"CategoryOut">>>(new Map());
/** Names of bodies by code: those that a case can be dispatched to. */
export const bodies = signal<Map<string, string>>(new Map());

let asked: Promise<unknown> | null = null;
/** Reads names of categories and bodies once; until they are here, and where there are none, codes are shown. */
export function loadNames(): void {
  asked ??= Promise.all([loadCategories(), loadBodies()]).catch(() => (asked = null));
}

async function loadCategories(): Promise<void> {
  const list = await kept("names/categories", () => answer(api.GET("/api/v1/categories")));
  categories.value = new Map(list.value.items.map((one) => [one.code, one]));
}

async function loadBodies(): Promise<void> {
  const list = await kept("names/bodies", () => answer(api.GET("/api/v1/bodies")));
  learnBodies(list.value.items);
}

export function learnBodies(seen: Body[]): void {
  const fresh = seen.filter((one) => bodies.value.get(one.code) !== one.name);
  if (fresh.length) bodies.value = new Map([...bodies.value, ...fresh.map((one) => [one.code, one.name] as const)]);
}

export function categoryName(code: string): string {
  const known = categories.value.get(code);
  return known ? either(known.name, known.name_en) : code;
}
