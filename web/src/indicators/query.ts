/** What the page of indicators shows. Days are those of the district. */
import { addressOf } from "../ui/address";
import { DAY, DAY_MS, moved, today } from "../ui/days";

export const PERIODS = ["month", "last_month", "quarter", "last_quarter", "year", "custom"] as const;
export type PeriodName = (typeof PERIODS)[number];
export const BY = ["township", "category", "month"] as const;
export const MEASURES = ["accepted", "registered", "due", "closed", "closed_on_time", "reworked"] as const;
export type Measure = (typeof MEASURES)[number];
export const MEANS = ["service", "management", "enforcement"] as const;
export const STEPS = [...MEANS, "untagged"] as const;
export type Step = (typeof STEPS)[number];
export const HANDED = ["handed_over", "acknowledged", "acknowledged_in_time", "escalated"] as const;
export type Handed = (typeof HANDED)[number];
/** Whatever has something behind its number. */
const SHOWN = [...MEASURES, ...STEPS, ...HANDED] as const;
/** As many as the server takes. */
export const DAYS_MAX = 3660;
/** In the address: outside all townships, where nothing stands for all of them. */
export const OUTSIDE = "-";

export interface Query {
  period: PeriodName;
  from: string;
  to: string;
  township: string;
  category: string;
  by: (typeof BY)[number];
  /** Which cases, steps or handovers are open behind a number. */
  show: (typeof SHOWN)[number] | "";
  /** Of which group they are: its township, category or month; empty for all of them. */
  of: string;
  /** Which scorecard; nothing: the first. */
  card: string;
  /** Which ranking of those that were kept; nothing: that of the period. */
  run: string;
}

export interface Days {
  from: string;
  to: string;
}

const NONE: Query = { period: "month", from: "", to: "", township: "", category: "", by: "township", show: "", of: "", card: "", run: "" };

export const { query, readAddress, change, told } = addressOf(NONE, (found) => {
  if (!PERIODS.includes(found.period)) found.period = NONE.period;
  if (!BY.includes(found.by)) found.by = NONE.by;
  if (found.show && !SHOWN.includes(found.show)) [found.show, found.of] = ["", ""];
  if (!DAY.test(found.from) || !DAY.test(found.to)) [found.from, found.to] = ["", ""];
});

const firstOf = (month: string): string => `${month}-01`;

/** The first day of the month some months away from that of a day. */
function month(day: string, away: number): string {
  const index = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + away;
  return firstOf(`${String(Math.floor(index / 12)).padStart(4, "0")}-${String((index % 12) + 1).padStart(2, "0")}`);
}

/** The days that are asked for, both counted. */
export function daysOf(of: Query, now = today()): Days {
  const intoQuarter = (Number(now.slice(5, 7)) - 1) % 3;
  switch (of.period) {
    case "custom":
      return of.from && of.to ? { from: of.from, to: of.to } : { from: firstOf(now.slice(0, 7)), to: now };
    case "last_month":
      return { from: month(now, -1), to: moved(firstOf(now.slice(0, 7)), -1) };
    case "quarter":
      return { from: month(now, -intoQuarter), to: now };
    case "last_quarter":
      return { from: month(now, -intoQuarter - 3), to: moved(month(now, -intoQuarter), -1) };
    case "year":
      return { from: firstOf(`${now.slice(0, 4)}-01`), to: now };
    default:
      return { from: firstOf(now.slice(0, 7)), to: now };
  }
}

export const length = ({ from, to }: Days): number => (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;

/** What is wrong with a period, before anybody is asked. */
export function amiss(days: Days): "order" | "length" | null {
  if (!(days.from <= days.to)) return "order";
  return length(days) > DAYS_MAX ? "length" : null;
}

/** The period before: as many months of whole months, the same days of a month that runs, else as many days. */
export function beforeOf(of: Query, days: Days): Days {
  const whole = days.from.endsWith("-01") && moved(days.to, 1).endsWith("-01");
  const months = { month: 1, last_month: 1, quarter: 3, last_quarter: 3, year: 12, custom: 0 }[of.period];
  if (whole) {
    const count = (Number(days.to.slice(0, 4)) - Number(days.from.slice(0, 4))) * 12 + Number(days.to.slice(5, 7)) - Number(days.from.slice(5, 7)) + 1;
    return { from: month(days.from, -count), to: moved(days.from, -1) };
  }
  if (months) {
    // A month that runs is compared with as much of the one before, which may be the shorter one.
    const end = moved(month(days.from, -months), length(days) - 1);
    return { from: month(days.from, -months), to: end < days.from ? end : moved(days.from, -1) };
  }
  return { from: moved(days.from, -length(days)), to: moved(days.from, -1) };
}

/** The same days and township on another page of figures. */
export const sameOn = (path: string, { period, from, to, township }: Query): string => `${path}${told({ period, from, to, township })}`;

/** Where and of what, as the server is asked. */
export function whereOf(of: Query): { township?: string; category?: string } {
  return {
    ...(of.township ? { township: of.township === OUTSIDE ? "" : of.township } : {}),
    ...(of.category ? { category: of.category } : {}),
  };
}

/** The question behind one number: the page's, narrowed to its group. */
export function behindOf(of: Query, days: Days): Days & { township?: string; category?: string } {
  const where = whereOf(of);
  if (!of.of) return { ...days, ...where };
  if (of.by === "township") return { ...days, ...where, township: of.of === OUTSIDE ? "" : of.of };
  if (of.by === "category") return { ...days, ...where, category: of.of };
  const first = firstOf(of.of);
  const last = moved(month(first, 1), -1);
  return { ...where, from: first > days.from ? first : days.from, to: last < days.to ? last : days.to };
}
