/** Bodies by their codes, for names and choices of every part. */
import { signal } from "@preact/signals";
import { session } from "../api/client";
import type { Body } from "./asking";

export const bodies = signal<readonly Body[]>([]);

export const bodyName = (code: string): string => bodies.value.find((one) => one.code === code)?.name ?? code;

/** Bodies that somebody can join: of a township only its own. */
export function joinable(): Body[] {
  const own = session.value?.user.township;
  return bodies.value.filter((one) => !one.closed_at && (!own || one.code === own));
}
