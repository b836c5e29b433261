/** One case with all that its page shows, as the server has it now or, without network, as it was read last. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { type Case, type Clock, type Entry, fetchCase, fetchClocks, fetchHistory, fetchReports, learnBodies, loadNames, type Report } from "./calls";
import { kept, type Read } from "./kept";

export interface Whole {
  case: Case;
  clocks: Clock[];
  history: Entry[];
  reports: Report[];
}

export async function fetchWhole(number: string): Promise<Whole> {
  const [one, clocks, history] = await Promise.all([fetchCase(number), fetchClocks(number), fetchHistory(number)]);
  return { case: one, clocks, history, reports: await fetchReports(one) };
}

/** Read again when network or person come back. What is shown stays meanwhile; `reload` resolves when the new is there.
 * `stopped_ms`: whoever runs through a list by keys asks only for the cases where they stop so long. */
export function useWhole(number: string, stopped_ms = 0): { read: Read<Whole> | null; error: unknown; reload: () => Promise<void> } {
  const [read, setRead] = useState<Read<Whole> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const reload = useCallback(async () => {
    try {
      const came = await kept(`case/${number}`, () => fetchWhole(number));
      learnBodies([came.value.case.body, ...came.value.case.children.map((child) => child.body)]);
      // Of two that were asked at once the older may answer last.
      setRead((before) => (before && before.value.case.number === number && before.value.case.version > came.value.case.version ? before : came));
      setError(null);
    } catch (failed) {
      setError(failed);
    }
  }, [number]);
  useEffect(() => {
    const look = () => void (document.visibilityState === "visible" && reload());
    loadNames();
    setError(null);
    const stopped = setTimeout(() => void reload(), stopped_ms);
    addEventListener("online", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(stopped);
      removeEventListener("online", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [reload]);
  return { read: read?.value.case.number === number ? read : null, error, reload };
}
