/** What a part of a page reads: anew when what is asked changes, when `tick` grows, and when the network or the reader
 * comes back; from the copy kept here without one. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { kept, type Read } from "../cases/kept";

export interface Reading<T> {
  value: T | null;
  /** When it was read, where this is a copy. */
  copied_at: string | null;
  error: unknown;
  /** What is shown was asked for before the question changed. */
  stale: boolean;
  again: () => void;
}

interface How {
  /** Asks anew whenever it changes. */
  tick?: number;
  /** Asks anew when the page is looked at again; not where each question is noted. */
  seen?: boolean;
}

/** `key` names the question; null asks nothing. */
export function useReading<T>(key: string | null, ask: () => Promise<T>, { tick = 0, seen = true }: How = {}): Reading<T> {
  const [read, setRead] = useState<(Read<T> & { key: string }) | null>(null);
  const [error, setError] = useState<unknown>(null);
  const newest = useRef(0);
  const again = useCallback(() => {
    if (key === null) return;
    const number = ++newest.current;
    const latest = () => number === newest.current;
    kept(key, ask).then(
      (came) => {
        if (!latest()) return;
        setRead({ ...came, key });
        setError(null);
      },
      (failed: unknown) => latest() && setError(failed),
    );
  }, [key]);
  useEffect(again, [again, tick]);
  useEffect(() => {
    const looked = () => seen && document.visibilityState === "visible" && again();
    addEventListener("online", again);
    document.addEventListener("visibilitychange", looked);
    return () => {
      removeEventListener("online", again);
      document.removeEventListener("visibilitychange", looked);
    };
  }, [again, seen]);
  const known = key === null ? null : read;
  return { value: known?.value ?? null, copied_at: known?.copied_at ?? null, error: key === null ? null : error, stale: known !== null && known.key !== key, again };
}
