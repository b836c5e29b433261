/** A list that grows page by page; another question begins it anew. */
import { useEffect, useState } from "preact/hooks";
import { type Doing, useDoing } from "../office/doing";
import { type Reading, useReading } from "../ui/reading";
import type { Page } from "./asking";

export interface Grown<T> extends Omit<Reading<Page<T>>, "value"> {
  items: T[] | null;
  /** Fetches the next page; null when there is none. */
  more: (() => void) | null;
  fetching: Doing;
}

export function useGrowing<T>(key: string, ask: (cursor: string | null) => Promise<Page<T>>, tick = 0): Grown<T> {
  const { value, ...read } = useReading(key, () => ask(null), { tick });
  const [beyond, setBeyond] = useState<Page<T> | null>(null);
  const fetching = useDoing();
  useEffect(() => setBeyond(null), [value]);
  const next = beyond ? beyond.next : (value?.next ?? null);
  const more = next === null ? null : () =>
    void fetching.run(async () => {
      const page = await ask(next);
      setBeyond((had) => ({ items: [...(had?.items ?? []), ...page.items], next: page.next }));
    });
  return { ...read, items: value && [...value.items, ...(beyond?.items ?? [])], more, fetching };
}
