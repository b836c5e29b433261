/** Grows every second while something goes on at the server. */
import { useEffect, useState } from "preact/hooks";

const EVERY_MS = 1000;

export function useTicking(going: boolean): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => !document.hidden && setTick((before) => before + 1), EVERY_MS);
    return () => clearInterval(timer);
  }, [going]);
  return tick;
}
