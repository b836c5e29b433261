/** The officer's queue: what is put in is sent once, whatever happens to network, browser or session on the way. */
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { Failure, session, sessionEnded } from "../../api/client";
import type { Key } from "../../words";
import { digestOf, sha256Hex } from "./receipts";
import { Refused, send, Waits } from "./sending";
import * as store from "./store";
import type { Held, HeldAction, HeldLook, HeldPaper, HeldPhoto, HeldRecord, HeldVisit, Receipt, Role, WireReport } from "./store";
import { thumbnail } from "./thumbnail";

export type { HeldLook, HeldPaper, HeldRecord, HeldVisit, Receipt, WireReport } from "./store";

export interface DraftPhoto {
  blob: Blob;
  role: Role;
  captured_at?: string;
}

export interface Draft {
  kind: "report";
  /** A UUID made with the draft: the same report has it for ever. */
  id: string;
  /** How the row is called; the category's name. */
  title: string;
  report: Omit<WireReport, "photos">;
  photos: DraftPhoto[];
}

export interface ActionDraft extends HeldAction {
  id: string;
  title: string;
}

export interface QueuePhoto extends HeldPhoto {
  /** A receipt of this report no longer misses it. */
  sent: boolean;
}

export interface QueueItem {
  id: string;
  kind: "report" | "action" | "visit" | "look" | "record" | "paper";
  made_at: string;
  title: string;
  photos: QueuePhoto[];
  state: "waiting" | "sending" | "refused" | "kept";
  reason?: Key;
  problem?: Record<string, unknown>;
  receipt?: Receipt;
  kept_at?: string;
  case_number?: string;
  look?: HeldLook;
  paper?: HeldPaper;
}

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;
/** After that the server alone has them; a receipt can be had again there. */
const KEPT_DAYS = 30;
const LOCK = "frontage.queue";

const held = signal<ReadonlyMap<string, Held>>(new Map());
const now = signal<string | null>(null);
/** Why the phone's own store cannot be read. */
export const broken = signal<unknown>(null);
/** When the next try comes by itself, in ms since 1970; null while one runs or nothing waits. */
export const nextTry = signal<number | null>(null);

/** Those of whoever is signed in, newest first. */
export const items: ReadonlySignal<QueueItem[]> = computed(() => {
  const account = session.value?.user.id;
  return [...held.value.values()]
    .filter((item) => item.account === account)
    .sort((a, b) => (a.made_at < b.made_at ? 1 : -1))
    .map(shown);
});
/** For whom things are sent now: nobody while the session has ended. */
const sender = computed(() => (sessionEnded.value ? undefined : session.value?.user.id));
/** How many have not been sent. */
export const waiting: ReadonlySignal<number> = computed(() => items.value.filter((item) => item.state !== "kept").length);
/** User names of others who used this phone and have something unsent on it, once for each thing. */
export const others: ReadonlySignal<string[]> = computed(() => {
  const account = session.value?.user.id;
  return [...held.value.values()].filter((item) => item.account !== account && item.state !== "kept").map((item) => item.username);
});

function shown(item: Held): QueueItem {
  const { account: _, username: __, report: ___, digest: ____, action, visit, record, state, photos, ...rest } = item;
  // What is kept misses nothing; of a report a receipt says so before.
  const missing = new Set(item.receipt?.missing_photos ?? (state === "kept" ? [] : photos.map((photo) => photo.sha256)));
  return {
    ...rest,
    kind: action ? "action" : visit ? "visit" : item.look ? "look" : record ? "record" : item.paper ? "paper" : "report",
    state: state === "waiting" && now.value === item.id ? "sending" : state,
    photos: photos.map((photo) => ({ ...photo, sent: !missing.has(photo.sha256) })),
  };
}

/** Resolves when the report and its photos are on the phone's medium. Throws Failure with a sentence for people. */
export async function enqueue(draft: Draft): Promise<void> {
  const listed = await hashed(draft.photos);
  const report: WireReport = plain({
    ...draft.report,
    photos: listed.map(({ photo: { sha256, role }, captured_at }) => ({ sha256, role, ...(captured_at && { captured_at }) })),
  });
  const item: Held = {
    ...begun(draft.id, draft.title),
    photos: listed.map(({ photo }) => photo),
    report,
    digest: await digestOf(report),
  };
  await hold(item, listed.map(({ photo, bytes }) => ({ item: item.id, sha256: photo.sha256, bytes })));
}

interface Hashed {
  photo: HeldPhoto;
  captured_at?: string;
  bytes: ArrayBuffer;
}

/** Photos with their digests, each once. */
async function hashed(drafts: DraftPhoto[]): Promise<Hashed[]> {
  const photos = new Map<string, Hashed>();
  for (const { blob, role, captured_at } of drafts) {
    const bytes = await blob.arrayBuffer();
    const sha256 = await sha256Hex(bytes);
    const thumb = await thumbnail(blob);
    photos.set(sha256, { photo: { sha256, role, ...(thumb && { thumb }) }, ...(captured_at && { captured_at }), bytes });
  }
  return [...photos.values()];
}

/** A form that was filled in, with the photos of each of its fields. */
export async function enqueueRecord(title: string, record: HeldRecord, photos: Record<string, DraftPhoto[]>): Promise<void> {
  const item = begun(crypto.randomUUID(), title);
  const answers: Record<string, unknown> = { ...record.answers };
  const all = new Map<string, Hashed>();
  for (const [field, drafts] of Object.entries(photos)) {
    const listed = await hashed(drafts);
    if (listed.length > 0) answers[field] = listed.map(({ photo }) => photo.sha256);
    for (const one of listed) all.set(one.photo.sha256, one);
  }
  const held = [...all.values()];
  await hold(
    { ...item, photos: held.map(({ photo }) => photo), record: plain({ ...record, answers }) },
    held.map(({ photo, bytes }) => ({ item: item.id, sha256: photo.sha256, bytes })),
  );
}

/** A letter or a paper served by hand: `paper` puts the photo's digest, or null of none, into what goes out. */
export async function enqueuePaper(title: string, photo: DraftPhoto | null, paper: (sha256: string | null) => HeldPaper): Promise<void> {
  const item = begun(crypto.randomUUID(), title);
  const held = await hashed(photo ? [photo] : []);
  await hold(
    { ...item, photos: held.map((one) => one.photo), paper: plain(paper(held[0]?.photo.sha256 ?? null)) },
    held.map(({ photo: { sha256 }, bytes }) => ({ item: item.id, sha256, bytes })),
  );
}

/** An action of a case that may wait for network, after the report that it relies on. */
export async function enqueueAction({ id, title, ...action }: ActionDraft): Promise<void> {
  await hold({ ...begun(id, title), photos: [], action: plain(action), case_number: action.case }, []);
}

/** A call at a door: it has no photo, and goes out like everything else. */
export async function enqueueVisit(title: string, visit: HeldVisit): Promise<void> {
  await hold({ ...begun(crypto.randomUUID(), title), photos: [], visit: plain(visit) }, []);
}

/** What was found somewhere, after the report with its photos. */
export async function enqueueLook(title: string, look: HeldLook): Promise<void> {
  await hold({ ...begun(crypto.randomUUID(), title), photos: [], look: plain(look), ...("number" in look && { case_number: look.number }) }, []);
}

function begun(id: string, title: string): Pick<Held, "id" | "account" | "username" | "made_at" | "title" | "state"> {
  const user = session.value?.user;
  if (!user) throw new Failure(401, "not_authenticated", {});
  return { id, account: user.id, username: user.username, made_at: new Date().toISOString(), title, state: "waiting" };
}

/** As it goes out: nothing undefined in it. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

async function hold(item: Held, bytes: Parameters<typeof store.add>[1]): Promise<void> {
  // Asked each time until it is granted (browsers decide by how much a page is used), and not waited for.
  void navigator.storage?.persist?.().catch(() => false);
  try {
    await store.add(item, bytes);
    await changed(item.id);
  } catch (error) {
    throw new Failure(507, isFull(error) ? "phone_full" : "phone_storage", {});
  }
  start();
  kick();
}

const isFull = (error: unknown): boolean => error instanceof Error && error.name === "QuotaExceededError";

// Tabs hear of each other's changes; one of them sends.
const channel = new BroadcastChannel(LOCK);
channel.onmessage = (event: MessageEvent<string>) =>
  void reload(event.data).then(() => {
    // The other one may be closed before it has sent it.
    if (started && !running && nextTry.value === null && held.value.get(event.data)?.state === "waiting") schedule(pause_ms);
  });

async function reload(id: string): Promise<void> {
  show(id, await store.get(id));
}

function show(id: string, item: Held | undefined): void {
  const next = new Map(held.peek());
  if (item) next.set(id, item);
  else next.delete(id);
  held.value = next;
}

async function changed(id: string): Promise<void> {
  await reload(id);
  channel.postMessage(id);
}

/** Notes how an item stands. A phone that is too full for the note finds out again at the next try. */
async function note(item: Held, write: (item: Held) => Promise<void> = store.put): Promise<void> {
  try {
    await write(item);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
  show(item.id, item);
  channel.postMessage(item.id);
}

let started = false;
let loaded = false;
let running = false;
let again = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let pause_ms = FIRST_PAUSE_MS;
/** The server's own Retry-After: only a person's tap comes before it. */
let not_before = 0;

/** Reads what is held and keeps sending while the page is open; further calls do nothing. */
export function start(): void {
  if (started) return;
  started = true;
  addEventListener("online", kick);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") kick();
  });
  // Now, and when somebody signs in again.
  effect(() => void (sender.value && kick()));
}

async function load(): Promise<void> {
  const oldest = new Date(Date.now() - KEPT_DAYS * 86_400_000).toISOString();
  const found = await store.all();
  const old = found.filter((item) => item.state === "kept" && (item.kept_at ?? "") < oldest);
  for (const { id } of old) await store.remove(id, (item) => item.state === "kept");
  const listed = found.filter((item) => !old.includes(item)).map((item) => [item.id, item] as const);
  // What came meanwhile is newer.
  held.value = new Map([...listed, ...held.peek()]);
  loaded = true;
}

/** Something has changed: try now, with short pauses again. */
function kick(): void {
  pause_ms = FIRST_PAUSE_MS;
  schedule(0);
}

function schedule(after_ms: number): void {
  clearTimeout(timer);
  const at = Math.max(Date.now() + after_ms, not_before);
  nextTry.value = at;
  timer = setTimeout(() => void run(), at - Date.now());
}

async function run(): Promise<void> {
  if (running) {
    again = true;
    return;
  }
  running = true;
  nextTry.value = null;
  let left = false;
  try {
    if (!loaded) await load();
    left = await navigator.locks.request(LOCK, pass);
    broken.value = null;
  } catch (error) {
    broken.value = error;
    left = true;
  }
  running = false;
  if (again) schedule(0);
  else if (left) {
    schedule(pause_ms * (0.8 + 0.4 * Math.random()));
    pause_ms = Math.min(2 * pause_ms, LONGEST_PAUSE_MS);
  }
  again = false;
}

/** Each waiting item once, the oldest first, with those that come meanwhile; whether any is left. */
async function pass(): Promise<boolean> {
  const tried = new Set<string>();
  for (;;) {
    const account = sender.value;
    if (!account) return false;
    const ours = await store.waitingOf(account);
    const next = ours.find((item) => !tried.has(item.id));
    if (!next) return ours.length > 0;
    tried.add(next.id);
    if (!(await attempt(next))) return true;
  }
}

/** One try of one item; false when the others need not be tried now. */
async function attempt(item: Held): Promise<boolean> {
  let latest = item;
  now.value = item.id;
  try {
    const sent = await send(item, (next) => note((latest = next)));
    pause_ms = FIRST_PAUSE_MS;
    await note(sent, store.release);
    return true;
  } catch (error) {
    if (error instanceof Refused) {
      await note({ ...latest, state: "refused", problem: error.problem });
      return true;
    }
    if (!(error instanceof Waits)) throw error;
    not_before = Date.now() + error.after_ms;
    if (latest.reason !== error.reason) await note({ ...latest, reason: error.reason });
    return !error.everybody;
  } finally {
    now.value = null;
  }
}

/** Tries all that wait now, or one that was refused once more. */
export async function retry(id?: string): Promise<void> {
  const item = id === undefined ? undefined : await store.get(id);
  if (item?.state === "refused") {
    const { problem: _, reason: __, ...rest } = item;
    await note({ ...rest, state: "waiting" });
  }
  not_before = 0;
  kick();
}

/** Throws away one that was refused, photos and all; ask before. Anything else stays. */
export async function discard(id: string): Promise<void> {
  await store.remove(id, (item) => item.state === "refused");
  await changed(id);
}
