/** The kinds of sets that come into force on a day, each told alike: its versions, its rows, and what can be done with it. */
import { answer, api, fetched, type Schema, session } from "../api/client";
import { today } from "../ui/days";
import { day } from "../words";

export const KINDS = ["calendars", "hours", "deadlines", "rules", "plans", "indicators", "cards", "categories"] as const;
export type KindName = (typeof KINDS)[number];
export type State = "draft" | "coming" | "in_force" | "past" | "withdrawn";

export interface Version {
  id: number;
  name: string;
  source: string;
  source_date?: string | null;
  sample: boolean;
  state: State;
  version: number | null;
  valid_from: string | null;
  valid_to: string | null;
  made_at: string | null;
  made_by: string | null;
  activated_at?: string | null;
  activated_by?: string | null;
  withdrawn?: Schema<"Withdrawn"> | null;
  /** How many rows it has, or which years. */
  holds: string;
}

/** A row as people compare it: what names it, and its cells by column. */
export interface Row {
  key: string;
  cells: Record<string, string>;
}

/** What is sent again to bring old content into force anew. */
export interface Content {
  rows: Row[];
  again: Record<string, unknown> | null;
}

interface Page {
  items: Version[];
  next: string | null;
}

export interface Kind {
  /** The end of its address. */
  name: string;
  /** What the server says of it, where it is a kind of rulebook. */
  book?: Schema<"KindOut">;
  columns: readonly string[];
  /** Who keeps it: anybody else reads. */
  keepers: readonly string[];
  /** Where a file is sent; without drafts it holds as soon as it is taken, from the day it names. */
  upload: string | null;
  drafts: boolean;
  /** Formats of a file, and what a CSV has no place for. */
  formats: readonly ("json" | "csv")[];
  about: readonly string[];
  list: (cursor?: string) => Promise<Page>;
  content: (one: Version) => Promise<Content>;
}

const DISTRICT_CODE = /^\d{6}$/;
const KEEPERS = ["admin", "zone_manager"];

/** Whether who is signed in may change sets of this kind: the district's alone. */
export function mayKeep(kind: Kind): boolean {
  const user = session.value?.user;
  return Boolean(user && kind.keepers.includes(user.role) && DISTRICT_CODE.test(user.organisation.code));
}

type Dated = Omit<Schema<"RuleSetItem">, "rule_count">;

export function dated(one: Dated, holds: number, source_date?: string | null): Version {
  const { id, name, source, sample, state, version, valid_from, valid_to, activated_at, activated_by, withdrawn } = one;
  return { id, name, source, sample, state, version, valid_from, valid_to, activated_at, activated_by, withdrawn, made_at: one.created_at, made_by: one.created_by, holds: String(holds), ...(source_date !== undefined && { source_date }) };
}

/** The cells of a row of a rulebook: of what is put together the parts, without their names. */
export const columnsIn = (row: Record<string, unknown>, columns: readonly string[]): Record<string, string> => Object.fromEntries(columns.map((column) => [column, parts(row[column])]));

function parts(value: unknown): string {
  if (Array.isArray(value)) return value.map(parts).join("; ");
  if (typeof value !== "object" || value === null) return text(value);
  // What is cited begins with its title; the rest as the server has it.
  const { title, ...rest } = value as Record<string, unknown>;
  return [title, ...Object.values(rest)].map(parts).filter(Boolean).join(" · ");
}

const text = (value: unknown): string => {
  if (value === null || value === undefined || value === false) return "";
  if (Array.isArray(value)) return value.map(text).join("; ");
  if (typeof value === "object") {
    const told = value as Record<string, unknown>;
    if ("value" in told && "unit" in told) return `${String(told["value"])} ${String(told["unit"])}`;
    return Object.entries(told).map(([name, one]) => `${name} ${text(one)}`).join("; ");
  }
  return value === true ? "✓" : String(value);
};

function rowsOf(rows: readonly object[], key: string, columns: readonly string[]): Row[] {
  return rows.map((row) => {
    const told = row as Record<string, unknown>;
    return { key: String(told[key]), cells: Object.fromEntries(columns.map((column) => [column, text(told[column])])) };
  });
}

/** A row as it is sent: without what stands for any. */
export const sentAgain = (rows: readonly object[]) => rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))));

const about = ({ name, source, sample }: Version) => ({ name, source, sample });
const paged = (cursor?: string) => ({ params: { query: { limit: 50, ...(cursor && { cursor }) } } });

/** Sets that have a first day and no state of their own: the newest that has begun counts. */
function byFirstDay(items: Omit<Version, "state" | "valid_to">[]): Version[] {
  const order = [...items].sort((a, b) => (a.valid_from ?? "").localeCompare(b.valid_from ?? "") || a.id - b.id);
  const counts = order.filter((one) => (one.valid_from ?? "") <= today()).pop();
  return items.map((one) => {
    const next = order.find((other) => (other.valid_from ?? "") > (one.valid_from ?? ""));
    const state = one === counts ? "in_force" : (one.valid_from ?? "") > today() ? "coming" : "past";
    return { ...one, state, valid_to: next?.valid_from ?? null };
  });
}

const CALENDAR = ["date", "kind", "name"] as const;
const DEADLINE = ["category", "name", "register", "dispatch", "accept", "handle", "check", "clocks", "emergency", "extension_max", "filing_condition", "closing_condition", "note"] as const;
const RULE = ["code", "category", "zone_kind", "zone", "township", "hours", "valid_from", "valid_to", "body", "note"] as const;
const PLAN = ["code", "zone_kind", "township", "streets", "codes", "visits", "per", "hours", "team", "visit_kinds", "share_min", "note"] as const;
const CATEGORY = ["code", "parent", "name", "name_en", "duty", "about", "weights"] as const;
const CARD = ["code", "trade_name", "title", "points", "source"] as const;
const INDICATOR = ["code", "name", "name_en", "numerator", "denominator"] as const;

export const KIND: Record<KindName, Kind> = {
  calendars: {
    name: "calendars", columns: CALENDAR, keepers: KEEPERS, upload: "/api/v1/calendars/imports", drafts: false, formats: ["json", "csv"], about: ["name", "source"],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/calendars", paged(cursor)));
      return {
        items: items.map((one) => ({ id: one.id, name: one.name, source: one.source, source_date: one.published_on, sample: one.sample, state: one.in_force ? "in_force" : "past", version: one.id, valid_from: day(one.created_at), valid_to: null, made_at: one.created_at, made_by: one.created_by, holds: one.years.join(" ") })),
        next,
      };
    },
    content: async (version) => {
      const told = await answer(api.GET("/api/v1/calendars/{calendar_id}", { params: { path: { calendar_id: version.id } } }));
      return { rows: rowsOf(told.days, "date", CALENDAR), again: { ...about(version), published_on: told.published_on, years: told.years, days: sentAgain(told.days) } };
    },
  },
  hours: {
    name: "hours", columns: ["body", "hours"], keepers: KEEPERS, upload: null, drafts: false, formats: [], about: [],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/office-hours", paged(cursor)));
      const bodies = [...new Set(items.map((one) => one.body))];
      const told = bodies.flatMap((body) =>
        byFirstDay(items.filter((one) => one.body === body).map((one) => ({ id: one.id, name: one.body_name, source: one.source, sample: one.sample, version: one.id, valid_from: one.valid_from, made_at: one.created_at, made_by: one.created_by, holds: one.hours }))),
      );
      return { items: told, next };
    },
    content: async ({ name, holds }) => ({ rows: [{ key: name, cells: { body: name, hours: holds } }], again: null }),
  },
  deadlines: {
    name: "deadlines", columns: DEADLINE, keepers: KEEPERS, upload: "/api/v1/deadlines/drafts", drafts: true, formats: ["json", "csv"], about: ["name", "jurisdiction", "source", "list_id", "list_version"],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/deadlines", paged(cursor)));
      return { items: items.map((one) => dated(one, one.row_count)), next };
    },
    content: async (version) => {
      const { rows, jurisdiction, code_list } = await answer(api.GET("/api/v1/deadlines/{table_id}", { params: { path: { table_id: version.id } } }));
      return { rows: rowsOf(rows, "category", DEADLINE), again: { ...about(version), jurisdiction, code_list, rows: sentAgain(rows) } };
    },
  },
  rules: {
    name: "rules", columns: RULE, keepers: ["admin", "dispatcher"], upload: "/api/v1/routing-rules/drafts", drafts: true, formats: ["json", "csv"], about: ["name", "source"],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/routing-rules", paged(cursor)));
      return { items: items.map((one) => dated(one, one.rule_count)), next };
    },
    content: async (version) => {
      const { rules } = await answer(api.GET("/api/v1/routing-rules/{rule_set_id}", { params: { path: { rule_set_id: version.id } } }));
      return { rows: rowsOf(rules, "code", RULE), again: { ...about(version), rules: sentAgain(rules) } };
    },
  },
  plans: {
    name: "plans", columns: PLAN, keepers: KEEPERS, upload: "/api/v1/patrol-plans/drafts", drafts: true, formats: ["json"], about: [],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/patrol-plans", paged(cursor)));
      return { items: items.map((one) => dated(one, one.plan_count)), next };
    },
    content: async (version) => {
      const { plans } = await answer(api.GET("/api/v1/patrol-plans/{plan_set_id}", { params: { path: { plan_set_id: version.id } } }));
      return { rows: rowsOf(plans, "code", PLAN), again: { ...about(version), plans: sentAgain(plans) } };
    },
  },
  indicators: {
    name: "indicators", columns: INDICATOR, keepers: ["admin", "zone_manager"], upload: "/api/v1/indicators/sets", drafts: false, formats: ["json"], about: [],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/indicators/sets", paged(cursor)));
      return { items: byFirstDay(items.map((one) => ({ id: one.id, name: one.name, source: one.source, sample: one.sample, version: one.id, valid_from: one.valid_from, made_at: null, made_by: null, holds: String(one.indicators.length) }))), next };
    },
    content: async ({ id }) => {
      const { items } = await answer(api.GET("/api/v1/indicators/sets", { params: { query: { limit: 500 } } }));
      const found = items.find((one) => one.id === id)?.indicators ?? [];
      return { rows: rowsOf(found, "code", INDICATOR), again: null };
    },
  },
  cards: {
    name: "cards", columns: CARD, keepers: KEEPERS, upload: "/api/v1/law-cards", drafts: false, formats: ["json"], about: [],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/law-cards/sets", paged(cursor)));
      return { items: byFirstDay(items.map((one) => ({ id: one.id, name: one.name, source: "", sample: one.sample, version: one.id, valid_from: one.valid_from, made_at: one.made_at, made_by: one.made_by, holds: String(one.card_count) }))), next };
    },
    content: async ({ valid_from }) => {
      const { cards } = await answer(api.GET("/api/v1/law-cards", { params: { query: { on: valid_from } } }));
      return { rows: cards.map((one) => ({ key: one.code, cells: { code: one.code, trade_name: one.trade_name, title: one.title, points: one.points.map((point) => point.text).join("; "), source: one.source } })), again: null };
    },
  },
  categories: {
    name: "categories", columns: CATEGORY, keepers: KEEPERS, upload: "/api/v1/categories/drafts", drafts: true, formats: ["json", "csv"], about: ["name", "list_id", "list_version", "source", "source_date"],
    list: async (cursor) => {
      const { items, next } = await answer(api.GET("/api/v1/categories/sets", paged(cursor)));
      return { items: items.map((one) => dated(one, one.category_count, one.source_date)), next };
    },
    content: async ({ id }) => {
      const { categories } = await answer(api.GET("/api/v1/categories/sets/{category_set_id}", { params: { path: { category_set_id: id } } }));
      // Its list and version are taken: the old list comes again under a version of its own, which only who imports can give.
      return { rows: rowsOf(categories, "code", CATEGORY), again: null };
    },
  },
};

const SET_OF: Record<string, string> = { deadlines: "/api/v1/deadlines", rules: "/api/v1/routing-rules", plans: "/api/v1/patrol-plans", categories: "/api/v1/categories" };

const setOf = ({ name, book }: Kind): string => (book ? `/api/v1/rulebooks/${book.kind}` : SET_OF[name]!);

async function post(address: string, body: BodyInit | null, type = "application/json"): Promise<Record<string, unknown>> {
  const response = await fetched(address, { method: "POST", body, headers: { "Content-Type": type } });
  return (await response.json()) as Record<string, unknown>;
}

/** Sends a file as it is; what a CSV has no place for stands in the address. */
export function upload(kind: Kind, body: BodyInit, csv: boolean, said: Record<string, string>): Promise<Record<string, unknown>> {
  const query = csv ? `?${new URLSearchParams(Object.entries(said).filter(([, value]) => value)).toString()}` : "";
  return post(`${kind.upload}${query}`, body, csv ? "text/csv" : "application/json");
}

export function activate(kind: Kind, id: number, valid_from: string): Promise<Record<string, unknown>> {
  return post(`${setOf(kind)}/drafts/${id}/activate`, JSON.stringify({ valid_from }));
}

export function withdraw(kind: Kind, id: number): Promise<Record<string, unknown>> {
  return post(`${setOf(kind)}${kind.book || kind.name === "categories" ? "/sets" : ""}/${id}/withdraw`, null);
}

export function putHours(said: { body?: string; valid_from: string; hours: string; source: string }): Promise<Record<string, unknown>> {
  return post("/api/v1/office-hours", JSON.stringify(said));
}

/** Years soon counted in that no calendar covers. */
export async function uncoveredYears(): Promise<number[]> {
  return (await answer(api.GET("/api/v1/calendars", { params: { query: { limit: 1 } } }))).uncovered_years;
}
