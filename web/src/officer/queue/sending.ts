/** One item over the wire. Each try begins with the report itself: the answer says what is still missing, so that no
 * step needs to be remembered and none can be done twice. */
import { effect } from "@preact/signals";
import { authorized, type Failure, session, sessionEnded } from "../../api/client";
import type { Key } from "../../words";
import { receiptOf, signed } from "./receipts";
import { get, type Held, type HeldLook, type HeldPaper, type HeldRecord, type HeldVisit, photoBytes, type Receipt } from "./store";

const JSON_TIMEOUT_MS = 30_000;
/** Slower than 4 kB/s counts as a line that has broken. */
const MS_A_BYTE = 0.25;
/** However long a server or a wrong clock asks for. */
const LONGEST_ASKED_MS = 3_600_000;
const PASSING = new Set([408, 425, 429]);

/** Not now: the item stays as it is. */
export class Waits extends Error {
  constructor(
    readonly reason: Key,
    /** Whether others would fare no better. */
    readonly everybody: boolean,
    readonly after_ms = 0,
  ) {
    super(reason);
  }
}

/** The server does not want it as it is. */
export class Refused extends Error {
  constructor(readonly problem: Record<string, unknown>) {
    super(String(problem["code"]));
  }
}

/** The item as it is once it is sent. Throws Waits or Refused; `progress` hears of each receipt on the way. */
export async function send(item: Held, progress: (item: Held) => Promise<void>): Promise<Held> {
  if (item.visit) return await call(item, item.visit);
  if (item.look) return await look(item, item.look);
  if (item.record) return await file(item, item.record);
  if (item.paper) return await serve(item, item.paper);
  return item.action ? await act(item, item.action) : await report(item, progress);
}

async function report(item: Held, progress: (item: Held) => Promise<void>): Promise<Held> {
  const path = `/api/v1/reports/${item.id}`;
  const took = async (value: unknown): Promise<Receipt> => {
    const receipt = receiptOf(value, item);
    if (!receipt) throw new Waits("queue.unproven", false);
    await progress({ ...item, receipt });
    return receipt;
  };
  let receipt = await took(await ask(item, "PUT", path, JSON.stringify(item.report), "application/json"));
  for (const sha256 of receipt.missing_photos) {
    const bytes = await photoBytes(item.id, sha256);
    if (!bytes) throw new Refused({ code: "photo_lost", status: 410 });
    receipt = await took(await ask(item, "PUT", `${path}/photos/${sha256}`, bytes, "application/octet-stream"));
  }
  if (receipt.missing_photos.length > 0) throw new Waits("queue.unproven", false);
  const proven = await signed(receipt).catch((error: Failure) => {
    throw new Waits(error.unreached ? unreached() : "queue.waits_server", true);
  });
  if (!proven) throw new Waits("queue.unproven", false);
  return { ...done(item), receipt, case_number: receipt.case.number };
}

/** An action that came through but whose answer was lost is answered the same again: its key is the item's id. */
async function act(item: Held, { case: number, action, body, after }: NonNullable<Held["action"]>): Promise<Held> {
  await follows(after, "queue.waits_photo");
  const path = `/api/v1/cases/${encodeURIComponent(number)}/actions/${encodeURIComponent(action)}`;
  await ask(item, "POST", path, JSON.stringify(body), "application/json", { "Idempotency-Key": item.id });
  return done(item);
}

/** Waits until another item is kept. */
async function follows(after: string | undefined, reason: Key): Promise<void> {
  const first = after === undefined ? undefined : await get(after);
  if (first && first.state !== "kept") throw new Waits(reason, false);
}

/** Sent again it is the same: a campaign's by the item's id, that of a case because a case is looked at once. */
async function look(item: Held, held: HeldLook): Promise<Held> {
  await follows(held.after, "checks.waits_photo");
  const body = JSON.stringify(held.body);
  if ("campaign" in held) await ask(item, "PUT", `/api/v1/campaigns/${held.campaign}/results/${item.id}`, body, "application/json");
  else await ask(item, "POST", `/api/v1/rechecks/${held.recheck}/cases/${encodeURIComponent(held.number)}`, body, "application/json");
  return done(item);
}

/** Sent again under its id it is the same call at the door. */
async function call(item: Held, visit: HeldVisit): Promise<Held> {
  await ask(item, "PUT", `/api/v1/visit-marks/${item.id}`, JSON.stringify(visit), "application/json");
  return done(item);
}

/** Its photos first; each and the record itself are the same when they are sent again. */
async function file(item: Held, record: HeldRecord): Promise<Held> {
  await attach(item);
  await ask(item, "PUT", `/api/v1/records/${item.id}`, JSON.stringify(record), "application/json");
  return done(item);
}

/** The same of a letter and of a paper handed over: under the item's id each is kept once. */
async function serve(item: Held, held: HeldPaper): Promise<Held> {
  await attach(item);
  if ("letter" in held) await ask(item, "PUT", `/api/v1/letters/${item.id}`, JSON.stringify(held.letter), "application/json");
  else await ask(item, "PUT", `/api/v1/documents/${held.document}/services/${item.id}`, JSON.stringify(held.service), "application/json");
  return done(item);
}

async function attach(item: Held): Promise<void> {
  for (const { sha256 } of item.photos) {
    const bytes = await photoBytes(item.id, sha256);
    if (!bytes) throw new Refused({ code: "photo_lost", status: 410 });
    await ask(item, "PUT", `/api/v1/attachments/${sha256}`, bytes, "application/octet-stream");
  }
}

function done(item: Held): Held {
  const { reason: _, problem: __, ...rest } = item;
  return { ...rest, state: "kept", kept_at: new Date().toISOString() };
}

const unreached = (): Key => (navigator.onLine ? "queue.waits_server" : "queue.waits_network");

async function ask(
  item: Held,
  method: string,
  path: string,
  body: string | ArrayBuffer,
  type: string,
  more: Record<string, string> = {},
): Promise<unknown> {
  const size = typeof body === "string" ? body.length : body.byteLength;
  let response: Response;
  let value: Record<string, unknown> | null;
  // A report goes out under its own officer's name or not at all, whoever signs in meanwhile.
  const given_up = new AbortController();
  const watch = effect(() => {
    if (session.value?.user.id !== item.account) given_up.abort();
  });
  const timer = setTimeout(() => given_up.abort(), JSON_TIMEOUT_MS + size * MS_A_BYTE);
  try {
    response = await authorized(path, {
      method,
      body,
      headers: { "Content-Type": type, ...more },
      signal: given_up.signal,
    });
    value = await readJson(response);
  } catch {
    throw new Waits(unreached(), true);
  } finally {
    watch();
    clearTimeout(timer);
  }
  // A hotel's sign-in page answers for everybody, in HTML.
  if (!value) throw new Waits(response.status >= 500 ? "queue.waits_server" : "queue.waits_stranger", true);
  if (response.ok) return value;
  const { status } = response;
  // Whether the session has ended was asked already: otherwise renewing it did not work just now.
  if (status === 401) throw new Waits(sessionEnded.value ? "queue.waits_sign_in" : "queue.waits_server", true);
  if (PASSING.has(status) || status >= 500) throw new Waits("queue.waits_server", status !== 500, pauseOf(response));
  if (typeof value["code"] !== "string") throw new Waits("queue.waits_stranger", true);
  throw new Refused({ ...value, status });
}

async function readJson(response: Response): Promise<Record<string, unknown> | null> {
  const text = await response.text();
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Retry-After as seconds or as a date. */
function pauseOf(response: Response): number {
  const said = response.headers.get("Retry-After") ?? "";
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_ASKED_MS) : 0;
}
