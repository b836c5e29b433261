/** What the register shows is its address. */
import { addressOf } from "../ui/address";

export const KINDS = ["shop", "unit", "market", "site", "estate", "vacant"] as const;
export const STATES = ["current", "ended", "merged", "any"] as const;

export const YES_NO = ["true", "false"] as const;

export interface Query {
  q: string;
  township: string;
  kind: (typeof KINDS)[number] | "";
  trade: string;
  state: (typeof STATES)[number];
  zone: string;
  /** Empty: not asked, as everywhere here. */
  signed: (typeof YES_NO)[number] | "";
  responsible: (typeof YES_NO)[number] | "";
}

const NONE: Query = { q: "", township: "", kind: "", trade: "", state: "current", zone: "", signed: "", responsible: "" };

export const { query, readAddress, change } = addressOf(NONE, (found) => {
  if (found.kind && !KINDS.includes(found.kind)) found.kind = "";
  for (const asked of ["signed", "responsible"] as const) {
    if (found[asked] && !YES_NO.includes(found[asked])) found[asked] = "";
  }
  if (!STATES.includes(found.state)) found.state = "current";
});
