/** The round that is being made, and the one that is looked at. */
import { signal } from "@preact/signals";
import type { Sent, Suggested } from "./asking";

/** Where a round is looked for: a township, one street, or what the map shows. */
export interface Wanted {
  township: string | null;
  street: string | null;
}
export const rounding = signal<Wanted | null>(null);
export const draft = signal<Suggested | null>(null);
export const shownSent = signal<Sent | null>(null);
/** What the map shows: west, south, east, north. */
export const inView = signal<[number, number, number, number] | null>(null);
