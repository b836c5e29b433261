/** How a case stands against its clock: a shape and a colour, and how long there is or since when there is none. */
import { signal } from "@preact/signals";
import { t } from "../words";
import "./cases.css";

export type Standing = "on_time" | "soon" | "overdue" | "suspended" | "closed" | "unsure";
interface Timed {
  state: string;
  due_at: string | null;
}

const ENDED = new Set(["closed", "refused", "cancelled", "transferred", "merged"]);
/** What is due within this is "soon" on lists, which do not carry the clocks themselves. */
export const SOON_H = 4;
export const SOON_MS = SOON_H * 3_600_000;
const TICK_MS = 15_000;

/** Now, for what is shown relative to it. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), TICK_MS);

export function standing(one: Timed, at = now.value): Standing {
  if (ENDED.has(one.state)) return "closed";
  if (one.state === "suspended") return "suspended";
  if (!one.due_at) return "unsure";
  const left_ms = Date.parse(one.due_at) - at;
  return left_ms < 0 ? "overdue" : left_ms < SOON_MS ? "soon" : "on_time";
}

/** "3 h", "-2 d": rounded down, shortest form. */
export function left(due_at: string, at = now.value): string {
  const left_min = (Date.parse(due_at) - at) / 60_000;
  const far = Math.abs(left_min);
  const [n, unit] = far < 60 ? [far, "minutes"] : far < 48 * 60 ? [far / 60, "hours"] : [far / 1440, "days"];
  return (left_min < 0 ? "-" : "") + t(`case.left_${unit as "minutes" | "hours" | "days"}`, { n: Math.floor(n as number) });
}

const SHAPES: Record<Standing, preact.JSX.Element> = {
  on_time: <circle cx="8" cy="8" r="5" fill="currentColor" />,
  soon: <><circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2" /><path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor" /></>,
  overdue: <><circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="2" /><path d="M4.5 8h7" stroke="currentColor" stroke-width="2.5" /></>,
  suspended: <path d="M4 3h3v10H4zM9 3h3v10H9z" fill="currentColor" />,
  closed: <path d="M3 8.5l3.5 3.5L13 4.5" fill="none" stroke="currentColor" stroke-width="2.2" />,
  unsure: <><circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 2" /><path d="M5.5 10.5l5-5" stroke="currentColor" stroke-width="1.5" /></>,
};

export function Glyph({ of, quiet = false }: { of: Standing; quiet?: boolean }) {
  return (
    <svg class={`case-glyph ${of}`} viewBox="0 0 16 16" width="16" height="16" role="img" aria-hidden={quiet} aria-label={t(`case.standing_${of}`)}>
      {SHAPES[of]}
    </svg>
  );
}
