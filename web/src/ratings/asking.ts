/** What the pages of ratings ask the server. */
import { answer, api, type Schema } from "../api/client";

export type Lists = Omit<Schema<"RatingLists">, "next">;
export type Standing = Lists["items"][number];
export type SubjectRating = Schema<"SubjectRating">;
export type Trial = Schema<"ScoreTrial">;
export type Publication = Schema<"RatingListOut">;
export type PublicationItem = Schema<"RatingListItem">;
export type Entry = Publication["entries"][number];
export interface Event {
  code: string;
  name: string;
  name_en: string;
  kind: "plus" | "minus";
}
export type Totals = Schema<"LeniencyTotals">;
export type Decision = Schema<"LeniencyDecisionOut">;

export function fetchLists(on: string): Promise<Lists> {
  return answer(api.GET("/api/v1/ratings/lists", { params: { query: { on } } }));
}

export function fetchSubject(code: string): Promise<SubjectRating> {
  return answer(api.GET("/api/v1/ratings/subjects/{code}", { params: { path: { code } } }));
}

const FOUND = 12;

export function findSubjects(q: string): Promise<Schema<"SubjectList">> {
  return answer(api.GET("/api/v1/subjects", { params: { query: { q, limit: FOUND } } }));
}

export function fetchPublications(cursor?: string): Promise<Schema<"RatingListPage">> {
  return answer(api.GET("/api/v1/ratings/publications", { params: { query: { limit: 20, ...(cursor ? { cursor } : {}) } } }));
}

export function fetchPublication(publication_id: string): Promise<Publication> {
  return answer(api.GET("/api/v1/ratings/publications/{publication_id}", { params: { path: { publication_id } } }));
}

export function propose(on: string): Promise<Publication> {
  return answer(api.POST("/api/v1/ratings/publications", { body: { on } }));
}

export function beginNotice(publication_id: string): Promise<Publication> {
  return answer(api.POST("/api/v1/ratings/publications/{publication_id}/notice", { params: { path: { publication_id } } }));
}

export function publish(publication_id: string): Promise<Publication> {
  return answer(api.POST("/api/v1/ratings/publications/{publication_id}/publish", { params: { path: { publication_id } } }));
}

export function withdraw(publication_id: string, reason: string): Promise<Publication> {
  return answer(api.POST("/api/v1/ratings/publications/{publication_id}/withdraw", { params: { path: { publication_id } }, body: { reason } }));
}

export function replay(publication_id: string): Promise<Schema<"RatingReplayed">> {
  return answer(api.GET("/api/v1/ratings/publications/{publication_id}/replay", { params: { path: { publication_id } } }));
}

export function appeal(publication_id: string, subject: string, contested: number[], grounds: string): Promise<Publication> {
  return answer(api.POST("/api/v1/ratings/publications/{publication_id}/appeals", { params: { path: { publication_id } }, body: { subject, contested, grounds } }));
}

export function decideAppeal(appeal_id: string, upheld: boolean, reason: string): Promise<Publication> {
  return answer(api.POST("/api/v1/ratings/appeals/{appeal_id}/decision", { params: { path: { appeal_id } }, body: { upheld, reason } }));
}

export function enter(score_id: string, body: Schema<"ScoreEntryIn">): Promise<SubjectRating> {
  return answer(api.PUT("/api/v1/ratings/entries/{score_id}", { params: { path: { score_id } }, body }));
}

/** What an entry would come to; nothing is kept. */
export function tryEntry(body: Schema<"ScoreTrialIn">): Promise<Trial> {
  return answer(api.POST("/api/v1/ratings/trial", { body }));
}

/** The events of the rules that count on a day, to choose from; what records are entered as is theirs alone. */
export async function fetchEvents(on: string): Promise<Event[]> {
  const { set } = await answer(api.GET("/api/v1/rulebooks/{kind}", { params: { path: { kind: "rating_rules" }, query: { on } } }));
  const [rule] = (set?.rows ?? []) as { events: (Event & { form?: string })[] }[];
  return rule?.events.filter(({ form }) => !form) ?? [];
}

export function fetchTotals(from: string, to: string): Promise<Totals> {
  return answer(api.GET("/api/v1/leniency/totals", { params: { query: { from, to } } }));
}

export function fetchDecisions(from: string, to: string, cursor?: string): Promise<Schema<"LeniencyDecisionList">> {
  return answer(api.GET("/api/v1/leniency/decisions", { params: { query: { from, to, limit: 50, ...(cursor ? { cursor } : {}) } } }));
}
