/** One case with all that its page shows. */
import { type Case, type Clock, type Entry, fetchCase, fetchClocks, fetchHistory, fetchReports, learnBodies, type Report } from "./calls";

export interface Whole {
  case: Case;
  clocks: Clock[];
  history: Entry[];
  reports: Report[];
}

export async function fetchWhole(number: string): Promise<Whole> {
  const [one, clocks, history] = await Promise.all([fetchCase(number), fetchClocks(number), fetchHistory(number)]);
  learnBodies([one.body, ...one.children.map((child) => child.body)]);
  return { case: one, clocks, history, reports: await fetchReports(one) };
}
