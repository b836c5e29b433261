/** The cases of the query, page by page as they come into sight, kept current by what the feed tells without moving what is
 * looked at. What fits the query the server alone decides: the address is its question. */
import { signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import { learnBodies, type Case, type CaseItem } from "../cases";
import { either } from "../words";
import { loadTotal } from "./counts";
import { heardAt } from "./live";
import { loadPlaces, place, unplace } from "./places";
import { filtersKey, listParameters, query, type Filter } from "./query";

export interface Row extends CaseItem {
  /** It changed and is no longer what was asked for; it goes when nobody points at the list. */
  gone?: boolean;
  /** Changed by somebody just now. */
  fresh?: boolean;
}

const PAGE_ROWS = 100;
/** Of more changes at once the list is loaded anew. */
const PATCH_MAX = 100;
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
/** What the list shows. */
export const shown = rows;

let asked = 0;
/** Ended when something else is asked for: what waits to be sent is not sent any more. */
let reading = new AbortController();

async function page(parameters: Filter & { cursor?: string }, signal: AbortSignal | null = null): Promise<Schema<"CaseList">> {
  const came = await answer(api.GET("/api/v1/cases", { params: { query: { ...parameters, limit: PAGE_ROWS } }, signal }));
  heardAt.value = Date.now();
  learnBodies(came.items.map((item) => item.body));
  return came;
}

/** The first page, how many there are and where; what was asked for before is dropped when it comes late. */
export async function load(): Promise<void> {
  const mine = ++asked;
  reading.abort();
  reading = new AbortController();
  const { signal } = reading;
  const parameters = listParameters(query.peek());
  loading.value = true;
  failed.value = null;
  waiting.value = [];
  void loadTotal(parameters).catch(() => undefined);
  // At the same time as the rows, which are shown as soon as they are there.
  const placed = loadPlaces(parameters, signal).catch((error: unknown) => error);
  try {
    const came = await page(parameters, signal);
    if (mine !== asked) return;
    rows.value = came.items;
    next.value = came.next;
    loading.value = false;
    const lost = await placed;
    if (lost && mine === asked) failed.value = lost;
  } catch (error) {
    if (mine !== asked) return;
    failed.value = error;
    loading.value = false;
  }
}

let more = false;
export async function loadMore(): Promise<void> {
  const cursor = next.peek();
  if (more || loading.peek() || !cursor) return;
  more = true;
  const mine = asked;
  try {
    const came = await page({ ...listParameters(query.peek()), cursor });
    if (mine !== asked) return;
    const known = new Set(rows.value.map((row) => row.number));
    rows.value = [...rows.value, ...came.items.filter((item) => !known.has(item.number))];
    next.value = came.next;
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

/** Reads again what has changed: as it is now, and whether it still is what is asked for. */
export async function refresh(numbers: ReadonlySet<string>): Promise<void> {
  if (!numbers.size) return;
  if (numbers.size > PATCH_MAX) return load();
  const of = query.peek();
  const number = [...numbers];
  try {
    const [now, fitting] = await Promise.all([page({ number }), page({ ...listParameters(of), number })]);
    if (filtersKey(of) !== filtersKey(query.peek())) return;
    const fits = new Set(fitting.items.map((item) => item.number));
    const seen = new Map(now.items.map((item) => [item.number, item]));
    for (const one of number) {
      const item = seen.get(one);
      if (item) putRow(item, fits.has(one));
      else leave(one);
    }
    settle();
  } catch {
    // What was not read is read with the next change, or when the stream is back.
  }
}

let unread = new Set<string>();

/** Puts what an action told of a case where it belongs, and has the server say whether it still fits. */
export function put(one: CaseItem): void {
  const known = rows.peek().find((row) => row.number === one.number);
  if (known) putRow(one, !known.gone);
  if (!unread.size) {
    queueMicrotask(() => {
      const these = unread;
      unread = new Set();
      void refresh(these);
    });
  }
  unread.add(one.number);
}

function putRow(one: CaseItem, fit: boolean): void {
  learnBodies([one.body]);
  const at = rows.value.findIndex((row) => row.number === one.number);
  const known = rows.value[at];
  if (fit) place(one);
  else unplace(one.number);
  if (known) {
    if (known.version > one.version) return;
    rows.value = rows.value.with(at, { ...one, gone: !fit, fresh: known.fresh || known.version !== one.version || known.state !== one.state });
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
  unplace(number);
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
  const left = rows.value.filter((row) => row.gone).map((row) => row.number);
  if (waiting.value.length) {
    const inside = new Set(stay.map((row) => row.number));
    const fresh = waiting.value.filter((item) => !inside.has(item.number)).map((item) => ({ ...item, fresh: true }));
    rows.value = [...fresh, ...stay].sort((a, b) => (a.opened_at < b.opened_at ? 1 : a.opened_at > b.opened_at ? -1 : 0));
    waiting.value = [];
    for (const { number } of fresh) setTimeout(() => calm(number), FRESH_MS);
  } else if (left.length) rows.value = stay;
  if (left.some((number) => ticked.value.has(number))) ticked.value = new Set([...ticked.value].filter((number) => !left.includes(number)));
}

export function tick(numbers: Iterable<string>, to: "toggle" | "on"): void {
  const after = new Set(ticked.value);
  for (const number of numbers) if (!after.delete(number) || to === "on") after.add(number);
  ticked.value = after;
}

export function stateName(row: Pick<CaseItem, "state_name" | "state_name_en">): string {
  return either(row.state_name, row.state_name_en);
}
