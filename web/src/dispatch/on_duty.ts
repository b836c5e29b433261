/** Who is on duty and where, for the desk's map and the zone manager's. */
import { signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import type { Moved } from "./live";

export const onDuty = signal<ReadonlyMap<string, Schema<"LiveOfficer">>>(new Map());
const PAGE_ROWS = 500;

export async function loadOnDuty(): Promise<void> {
  const { items } = await answer(api.GET("/api/v1/officers/live", { params: { query: { limit: PAGE_ROWS } } }));
  onDuty.value = new Map(items.map((one) => [one.account, one]));
}

/** Moves who is known; of somebody new the name is asked for. */
export function moveOnDuty(gone: readonly string[], items: readonly Moved[]): void {
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
