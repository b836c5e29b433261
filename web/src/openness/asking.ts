/** What the page of publishing asks the server. */
import { answer, api, fetched, type Schema } from "../api/client";

export type Unpublished = Schema<"UnpublishedDecision">;
export type Item = Schema<"PublicationItem">;
export type Publication = Schema<"PublicationOut">;
export type Photo = Publication["photos"][number];
/** Left, top, right, bottom; shares of the picture. */
export type Box = [number, number, number, number];
export interface Marked {
  box: Box;
  kind: "own" | "face" | "plate";
}

export function fetchUnpublished(ahead_days: number): Promise<Schema<"UnpublishedList">> {
  return answer(api.GET("/api/v1/openness/overdue", { params: { query: { ahead_days, limit: 200 } } }));
}

export function fetchPublications(state: Item["state"], cursor?: string): Promise<Schema<"PublicationList">> {
  return answer(api.GET("/api/v1/openness/publications", { params: { query: { state, limit: 50, ...(cursor ? { cursor } : {}) } } }));
}

export function fetchPublication(publication_id: string): Promise<Publication> {
  return answer(api.GET("/api/v1/openness/publications/{publication_id}", { params: { path: { publication_id } } }));
}

export function draft(publication_id: string, decision: string): Promise<Publication> {
  return answer(api.PUT("/api/v1/openness/publications/{publication_id}", { params: { path: { publication_id } }, body: { decision } }));
}

export function approve(publication_id: string): Promise<Publication> {
  return answer(api.POST("/api/v1/openness/publications/{publication_id}/approve", { params: { path: { publication_id } } }));
}

export function withdraw(publication_id: string, reason: string): Promise<Publication> {
  return answer(api.POST("/api/v1/openness/publications/{publication_id}/withdraw", { params: { path: { publication_id } }, body: { reason } }));
}

const PHOTO = "/api/v1/openness/publications/{publication_id}/photos/{sha256}";

export async function fetchProposals(publication_id: string, sha256: string): Promise<Marked[]> {
  const { items } = await answer(api.GET(`${PHOTO}/proposals`, { params: { path: { publication_id, sha256 } } }));
  return items.map(({ kind, box }) => ({ kind, box: box as Box }));
}

export function decide(publication_id: string, sha256: string, chosen: boolean, regions: Box[]): Promise<Publication> {
  return answer(api.PUT(PHOTO, { params: { path: { publication_id, sha256 } }, body: { chosen, regions } }));
}

/** The address of a picture fetched with the token; to be revoked. */
export async function picture(publication_id: string, sha256: string, blurred: boolean): Promise<string> {
  const response = await fetched(`/api/v1/openness/publications/${publication_id}/photos/${sha256}?blurred=${blurred}`);
  return URL.createObjectURL(await response.blob());
}
