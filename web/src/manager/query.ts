/** What the page shows. Days are those of the district. */
import { addressOf } from "../ui/address";
import { DAY, DAY_MS, monday, moved, today } from "../ui/days";

export const STATUSES = ["visited", "due", "late", "never"] as const;
export type Status = (typeof STATUSES)[number];
export const PERIODS = ["today", "week", "last_week", "month", "custom"] as const;
export type PeriodName = (typeof PERIODS)[number];
export const BY = ["township", "street", "team"] as const;

export interface Query {
  period: PeriodName;
  from: string;
  to: string;
  township: string;
  street: string;
  kind: string;
  /** Only fronts whose plan asks for this team, by its id. */
  team: string;
  /** "certain": only what was surely seen counts. */
  sure: "certain" | "";
  by: (typeof BY)[number];
  /** What the period is compared with: the same one before, or chosen days `from..to`. */
  against: string;
  /** Which rows are open behind a number. */
  rows: Status | "all" | "";
  /** Only what this officer saw, in the rows. */
  officer: string;
  /** Of playback: who, by account, and which day. */
  who: string;
  day: string;
}

export interface Days {
  from: string;
  to: string;
}

const NONE: Query = {
  period: "week", from: "", to: "", township: "", street: "", kind: "", team: "", sure: "", by: "township", against: "", rows: "", officer: "", who: "", day: "",
};
const SPAN = /^\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d$/;

export const { query, readAddress, change, told } = addressOf(NONE, (found) => {
  if (!PERIODS.includes(found.period)) found.period = NONE.period;
  if (!BY.includes(found.by)) found.by = NONE.by;
  if (found.rows !== "all" && !STATUSES.includes(found.rows as Status)) found.rows = "";
  if (found.sure !== "certain") found.sure = "";
  if (!/^[1-9]\d{0,9}$/.test(found.team)) found.team = "";
  if (!DAY.test(found.day)) found.day = "";
  if (found.against !== "before" && !SPAN.test(found.against)) found.against = "";
  if (!DAY.test(found.from) || !DAY.test(found.to)) [found.from, found.to] = ["", ""];
});

/** The days that are asked for, both counted. */
export function daysOf(of: Query, now = today()): Days {
  if (of.period === "today") return { from: now, to: now };
  if (of.period === "last_week") return { from: moved(monday(now), -7), to: moved(monday(now), -1) };
  if (of.period === "month") return { from: `${now.slice(0, 7)}-01`, to: now };
  if (of.period === "custom" && of.from && of.to) return { from: of.from, to: of.to };
  return { from: monday(now), to: now };
}

/** The days the period is compared with: chosen ones, or as many before; of a week those a week earlier. */
export function againstOf(of: Query, now = today()): Days | null {
  if (!of.against) return null;
  if (of.against !== "before") {
    const [from, to] = of.against.split("..") as [string, string];
    return { from, to };
  }
  const { from, to } = daysOf(of, now);
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  const back = of.period === "week" || of.period === "last_week" ? 7 : days;
  return { from: moved(from, -back), to: moved(to, -back) };
}

/** Where and of what kind, as the server is asked. */
export function whereOf(of: Query): { area?: string; street?: string; kind?: "frontage" } {
  return {
    ...(of.township ? { area: of.township } : {}),
    ...(of.street ? { street: of.street } : {}),
    ...(of.kind ? { kind: of.kind as "frontage" } : {}),
  };
}

/** The same, of the team that is chosen. */
export function whichOf(of: Query): ReturnType<typeof whereOf> & { team?: number } {
  return { ...whereOf(of), ...(of.team ? { team: Number(of.team) } : {}) };
}

/** What tells one question from another, beside its days. */
export const whichKey = (of: Query): (string | number)[] => [of.township, of.street, of.kind, of.team];
