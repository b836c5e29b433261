/** What the officer's pages hold on the phone beside the queue: fixes that wait, and what is half filled in. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Schema } from "../api/client";

/** A fix as it goes out; what the phone does not know is left out. */
export type WireFix = Pick<Schema<"FixIn">, "lon" | "lat" | "datum" | "recorded_at"> & Partial<Schema<"FixIn">>;

interface Schemas extends DBSchema {
  fixes: { key: [string, string]; value: WireFix & { account: string } };
  drafts: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Schemas>> | null = null;

function database(): Promise<IDBPDatabase<Schemas>> {
  opened ??= openDB<Schemas>("frontage.officer", 1, {
    upgrade(db) {
      db.createObjectStore("fixes", { keyPath: ["account", "recorded_at"] });
      db.createObjectStore("drafts");
    },
    blocking: (_current, _next, event) => {
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated: () => {
      opened = null;
    },
  }).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

const ofAccount = (account: string) => IDBKeyRange.bound([account, ""], [account, "\uffff"]);

export async function addFix(account: string, fix: WireFix): Promise<void> {
  await (await database()).put("fixes", { ...fix, account });
}

/** The oldest fixes of an account that wait, as they go out. */
export async function fixes(account: string, limit: number): Promise<WireFix[]> {
  const found = await (await database()).getAll("fixes", ofAccount(account), limit);
  return found.map(({ account: _, ...fix }) => fix);
}

export async function countFixes(account: string): Promise<number> {
  return (await database()).count("fixes", ofAccount(account));
}

export async function forgetFixes(account: string, upTo: string): Promise<void> {
  await (await database()).delete("fixes", IDBKeyRange.bound([account, ""], [account, upTo]));
}

/** `key`: the account, whose report is being made; or the account and the name of a form. */
export async function draft<T>(key: string): Promise<T | undefined> {
  return (await (await database()).get("drafts", key)) as T | undefined;
}

/** Keeps what is half filled in; undefined forgets it. */
export async function keepDraft(key: string, value: unknown): Promise<void> {
  const db = await database();
  await (value === undefined ? db.delete("drafts", key) : db.put("drafts", value, key));
}
