/** The cases of the query: loaded by pages, kept current by what the feed tells, without moving what is looked at. */
import { computed, signal } from "@preact/signals";
import { answer, api, Failure, type Schema } from "../api/client";
import { categoryName, fetchCase, learnBodies, type Case, type CaseItem } from "../cases";
import { either } from "../words";
import { heardAt } from "./live";
import { filtersKey, fits, listParameters, query, type Query } from "./query";
import { caseIsUnsure, unsureAmong } from "./unsure";

export interface Row extends CaseItem {
  /** It changed and is no longer what was asked for; it goes when nobody points at the list. */
  gone?: boolean;
  /** Changed by somebody just now. */
  fresh?: boolean;
}

const FIRST_ROWS = 100;
const PAGE_ROWS = 500;
/** As many are loaded unasked, for the map and for looking through them by text. */
const EAGER_ROWS = 2000;
/** Of more changes at once the list is loaded anew. */
const PATCH_MAX = 30;
const FRESH_MS = 4000;
export const NUMBER = /^[A-Za-z]{1,8}-\d{4}-\d+(-\d+)?$/;

export const rows = signal<Row[]>([]);
export const next = signal<string | null>(null);
export const loading = signal(true);
export const failed = signal<unknown>(null);
/** New cases that wait until the list is not looked at. */
export const waiting = signal<CaseItem[]>([]);
export const ticked = signal<ReadonlySet<string>>(new Set());
/** The pointer is over the list, or it is scrolled: nothing is put in or taken away above. */
export const held = signal(false);

/** What the list and the map show: the rows that the text is found in. */
export const shown = computed(() => {
  const sought = query.value.q.trim().toLocaleLowerCase();
  if (!sought) return rows.value;
  return rows.value.filter((row) => textOf(row).includes(sought));
});

function textOf(row: Row): string {
  return [row.number, row.category, categoryName(row.category), row.body.name, row.state_name, row.state_name_en].join("\n").toLocaleLowerCase();
}

let asked = 0;
/** In the view of unsure ones: their numbers. */
let unsure: Set<string> | null = null;

async function page(of: Query, cursor: string | null, limit: number): Promise<Schema<"CaseList">> {
  const params = { query: { ...listParameters(of), limit, ...(cursor ? { cursor } : {}) } };
  const came = await answer(api.GET("/api/v1/cases", { params }));
  heardAt.value = Date.now();
  learnBodies(came.items.map((item) => item.body));
  if (!of.view) return came;
  const found = await unsureAmong(new Set(came.items.map((item) => item.number)));
  unsure = new Set([...(unsure ?? []), ...found]);
  return { ...came, items: came.items.filter((item) => found.has(item.number)) };
}

/** The first rows at once, more behind; what was asked for before is dropped when it comes late. */
export async function load(): Promise<void> {
  const mine = ++asked;
  const of = query.peek();
  loading.value = true;
  failed.value = null;
  waiting.value = [];
  try {
    unsure = of.view ? new Set() : null;
    let came = await page(of, null, of.view ? PAGE_ROWS : FIRST_ROWS);
    if (mine !== asked) return;
    rows.value = came.items;
    next.value = came.next;
    loading.value = false;
    while (came.next && rows.value.length < EAGER_ROWS) {
      came = await page(of, came.next, PAGE_ROWS);
      if (mine !== asked) return;
      append(came);
    }
  } catch (error) {
    if (mine !== asked) return;
    failed.value = error;
    loading.value = false;
  }
}

function append(came: Schema<"CaseList">): void {
  const known = new Set(rows.value.map((row) => row.number));
  rows.value = [...rows.value, ...came.items.filter((item) => !known.has(item.number))];
  next.value = came.next;
}

let more = false;
export async function loadMore(): Promise<void> {
  if (more || loading.peek() || !next.peek()) return;
  more = true;
  const mine = asked;
  try {
    const came = await page(query.peek(), next.peek(), PAGE_ROWS);
    if (mine === asked) append(came);
  } catch (error) {
    failed.value = error;
  } finally {
    more = false;
  }
}

/** A case as its row shows it; what only lists tell is as it was. */
export function itemOf(one: Case): CaseItem {
  const { number, state, state_name, state_name_en, step, version, category, body, assignee, assignee_name, opened_at, due_at, closed_at, emergency, position } = one;
  const known = rows.peek().find((row) => row.number === number);
  const zone = one.zone?.chosen_at ? { ...one.zone, verdict: "chosen" } : (known?.zone ?? null);
  const told = { zone, ambiguous: Boolean(known?.ambiguous && !one.zone), clock: known?.clock ?? null, photo: known?.photo ?? null, reports: one.reports.length };
  return { number, state, state_name, state_name_en, step, version, category, body, assignee, assignee_name, opened_at, due_at, closed_at, emergency, position, ...told, township: one.township?.code ?? null };
}

/** Reads again what the feed says has changed; `left` are no longer to be seen. */
export async function refresh(numbers: ReadonlySet<string>): Promise<void> {
  if (numbers.size > PATCH_MAX) return load();
  const key = filtersKey(query.peek());
  const came = await Promise.all([...numbers].map((number) => changed(number)));
  heardAt.value = Date.now();
  if (key !== filtersKey(query.peek())) return;
  for (const one of came) if (one) "state" in one ? put(one) : leave(one.number);
  settle();
}

/** A case as it is now, or its number alone when it is not to be seen any more; null when that is not known. */
async function changed(number: string): Promise<CaseItem | { number: string } | null> {
  try {
    const one = await fetchCase(number);
    if (unsure && (await caseIsUnsure(one))) unsure.add(number);
    return itemOf(one);
  } catch (error) {
    return error instanceof Failure && error.status === 404 ? { number } : null;
  }
}

/** Puts what an action or the feed told of a case where it belongs. */
export function put(one: CaseItem): void {
  learnBodies([one.body]);
  const fit = fits(one, query.peek()) && (!unsure || unsure.has(one.number));
  const place = rows.value.findIndex((row) => row.number === one.number);
  const known = rows.value[place];
  if (known) {
    if (known.version > one.version) return;
    rows.value = rows.value.with(place, { ...one, gone: !fit, fresh: known.version !== one.version || known.state !== one.state });
    setTimeout(() => calm(one.number), FRESH_MS);
  } else if (fit && !waiting.value.some((item) => item.number === one.number) && isNewer(one)) {
    waiting.value = [one, ...waiting.value];
  }
}

/** Older ones come with their page. */
function isNewer(one: CaseItem): boolean {
  const last = rows.value.at(-1);
  return !next.peek() || !last || one.opened_at > last.opened_at;
}

/** A case of the list as it was read anew for the panel. */
export function putKnown(one: CaseItem): void {
  if (rows.peek().some((row) => row.number === one.number && row.version < one.version)) put(one);
  settle();
}

function leave(number: string): void {
  rows.value = rows.value.map((row) => (row.number === number ? { ...row, gone: true } : row));
}

function calm(number: string): void {
  if (rows.value.some((row) => row.number === number && row.fresh)) {
    rows.value = rows.value.map((row) => (row.number === number ? { ...row, fresh: false } : row));
  }
}

/** Lets in what is new and out what is gone, unless somebody points at the list. */
export function settle(force = false): void {
  if (held.peek() && !force) return;
  const stay = rows.value.filter((row) => !row.gone);
  if (waiting.value.length) {
    const inside = new Set(stay.map((row) => row.number));
    const fresh = waiting.value.filter((item) => !inside.has(item.number)).map((item) => ({ ...item, fresh: true }));
    rows.value = [...fresh, ...stay].sort((a, b) => (a.opened_at < b.opened_at ? 1 : a.opened_at > b.opened_at ? -1 : 0));
    waiting.value = [];
    for (const { number } of fresh) setTimeout(() => calm(number), FRESH_MS);
  } else if (stay.length !== rows.value.length) rows.value = stay;
  const kept = new Set(rows.value.map((row) => row.number));
  const still = [...ticked.value].filter((number) => kept.has(number));
  if (still.length !== ticked.value.size) ticked.value = new Set(still);
}

export function tick(numbers: Iterable<string>, to: "toggle" | "on"): void {
  const after = new Set(ticked.value);
  for (const number of numbers) if (!after.delete(number) || to === "on") after.add(number);
  ticked.value = after;
}

export function stateName(row: Pick<CaseItem, "state_name" | "state_name_en">): string {
  return either(row.state_name, row.state_name_en);
}
