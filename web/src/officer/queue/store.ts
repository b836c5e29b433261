/** What the phone holds until the server has proved that it holds it: items and the bytes of their photos. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Schema } from "../../api/client";
import type { Key } from "../../words";

export type Receipt = Schema<"Receipt">;
export type Role = Schema<"PhotoIn">["role"];

export interface HeldPhoto {
  sha256: string;
  role: Role;
  thumb?: Blob;
}

/** What the kinds have in common; `report`, `action`, `visit`, `look`, `record` or `paper` says what goes out. */
export interface Held {
  id: string;
  /** Whose it is: nobody else signs for it, whoever uses the phone meanwhile. */
  account: string;
  username: string;
  made_at: string;
  title: string;
  photos: HeldPhoto[];
  state: "waiting" | "refused" | "kept";
  report?: WireReport;
  /** SHA-256 of the report's canonical form: what the receipt must name. */
  digest?: string;
  action?: HeldAction;
  visit?: HeldVisit;
  look?: HeldLook;
  record?: HeldRecord;
  paper?: HeldPaper;
  /** What a waiting one waits for. */
  reason?: Key;
  /** What the server said of a refused one, with its `status`. */
  problem?: Record<string, unknown>;
  receipt?: Receipt;
  kept_at?: string;
  case_number?: string;
}

type Required = "captured_at" | "position" | "category" | "photos";
type WirePosition = Pick<Schema<"PositionIn">, "lon" | "lat" | "datum" | "accuracy_m" | "source"> & Partial<Schema<"PositionIn">>;
type WirePhoto = Pick<Schema<"PhotoIn">, "sha256" | "role"> & Partial<Schema<"PhotoIn">>;
/** A report as it goes out: what the server fills in itself may be left away. */
export type WireReport = Partial<Omit<Schema<"Report">, Required>> & {
  captured_at: string;
  position: WirePosition;
  category: string;
  photos: WirePhoto[];
};

export interface HeldAction {
  case: string;
  action: string;
  body: Partial<Schema<"ActionIn">> & { version: number };
  /** An item that must be kept by the server first, as the after-photo of a reply. */
  after?: string;
}

/** A call at a door, as it was when it was made. */
export type HeldVisit = Pick<Schema<"VisitMarkIn">, "zone" | "kind"> & Partial<Schema<"VisitMarkIn">> & { at: string };

/** What was found at a door of a campaign, or at a closed case that was looked at again. */
export type HeldLook = {
  /** An item that must be kept by the server first: the report with the photos. */
  after?: string;
} & (
  | { campaign: string; body: Pick<Schema<"CampaignResultIn">, "zone" | "looked_at"> & Partial<Schema<"CampaignResultIn">> }
  | { recheck: string; number: string; body: Pick<Schema<"RecheckResultIn">, "passed" | "version"> & Partial<Schema<"RecheckResultIn">> }
);

/** A form that was filled in; its photos stand in its answers by their digests. */
export type HeldRecord = Pick<Schema<"RecordIn">, "form" | "answers"> & Partial<Schema<"RecordIn">> & { at: string };

/** A letter that was signed, or a paper that was handed over; its photo stands in it by its digest. */
export type HeldPaper = { letter: Schema<"LetterIn"> } | { document: string; service: Schema<"ServiceIn"> };

interface Bytes {
  item: string;
  sha256: string;
  // Not a Blob: some phones lose those they keep beside the database.
  bytes: ArrayBuffer;
}

interface Schemas extends DBSchema {
  items: { key: string; value: Held; indexes: { standing: [string, Held["state"]] } };
  bytes: { key: [string, string]; value: Bytes };
}

const NAME = "frontage.queue";
/** The medium has it when a write resolves, not only the browser's memory: a battery may come out. */
const DURABLE = { durability: "strict" } as const;
let opened: Promise<IDBPDatabase<Schemas>> | null = null;

function database(): Promise<IDBPDatabase<Schemas>> {
  opened ??= openDB<Schemas>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("items", { keyPath: "id" }).createIndex("standing", ["account", "state"]);
      db.createObjectStore("bytes", { keyPath: ["item", "sha256"] });
    },
    // Another tab runs a newer program, or the browser closed it: opened again when next wanted.
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

const bytesOf = (id: string) => IDBKeyRange.bound([id, ""], [id, "\uffff"]);

/** All or nothing; an item that is there already stays as it is. */
export async function add(item: Held, bytes: Bytes[]): Promise<void> {
  const tx = (await database()).transaction(["items", "bytes"], "readwrite", DURABLE);
  const work = async (): Promise<void> => {
    if (await tx.objectStore("items").getKey(item.id)) return;
    await Promise.all([tx.objectStore("items").add(item), ...bytes.map((one) => tx.objectStore("bytes").add(one))]);
  };
  // Of a transaction that failed the reason stands in either of the two.
  await Promise.all([work(), tx.done]);
}

export async function get(id: string): Promise<Held | undefined> {
  return (await database()).get("items", id);
}

export async function all(): Promise<Held[]> {
  return (await database()).getAll("items");
}

/** What still has to go out under an account's name, the oldest first. */
export async function waitingOf(account: string): Promise<Held[]> {
  const found = await (await database()).getAllFromIndex("items", "standing", [account, "waiting"]);
  return found.sort((a, b) => (a.made_at < b.made_at ? -1 : 1));
}

export async function photoBytes(item: string, sha256: string): Promise<ArrayBuffer | undefined> {
  return (await (await database()).get("bytes", [item, sha256]))?.bytes;
}

export async function put(item: Held): Promise<void> {
  const tx = (await database()).transaction("items", "readwrite", DURABLE);
  await Promise.all([tx.store.put(item), tx.done]);
}

/** Bytes first, in a step of its own: on a full disk nothing can be written until they are gone. Killed in between, the
 * item is asked about again and the server misses nothing. */
export async function release(item: Held): Promise<void> {
  const tx = (await database()).transaction("bytes", "readwrite", DURABLE);
  await Promise.all([tx.store.delete(bytesOf(item.id)), tx.done]);
  await put(item);
}

/** Takes an item away with its bytes when `allowed` says so of what is stored now. */
export async function remove(id: string, allowed: (item: Held) => boolean): Promise<boolean> {
  const tx = (await database()).transaction(["items", "bytes"], "readwrite", DURABLE);
  const item = await tx.objectStore("items").get(id);
  const may = item !== undefined && allowed(item);
  if (may) await Promise.all([tx.objectStore("items").delete(id), tx.objectStore("bytes").delete(bytesOf(id))]);
  await tx.done;
  return may;
}
