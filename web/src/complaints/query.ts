/** What the list of complaints shows is its address. */
import { addressOf } from "../ui/address";
import type { Complaint } from "./asking";

export const CHANNELS = ["phone_12345", "petition", "web", "walk_in"] as const;
export const CALLBACKS = ["due", "waiting", "reached", "given_up", "not_wished", "corrected"] as const;
export const STATES = ["open", "ended"] as const;

export interface Query {
  q: string;
  channel: Complaint["channel"] | "";
  callback: Complaint["callback"] | "";
  state: (typeof STATES)[number] | "";
}

export const NONE: Query = { q: "", channel: "", callback: "", state: "" };

export const { query, readAddress, change } = addressOf(NONE, (found) => {
  if (found.channel && !CHANNELS.includes(found.channel)) found.channel = "";
  if (found.callback && !CALLBACKS.includes(found.callback)) found.callback = "";
  if (found.state && !STATES.includes(found.state)) found.state = "";
});
