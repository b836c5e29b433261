/** What a part of the page reads: anew when what is asked changes and when somebody walks. */
import { signal } from "@preact/signals";
import { type Reading, useReading } from "../ui/reading";

export type { Reading };

/** Grows whenever what the server knows of coverage may have changed. */
export const walked = signal(0);

/** `key` names the question; null asks nothing. What is not live is asked once: a look at somebody is noted each time. */
export function useAsked<T>(key: string | null, ask: () => Promise<T>, live = true): Reading<T> {
  return useReading(key === null ? null : `manager.${key}`, ask, live ? { tick: walked.value } : { seen: false });
}
