/** What the register shows is its address. */
import { addressOf } from "../ui/address";

export const KINDS = ["shop", "unit", "market", "site", "estate", "vacant"] as const;
export const STATES = ["current", "ended", "merged", "any"] as const;

export interface Query {
  q: string;
  township: string;
  kind: (typeof KINDS)[number] | "";
  trade: string;
  state: (typeof STATES)[number];
  zone: string;
}

const NONE: Query = { q: "", township: "", kind: "", trade: "", state: "current", zone: "" };

export const { query, readAddress, change } = addressOf(NONE, (found) => {
  if (found.kind && !KINDS.includes(found.kind)) found.kind = "";
  if (!STATES.includes(found.state)) found.state = "current";
});
