/** A failure, a copy with its age, the wait: whatever stands between the officer and what is read. */
import { now } from "../cases/standing";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { relative, t } from "../words";
import type { Reading } from "../ui/reading";

/** The page's clock ticks seldom: what has just happened does not lie ahead of it. */
export const ago = (at: string): string => relative(at, Math.max(now.value, Date.parse(at)));

export function Copied({ read }: { read: Reading<unknown> }) {
  if (read.error !== null && read.value === null) return <Failed error={read.error} again={read.again} />;
  if (read.copied_at) return <p class="officer-aside">{t("officer.as_of", { when: ago(read.copied_at) })}</p>;
  return read.value === null ? <Waiting /> : null;
}
