/** While somebody walks, what is shown is read anew every few seconds; who is on duty and where stands on the map. */
import { signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import { directs, listen, type Moved } from "../dispatch/live";
import { walked } from "./reading";

export type OnDuty = Schema<"LiveOfficer">;
export const onDuty = signal<ReadonlyMap<string, OnDuty>>(new Map());
const PAGE_ROWS = 500;
/** What a phone sent is counted as seen a second or two later. */
const EVERY_MS = 3000;
/** Somebody's last step may be counted this long after it was heard of. */
const AFTER_MS = 12_000;

export async function loadOnDuty(): Promise<void> {
  const { items } = await answer(api.GET("/api/v1/officers/live", { params: { query: { limit: PAGE_ROWS } } }));
  onDuty.value = new Map(items.map((one) => [one.account, one]));
}

function move(gone: readonly string[], items: readonly Moved[]): void {
  const after = new Map(onDuty.peek());
  for (const account of gone) after.delete(account);
  let strangers = false;
  for (const { account, position, recorded_at } of items) {
    const known = after.get(account);
    if (known) after.set(account, { ...known, position, recorded_at });
    else strangers = true;
  }
  onDuty.value = after;
  if (strangers) void loadOnDuty().catch(() => undefined);
}

/** Until the returned function is called. */
export function watch(): () => void {
  let until = 0;
  const heard = () => (until = Date.now() + AFTER_MS);
  const timer = setInterval(() => {
    if (Date.now() < until && !document.hidden) walked.value += 1;
  }, EVERY_MS);
  if (directs()) void loadOnDuty().catch(() => undefined);
  const stop = listen({
    // Reports count as visits, and shifts say who may be walking.
    changes: heard,
    gap: heard,
    officers: (gone, items) => {
      move(gone, items);
      heard();
    },
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}
