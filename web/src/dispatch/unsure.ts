/** Cases whose place lies in no zone for sure: those that somebody has to decide. */
import { answer, api, type Schema } from "../api/client";
import type { Case, Report } from "../cases";

export type Candidate = Schema<"CandidateOut">;

const CANDIDATES_MAX = 5;
const PAGE_ROWS = 500;
const PAGES_MAX = 4;
/** Reports that are read at the same time. */
const AT_ONCE = 8;

/** Of a report that lies in no zone for sure, the zones it could be, likeliest first. */
export function candidatesOf(report: Report | undefined): Candidate[] {
  const match = report?.properties.match;
  if (!match) return [];
  const sure = [match.frontage, match.parking].some(({ verdict }) => verdict === "certain" || verdict === "likely");
  const found = match.candidates.filter((one) => one.kind === "frontage" || one.kind === "parking");
  return sure ? [] : [...found].sort((a, b) => b.probability - a.probability).slice(0, CANDIDATES_MAX);
}

/** What a report was matched to never changes, so each is asked about once. */
const judged = new Map<string, Promise<boolean>>();

function isUnsure(report_id: string): Promise<boolean> {
  const known = judged.get(report_id);
  if (known) return known;
  const asked = answer(api.GET("/api/v1/reports/{report_id}", { params: { path: { report_id } } })).then((report) => candidatesOf(report).length > 0);
  judged.set(report_id, asked);
  asked.catch(() => judged.delete(report_id));
  return asked;
}

export async function caseIsUnsure(one: Case): Promise<boolean> {
  const opening = one.reports.find(({ relation }) => relation === "opened") ?? one.reports[0];
  return opening ? isUnsure(opening.id) : false;
}

/** Numbers of the unsure ones among these cases, by their reports. */
export async function unsureAmong(numbers: ReadonlySet<string>): Promise<Set<string>> {
  const reports: [report: string, number: string][] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query: { limit: number; cursor?: string } = { limit: PAGE_ROWS, ...(cursor ? { cursor } : {}) };
    const came: Schema<"ReportCollection"> = await answer(api.GET("/api/v1/reports", { params: { query } }));
    for (const { properties } of came.features) {
      if (properties.case && numbers.has(properties.case.number)) reports.push([properties.id, properties.case.number]);
    }
    cursor = came.next;
    if (!cursor) break;
  }
  const found = new Set<string>();
  for (let first = 0; first < reports.length; first += AT_ONCE) {
    const some = reports.slice(first, first + AT_ONCE);
    const unsure = await Promise.all(some.map(([report]) => isUnsure(report)));
    some.forEach(([, number], place) => unsure[place] && found.add(number));
  }
  return found;
}
