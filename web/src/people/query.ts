/** What the pages of people show is their address. */
import { addressOf } from "../ui/address";
import { DAY, monday, today } from "../ui/days";

export const ROLES = ["officer", "handler", "checker", "acceptor", "dispatcher", "zone_manager", "reviewer", "intake", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Query {
  search: string;
  role: Role | "";
  body: string;
  state: "enabled" | "disabled" | "";
  /** The account whose sheet is open. */
  who: string;
  /** Monday of the week of the roster. */
  week: string;
}

const NONE: Query = { search: "", role: "", body: "", state: "", who: "", week: "" };

export const { query, readAddress, change } = addressOf(NONE, (found) => {
  if (found.role && !ROLES.includes(found.role)) found.role = "";
  if (found.state !== "enabled" && found.state !== "disabled") found.state = "";
  if (!DAY.test(found.week)) found.week = "";
});

export const weekOf = (of: Query): string => monday(of.week || today());
