/** The opened case as the server has it now; what is shown stays while it is read again. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { fetchCase, fetchClocks, fetchHistory, fetchReports, learnBodies, type Case, type Clock, type Entry, type Report } from "../cases";

/** Whoever runs through the list by keys asks only for the cases where they stop. */
const STOPPED_MS = 80;

interface Whole {
  case: Case;
  clocks: Clock[];
  history: Entry[];
  reports: Report[];
}

interface Reading {
  whole: Whole | null;
  error: unknown;
  reload: () => Promise<void>;
}

async function fetchWhole(number: string): Promise<Whole> {
  const [one, clocks, history] = await Promise.all([fetchCase(number), fetchClocks(number), fetchHistory(number)]);
  learnBodies([one.body, ...one.children.map((child) => child.body)]);
  return { case: one, clocks, history, reports: await fetchReports(one) };
}

export function useWhole(number: string): Reading {
  const [whole, setWhole] = useState<Whole | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asked = useRef(0);
  const reload = useCallback(async () => {
    const mine = ++asked.current;
    try {
      const came = await fetchWhole(number);
      if (mine !== asked.current) return;
      setWhole(came);
      setError(null);
    } catch (failed) {
      if (mine === asked.current) setError(failed);
    }
  }, [number]);
  useEffect(() => {
    const stopped = setTimeout(() => void reload(), STOPPED_MS);
    return () => {
      clearTimeout(stopped);
      asked.current++;
    };
  }, [reload]);
  return { whole, error, reload };
}
