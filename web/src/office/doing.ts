/** One thing the server is asked to do: never twice at once, and what went wrong stays to be read. */
import { useState } from "preact/hooks";

export interface Doing {
  busy: boolean;
  error: unknown;
  /** Does it, and tells whether it came through. */
  run: (ask: () => Promise<unknown>) => Promise<boolean>;
}

export function useDoing(): Doing {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (ask: () => Promise<unknown>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setError(null);
    try {
      await ask();
      return true;
    } catch (failed) {
      setError(failed);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
