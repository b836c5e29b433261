/** What the page asks the server, of the query in its address. */
import { answer, api, type Schema } from "../api/client";
import { fetchTeams } from "../office/teams";
import { type Days, type Query, type Status, whereOf, whichOf } from "./query";

export type Sums = Schema<"CoverageSummary">;
export type Gap = Schema<"CoverageGapStreet">;
export type Front = Schema<"Covered">;
export type Suggested = Schema<"Round">;
export type Sent = Schema<"SentRound">;

export interface Person {
  account: string;
  name: string;
  body: string;
}

export async function fetchSums(of: Query, days: Days, by: Query["by"]): Promise<Schema<"CoverageSummaries">> {
  return answer(api.GET("/api/v1/coverage/summary", { params: { query: { ...whichOf(of), ...days, by } } }));
}

export async function fetchGaps(of: Query, days: Days, cursor?: string): Promise<Schema<"CoverageGaps">> {
  const query = { ...whichOf(of), ...days, limit: 20, ...(cursor ? { cursor } : {}) };
  return answer(api.GET("/api/v1/coverage/gaps", { params: { query } }));
}

export async function fetchHours(of: Query, days: Days): Promise<Schema<"CoverageHours">> {
  return answer(api.GET("/api/v1/coverage/hours", { params: { query: { ...whereOf(of), ...days } } }));
}

export async function fetchRows(of: Query, days: Days, status: Status | "all", cursor?: string): Promise<Schema<"CoverageList">> {
  const query = {
    ...whichOf(of), ...days, limit: 40, ...(status === "all" ? {} : { status }), ...(of.officer ? { officer: of.officer } : {}), ...(cursor ? { cursor } : {}),
  };
  return answer(api.GET("/api/v1/coverage", { params: { query } }));
}

/** Fronts of one street with their shapes. */
export async function fetchStreet(of: Query, days: Days): Promise<Schema<"CoveredCollection">> {
  return (await answer(api.GET("/api/v1/coverage.geojson", { params: { query: { ...whichOf(of), ...days, limit: 500 } } }))) as Schema<"CoveredCollection">;
}

export function suggestRound(body: Partial<Schema<"RoundIn">> & { max_m: number; max_streets: number }): Promise<Suggested> {
  return answer(api.POST("/api/v1/coverage/rounds", { body: body as Schema<"RoundIn"> }));
}

export function sendRound(round_id: string, body: Schema<"RoundSentIn">): Promise<Sent> {
  return answer(api.PUT("/api/v1/rounds/{round_id}", { params: { path: { round_id } }, body }));
}

export async function fetchSent(day: string): Promise<Sent[]> {
  return (await answer(api.GET("/api/v1/rounds", { params: { query: { day, limit: 50 } } }))).items.filter((one) => !one.replaced);
}

/** People of one's scope: members of teams, and whoever is on the roster these days. */
export async function fetchPeople(): Promise<Person[]> {
  const [teams, roster] = await Promise.all([
    fetchTeams(),
    answer(api.GET("/api/v1/roster", { params: { query: { limit: 500 } } })),
  ]);
  const found = new Map<string, Person>();
  for (const team of teams) for (const { account, name } of team.members) found.set(account, { account, name, body: team.body });
  for (const { account, name, body } of roster.items) found.set(account, { account, name, body });
  return [...found.values()].sort((a, b) => a.body.localeCompare(b.body) || a.name.localeCompare(b.name, "zh"));
}
