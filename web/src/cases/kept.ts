/** Copies of what was read, for when there is no network: of whoever is signed in only, the oldest go first. */
import { effect } from "@preact/signals";
import { Failure, session } from "../api/client";

const PREFIX = "frontage.read.";
const COPIES_MAX = 300;
const AT = "X-Read-At";
const AWAY = new Set([0, 502, 503, 504]);

export interface Read<T> {
  value: T;
  /** When it was read, where this is a copy. */
  copied_at: string | null;
}

const reader = () => session.value?.user.id;

// Whoever signs out leaves nothing of what they read on the phone.
effect(() => {
  const mine = reader();
  if (!("caches" in globalThis)) return;
  void caches.keys().then((names) => {
    for (const name of names) if (name.startsWith(PREFIX) && name !== `${PREFIX}${mine}`) void caches.delete(name);
  });
});

/** A browser without a store (no secure context) works online only. */
async function shelf(): Promise<Cache | null> {
  const mine = reader();
  return mine && "caches" in globalThis ? caches.open(PREFIX + mine) : null;
}

const addressOf = (key: string) => `/read/${encodeURIComponent(key)}`;

/** What the server says, or what it said last when it cannot be reached. Throws Failure where there is no copy. */
export async function kept<T>(key: string, ask: () => Promise<T>): Promise<Read<T>> {
  try {
    const value = await ask();
    void put(key, JSON.stringify(value)).catch(() => undefined);
    return { value, copied_at: null };
  } catch (error) {
    const copy = error instanceof Failure && AWAY.has(error.status) ? await copyOf(key) : undefined;
    if (!copy) throw error;
    return { value: (await copy.json()) as T, copied_at: copy.headers.get(AT) };
  }
}

/** Bytes that never change under their key: asked for once. */
export async function keptBytes(key: string, ask: () => Promise<Blob | null>): Promise<Blob | null> {
  const copy = await copyOf(key);
  if (copy) return copy.blob();
  const bytes = await ask();
  if (bytes) void put(key, bytes).catch(() => undefined);
  return bytes;
}

async function copyOf(key: string): Promise<Response | undefined> {
  return (await shelf())?.match(addressOf(key));
}

async function put(key: string, body: BodyInit): Promise<void> {
  const cache = await shelf();
  if (!cache) return;
  await cache.put(addressOf(key), new Response(body, { headers: { [AT]: new Date().toISOString() } }));
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - COPIES_MAX))) await cache.delete(old);
}
