/** What a part of the page reads: anew when what is asked changes and when somebody walks; a copy without network. */
import { signal } from "@preact/signals";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { kept, type Read } from "../cases/kept";

/** Grows whenever what the server knows of coverage may have changed. */
export const walked = signal(0);

export interface Reading<T> {
  value: T | null;
  copied_at: string | null;
  error: unknown;
  /** What is shown was asked for before the question changed. */
  stale: boolean;
  again: () => void;
}

/** `key` names the question; null asks nothing. */
export function useAsked<T>(key: string | null, ask: () => Promise<T>, live = true): Reading<T> {
  const [read, setRead] = useState<(Read<T> & { key: string }) | null>(null);
  const [error, setError] = useState<unknown>(null);
  const newest = useRef(0);
  const again = useCallback(() => {
    if (key === null) return;
    const number = ++newest.current;
    const latest = () => number === newest.current;
    kept(`manager.${key}`, ask).then(
      (came) => {
        if (!latest()) return;
        setRead({ ...came, key });
        setError(null);
      },
      (failed: unknown) => latest() && setError(failed),
    );
  }, [key]);
  const tick = live ? walked.value : 0;
  useEffect(again, [again, tick]);
  useEffect(() => {
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [again]);
  const known = key === null ? null : read;
  return { value: known?.value ?? null, copied_at: known?.copied_at ?? null, error: key === null ? null : error, stale: known !== null && known.key !== key, again };
}
