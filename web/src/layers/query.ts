/** What the page shows: which layer, which part of the work, which zone, which days. */
import { addressOf } from "../ui/address";
import { DAY } from "../ui/days";
import { KINDS, type Kind } from "./asking";

export const PARTS = ["edit", "versions", "rematch", "generate"] as const;
export type Part = (typeof PARTS)[number];

export interface Query {
  kind: Kind;
  part: Part;
  /** The zone that is looked at. */
  code: string;
  /** Versions: the map as of this day, or what differs from `from` to it. */
  day: string;
  from: string;
}

const NONE: Query = { kind: "frontage", part: "edit", code: "", day: "", from: "" };

export const { query, readAddress, change } = addressOf(NONE, (found) => {
  if (!KINDS.includes(found.kind)) found.kind = NONE.kind;
  if (!PARTS.includes(found.part)) found.part = NONE.part;
  if (!DAY.test(found.day)) found.day = "";
  if (!DAY.test(found.from)) found.from = "";
});
