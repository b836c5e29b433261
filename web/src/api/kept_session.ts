/** Who is signed in, kept twice: in localStorage, which every tab reads at once but browsers write with a delay, and in
 * IndexedDB, which is on the medium before its write resolves. Of the two the later one counts. */
import { openDB } from "idb";
import type { components } from "./schema";

export interface Session {
  user: components["schemas"]["UserBody"];
  access: string;
  refresh: string;
}
/** `at`: when it was kept, in ms since 1970. */
type Kept = Session & { at?: number };

export const KEY = "frontage.session";
const STORE = "session";
/** A store that does not open must not keep anybody from their work. */
const WAIT_MS = 1_000;

const database = () => openDB(KEY, 1, { upgrade: (db) => void db.createObjectStore(STORE) });

/** What this and the other tabs kept last. */
export function stored(): Kept | null {
  const text = localStorage.getItem(KEY);
  return text ? (JSON.parse(text) as Kept) : null;
}

/** Somebody has signed in, out or got new tokens in this tab. */
let changed = false;

/** What was kept last, also where the browser was killed right afterwards. */
export async function restored(): Promise<Session | null> {
  const late = new Promise<undefined>((give_up) => setTimeout(give_up, WAIT_MS));
  const durable = await Promise.race([late, read().catch(() => undefined)]);
  const here = stored();
  if (changed || !durable || durable.at <= (here?.at ?? 0)) return here;
  write(durable.session, durable.at);
  return durable.session;
}

/** Keeps or forgets it; resolves when the medium has it, or cannot take it. */
export async function keepSession(next: Session | null): Promise<void> {
  const at = Date.now();
  changed = true;
  write(next, at);
  await (async () => {
    const db = await database();
    const tx = db.transaction(STORE, "readwrite", { durability: "strict" });
    await Promise.all([tx.store.put({ session: next, at }, KEY), tx.done]);
    db.close();
  })().catch(() => undefined);
}

function write(next: Session | null, at: number): void {
  if (next) localStorage.setItem(KEY, JSON.stringify({ ...next, at }));
  else localStorage.removeItem(KEY);
}

async function read(): Promise<{ session: Session | null; at: number } | undefined> {
  const db = await database();
  const found = (await db.get(STORE, KEY)) as { session: Session | null; at: number } | undefined;
  db.close();
  return found;
}
