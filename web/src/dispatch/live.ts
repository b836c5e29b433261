/** What happens, as it happens: the stream of changes, or asking every few seconds where there is no stream. */
import { signal } from "@preact/signals";
import { answer, api, Failure, session, type Schema } from "../api/client";

export type Change = Schema<"ChangeItem">;
export type Live = "live" | "polling" | "lost";
export const live = signal<Live>("polling");

/** When what is shown was last known to be what the server has. */
export const heardAt = signal(Date.now());

export interface Told {
  changes: (changes: Change[]) => void;
  /** Too much was missed: load everything anew. */
  gap: () => void;
  officers: (gone: string[], items: Moved[]) => void;
}
export interface Moved {
  account: string;
  state: string;
  position: { lon: number; lat: number; accuracy_m: number | null };
  recorded_at: string;
}

const DIRECTING = new Set(["dispatcher", "zone_manager"]);
const POLL_MS = 3000;
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 30_000;
/** Changes that come together are told together. */
const TOGETHER_MS = 120;

export function directs(): boolean {
  return DIRECTING.has(session.value?.user.role ?? "");
}

/** Tells until the returned function is called. */
export function listen(told: Told): () => void {
  let ended = false;
  let source: EventSource | null = null;
  let last: string | null = null;
  let retry_ms = RETRY_MIN_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let collected: Change[] = [];
  let telling: ReturnType<typeof setTimeout> | undefined;

  function collect(changes: Change[]): void {
    collected.push(...changes);
    if (!collected.length || telling) return;
    telling = setTimeout(() => {
      telling = undefined;
      const all = collected;
      collected = [];
      told.changes(all);
    }, TOGETHER_MS);
  }

  /** From the last cursor to now, which also tells whether the server is there at all. */
  async function poll(): Promise<void> {
    try {
      const query = last ? { after: last } : { after: "now" };
      const came = await answer(api.GET("/api/v1/changes", { params: { query } }));
      last = came.next;
      heardAt.value = Date.now();
      collect(came.items);
      if (live.peek() === "lost") live.value = "polling";
    } catch (error) {
      if (error instanceof Failure && error.code === "cursor_expired") {
        last = null;
        told.gap();
      } else if (error instanceof Failure && (error.unreached || error.status >= 502)) live.value = "lost";
    }
  }

  async function open(): Promise<void> {
    if (ended) return;
    await poll();
    try {
      const { ticket } = await answer(api.POST("/api/v1/stream/tickets"));
      if (!ended) stream(ticket);
    } catch {
      again();
    }
  }

  function stream(ticket: string): void {
    const asking = new URLSearchParams({ ticket, ...(last ? { after: last } : {}), ...(directs() ? { positions: "1" } : {}) });
    const opened = (source = new EventSource(`/api/v1/stream?${asking}`));
    opened.onopen = () => {
      live.value = "live";
      retry_ms = RETRY_MIN_MS;
    };
    opened.onmessage = (event) => {
      last = event.lastEventId || last;
      collect([JSON.parse(event.data as string) as Change]);
    };
    opened.addEventListener("officers", (event) => {
      const { gone, items } = JSON.parse((event as MessageEvent<string>).data) as { gone: string[]; items: Moved[] };
      told.officers(gone, items);
    });
    // A ticket is good once: a lost stream is opened anew with another.
    opened.onerror = () => {
      opened.close();
      source = null;
      if (live.peek() === "live") {
        live.value = "polling";
        heardAt.value = Date.now();
      }
      again();
    };
  }

  /** Asks for changes in between, so that a desk without a stream is late by seconds only. */
  function again(): void {
    if (ended) return;
    const due = Date.now() + retry_ms;
    retry_ms = Math.min(RETRY_MAX_MS, retry_ms * 2);
    const step = () => {
      if (ended) return;
      if (Date.now() >= due) void open();
      else void poll().then(() => (timer = setTimeout(step, Math.min(POLL_MS, Math.max(0, due - Date.now())))));
    };
    timer = setTimeout(step, Math.min(POLL_MS, due - Date.now()));
  }

  function back(): void {
    if (source || ended) return;
    clearTimeout(timer);
    retry_ms = RETRY_MIN_MS;
    void open();
  }
  addEventListener("online", back);
  void open();
  return () => {
    ended = true;
    clearTimeout(timer);
    clearTimeout(telling);
    removeEventListener("online", back);
    source?.close();
  };
}
