/** Rows that are read a page at a time, on as far as one likes; from the start when the question changes. */
import { useState } from "preact/hooks";
import { type Reading, useReading } from "../ui/reading";

interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Pages<T> {
  read: Reading<Page<T>>;
  rows: T[];
  /** What went wrong with a further page. */
  failed: unknown;
  /** Reads the next page; null when there is none. */
  further: (() => void) | null;
}

/** `key` names the question. */
export function usePages<T>(key: string, ask: (cursor?: string) => Promise<Page<T>>): Pages<T> {
  const read = useReading(key, () => ask());
  const [more, setMore] = useState<Page<T> & { of: string }>({ of: "", items: [], next: null });
  const [failed, setFailed] = useState<unknown>(null);
  const known = more.of === key ? more : { of: key, items: [], next: read.value?.next ?? null };
  const next = read.stale ? null : known.next;
  return {
    read,
    rows: read.stale ? [] : [...(read.value?.items ?? []), ...known.items],
    failed,
    further: next === null ? null : () => void ask(next).then((page) => setMore({ of: key, items: [...known.items, ...page.items], next: page.next }), setFailed),
  };
}
