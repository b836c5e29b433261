/** What the page of streets shows is its address. */
import { addressOf } from "../ui/address";

export interface Query {
  township: string;
  /** The street that is open. */
  road: string;
  of: string;
}

export const { query, readAddress, change } = addressOf<Query>({ township: "", road: "", of: "" }, () => undefined);
