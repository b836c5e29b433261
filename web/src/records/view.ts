/** What the page of records shows is its address. */
import { addressOf } from "../ui/address";
import { DAY, moved, today } from "../ui/days";

export const VIEWS = ["list", "ranking", "heads", "round", "spots"] as const;
export type View = (typeof VIEWS)[number];

const DAYS = 30;
const none = { form: "", view: "list", from: "", to: "", township: "", period: "", cell: "250" };

export const { query, readAddress, change } = addressOf(none, (found) => {
  if (!VIEWS.includes(found.view as View)) found.view = "list";
  if (!DAY.test(found.to)) found.to = today();
  if (!DAY.test(found.from)) found.from = moved(found.to, -DAYS);
  if (!/^\d{4}(-(0[1-9]|1[0-2])|-Q[1-4])?$/.test(found.period)) found.period = today().slice(0, 7);
  if (!["100", "250", "500", "1000"].includes(found.cell)) found.cell = "250";
});

/** Months back from this one, this quarter and the last, this year. */
export function periods(): string[] {
  const [year = 0, month = 1] = today().split("-").map(Number);
  const months = Array.from({ length: 6 }, (_, back) => {
    const at = new Date(Date.UTC(year, month - 1 - back, 1));
    return at.toISOString().slice(0, 7);
  });
  const quarters = [0, 1].map((back) => {
    const at = new Date(Date.UTC(year, month - 1 - 3 * back, 1));
    return `${at.getUTCFullYear()}-Q${Math.floor(at.getUTCMonth() / 3) + 1}`;
  });
  return [...months, ...quarters, String(year)];
}
