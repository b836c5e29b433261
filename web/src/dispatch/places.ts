/** Where all cases of the query lie, loaded or not: what the map draws and what an area drawn on it selects. */
import { computed, signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import { now, SOON_H, standing, type CaseItem, type Standing } from "../cases";
import type { Filter } from "./query";

export interface Place {
  number: string;
  at: [lon: number, lat: number];
  clock: Standing;
}

const STANDINGS: Record<Schema<"CasePlaces">["clock"][number], Standing> = {
  on_time: "on_time", soon: "soon", overdue: "overdue", suspended: "suspended", none: "unsure", ended: "closed",
};

const known = signal<ReadonlyMap<string, Place>>(new Map());
export const places = computed(() => [...known.value.values()]);
let asked = 0;

export async function loadPlaces(parameters: Filter, signal: AbortSignal): Promise<void> {
  const mine = ++asked;
  const came = await answer(api.GET("/api/v1/cases/places", { params: { query: { ...parameters, soon_h: SOON_H } }, signal }));
  if (mine !== asked) return;
  known.value = new Map(came.number.map((number, i) => [number, { number, at: [came.lon[i]!, came.lat[i]!], clock: STANDINGS[came.clock[i]!] }]));
}

export function place(one: CaseItem): void {
  const { number, position } = one;
  known.value = new Map(known.value).set(number, { number, at: [position.lon, position.lat], clock: standing(one, now.peek()) });
}

export function unplace(number: string): void {
  if (!known.peek().has(number)) return;
  const after = new Map(known.peek());
  after.delete(number);
  known.value = after;
}
