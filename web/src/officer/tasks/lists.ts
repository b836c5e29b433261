/** What a person has to do with cases, by their role: tabs of states, and why each case came. */
import { answer, api, type Schema, session } from "../../api/client";
import type { Key } from "../../words";

export type Item = Schema<"CaseItem">;
export type State = Item["state"];
type Inbox = Schema<"InboxItem">;

export interface Tab {
  title: Key;
  states: State[];
}

const PAGE = 200;
/** More than that nobody works off a phone; the list says that there are more. */
const PAGES_MAX = 5;

const HANDLER: Tab[] = [
  { title: "tasks.to_accept", states: ["dispatched"] },
  { title: "tasks.at_work", states: ["accepted", "handling", "suspended"] },
  { title: "tasks.replied", states: ["replied"] },
];
const CHECKER: Tab[] = [
  { title: "tasks.to_check", states: ["replied"] },
  { title: "tasks.reworking", states: ["handling"] },
  { title: "tasks.checked", states: ["checked", "closed"] },
];
const OFFICER: Tab[] = [
  { title: "tasks.open", states: ["reported", "registered", "dispatched", "accepted", "handling", "suspended", "replied", "checked"] },
  { title: "tasks.ended", states: ["closed", "refused", "cancelled", "transferred", "merged"] },
];

const TABS: Record<string, Tab[]> = { handler: HANDLER, checker: CHECKER };

export const tabsOf = (role: string): Tab[] => TABS[role] ?? OFFICER;

export interface Tasks {
  items: Item[];
  /** Whether there are more than were read. */
  more: boolean;
  /** The newest unread line of the inbox about each case. */
  news: Record<string, Inbox>;
}

export async function fetchTasks(): Promise<Tasks> {
  const { role, organisation } = session.value!.user;
  const tabs = tabsOf(role);
  const [first, ...others] = tabs.map((tab) => tab.states);
  const asked =
    role === "handler"
      ? [read({ body: organisation.code, state: [first!, ...others].flat() })]
      : role === "checker"
        ? [read({ state: first! }), read({ mine: true, state: others.flat() })]
        : [read({ mine: true })];
  const [lists, news] = await Promise.all([Promise.all(asked), fetchNews()]);
  return { items: lists.flatMap((list) => list.items).sort(dueFirst), more: lists.some((list) => list.more), news };
}

type Query = { body?: string; mine?: boolean; state?: State[] };

async function read(query: Query): Promise<{ items: Item[]; more: boolean }> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const asked: Query & { limit: number; cursor?: string } = { ...query, limit: PAGE, ...(cursor ? { cursor } : {}) };
    const came: Schema<"CaseList"> = await answer(api.GET("/api/v1/cases", { params: { query: asked } }));
    items.push(...came.items);
    cursor = came.next;
    if (!cursor) break;
  }
  return { items, more: cursor !== null };
}

async function fetchNews(): Promise<Record<string, Inbox>> {
  const inbox = await answer(api.GET("/api/v1/inbox", { params: { query: { limit: PAGE } } }));
  const news: Record<string, Inbox> = {};
  // Newest first.
  for (const entry of inbox.items) if (!entry.read_at) news[entry.case.number] ??= entry;
  return news;
}

/** Whoever opens a case has read what the inbox says of it, up to that line. */
export async function markRead(number: string): Promise<void> {
  const inbox = await answer(api.GET("/api/v1/inbox", { params: { query: { limit: PAGE } } }));
  const unread = inbox.items.filter((entry) => !entry.read_at && entry.case.number === number);
  await Promise.all(unread.map((entry) => answer(api.POST("/api/v1/inbox/{entry_id}/read", { params: { path: { entry_id: entry.id } } }))));
}

export const isMine = (item: Item): boolean => item.assignee !== null && item.assignee === session.value?.user.id;

/** One's own, emergencies, then what is due first; of what has ended, the latest. */
function dueFirst(a: Item, b: Item): number {
  if (a.closed_at || b.closed_at) return (b.closed_at ?? "9").localeCompare(a.closed_at ?? "9");
  if (isMine(a) !== isMine(b)) return isMine(a) ? -1 : 1;
  if (a.emergency !== b.emergency) return a.emergency ? -1 : 1;
  return (a.due_at ?? "9").localeCompare(b.due_at ?? "9");
}
