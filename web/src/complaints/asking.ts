/** What the pages of complaints ask of the server. */
import { answer, api, type Schema } from "../api/client";
import type { Query } from "./query";

export type Complaint = Schema<"ComplaintOut">;
export type Person = Schema<"PersonOut">;
export type Trial = Schema<"ComplaintTrialOut">;
export type Matter = Pick<Schema<"ComplaintMatterIn">, "received_at" | "category" | "position" | "zone">;
export type Why = Schema<"AccessOut">["why"];

const ROWS = 50;
const FOUND = 8;
const of = (complaint_id: string) => ({ params: { path: { complaint_id } } });

export function fetchComplaints({ q, channel, callback, state }: Query, cursor: string | null): Promise<Schema<"ComplaintList">> {
  const query = {
    limit: ROWS,
    ...(q.trim() && { q: q.trim() }),
    ...(channel && { channel }),
    ...(callback && { callback }),
    ...(state && { open: state === "open" }),
    ...(cursor && { cursor }),
  };
  return answer(api.GET("/api/v1/complaints", { params: { query } }));
}

export const fetchComplaint = (id: string): Promise<Complaint> => answer(api.GET("/api/v1/complaints/{complaint_id}", of(id)));

export const take = (id: string, body: Schema<"ComplaintIn">): Promise<Complaint> => answer(api.PUT("/api/v1/complaints/{complaint_id}", { ...of(id), body }));

/** Where it would go by the rules, whatever case intake names. */
export const tryMatter = (body: Matter): Promise<Trial> => answer(api.POST("/api/v1/complaints/trial", { body: { ...body, case: null } }));

/** Each question is noted with who asks. */
export const revealPerson = (complaint_id: string, why: Why): Promise<Person> =>
  answer(api.GET("/api/v1/complaints/{complaint_id}/complainant", { params: { path: { complaint_id }, query: { why } } }));

export const fetchAccesses = async (id: string): Promise<Schema<"AccessOut">[]> => (await answer(api.GET("/api/v1/complaints/{complaint_id}/accesses", of(id)))).items;

export const noteCall = (id: string, body: Schema<"CallbackIn">): Promise<Complaint> => answer(api.POST("/api/v1/complaints/{complaint_id}/callbacks", { ...of(id), body }));

export interface Found {
  name: string;
  zone: string;
  township: string | null;
}

/** Zones with such a name, and those that subjects of such a name answer for. */
export async function searchPlaces(q: string): Promise<Found[]> {
  const [subjects, ...zones] = await Promise.all([
    answer(api.GET("/api/v1/subjects", { params: { query: { q, state: "current", limit: FOUND } } })),
    ...(["frontage", "parking"] as const).map((kind) => answer(api.GET("/api/v1/zones/{kind}", { params: { path: { kind }, query: { q, limit: FOUND } } }))),
  ]);
  return [
    ...subjects.items.flatMap(({ name, zones: places, township }) => places.map(({ zone }) => ({ name, zone, township }))),
    ...zones.flatMap(({ features }) => features.map(({ properties: { name, code, township } }) => ({ name, zone: code, township }))),
  ];
}
