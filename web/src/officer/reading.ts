/** What a screen reads: again when the network or the officer comes back, from the copy on the phone without one. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { kept, type Read } from "../cases/kept";

export interface Reading<T> {
  value: T | null;
  /** When it was read, where this is a copy. */
  copied_at: string | null;
  error: unknown;
  again: () => void;
}

export function useReading<T>(key: string, ask: () => Promise<T>): Reading<T> {
  const [read, setRead] = useState<Read<T> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const again = useCallback(() => {
    kept(key, ask).then((came) => {
      setRead(came);
      setError(null);
    }, setError);
  }, [key]);
  useEffect(() => {
    const seen = () => document.visibilityState === "visible" && again();
    again();
    addEventListener("online", again);
    document.addEventListener("visibilitychange", seen);
    return () => {
      removeEventListener("online", again);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [again]);
  return { value: read?.value ?? null, copied_at: read?.copied_at ?? null, error, again };
}
