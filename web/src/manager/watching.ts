/** While somebody walks, what is shown is read anew every few seconds. */
import { directs, listen } from "../dispatch/live";
import { loadOnDuty, moveOnDuty } from "../dispatch/on_duty";
import { walked } from "./reading";

/** What a phone sent is counted as seen a second or two later. */
const EVERY_MS = 3000;
/** Somebody's last step may be counted this long after it was heard of. */
const AFTER_MS = 12_000;

/** Until the returned function is called. */
export function watch(): () => void {
  let until = 0;
  const heard = () => (until = Date.now() + AFTER_MS);
  const timer = setInterval(() => {
    if (Date.now() < until && !document.hidden) walked.value += 1;
  }, EVERY_MS);
  if (directs()) void loadOnDuty().catch(() => undefined);
  const stop = listen({
    // Reports count as visits, and shifts say who may be walking.
    changes: heard,
    gap: heard,
    officers: (gone, items) => {
      moveOnDuty(gone, items);
      heard();
    },
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}
