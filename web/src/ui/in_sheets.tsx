/** What a page keeps in reach whatever is open: a sheet in the top layer covers the page and makes it deaf, so each
 * sheet shows it itself. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

export const inSheets = signal<ComponentType | null>(null);

export function InReach() {
  const Kept = inSheets.value;
  return Kept && <Kept />;
}
