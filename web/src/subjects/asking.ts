/** What the pages of responsible subjects ask of the server. */
import { answer, api, type Schema } from "../api/client";
import { savePdf } from "../ui/saving";
import type { Query } from "./query";

export type Item = Schema<"SubjectItem">;
export type Subject = Schema<"SubjectOut">;
export type Kind = Item["kind"];
export type Fates = Schema<"SubjectImportOut">;

const ROWS = 50;
const at = (code: string) => ({ params: { path: { code } } });

export function fetchSubjects({ q, state, ...narrowed }: Query, cursor: string | null): Promise<Schema<"SubjectList">> {
  const asked = Object.entries({ ...narrowed, q: q.trim(), state: state === "any" ? "" : state }).filter(([, value]) => value);
  return answer(api.GET("/api/v1/subjects", { params: { query: { ...Object.fromEntries(asked), cursor, limit: ROWS } as object } }));
}

export const fetchSubject = (code: string): Promise<Subject> => answer(api.GET("/api/v1/subjects/{code}", at(code)));

export const fetchOfCase = (number: string): Promise<Schema<"CaseSubjectOut">> => answer(api.GET("/api/v1/cases/{number}/subject", { params: { path: { number } } }));

export const register = (body: Schema<"SubjectIn">): Promise<Subject> => answer(api.POST("/api/v1/subjects", { body }));

export const revise = (code: string, body: Schema<"SubjectRevisionIn">): Promise<Subject> => answer(api.POST("/api/v1/subjects/{code}/revisions", { ...at(code), body }));

export const namePerson = (code: string, body: Schema<"SubjectPersonChangeIn">): Promise<Subject> => answer(api.POST("/api/v1/subjects/{code}/persons", { ...at(code), body }));

export const addPlace = (code: string, body: Schema<"SubjectPlaceIn">): Promise<Subject> => answer(api.POST("/api/v1/subjects/{code}/places", { ...at(code), body }));

export const endPlace = (code: string, body: Schema<"SubjectPlaceEndIn">): Promise<Subject> => answer(api.POST("/api/v1/subjects/{code}/places/end", { ...at(code), body }));

export const succeed = (code: string, body: Schema<"SubjectSuccessionIn">): Promise<Subject> => answer(api.POST("/api/v1/subjects/{code}/successors", { ...at(code), body }));

export const merge = (code: string, body: Schema<"SubjectMergeIn">): Promise<Subject> => answer(api.POST("/api/v1/subjects/{code}/merge", { ...at(code), body }));

/** The file as it is; with the plan that was looked at it is applied. */
export function sendFile(file: File, valid_from: string, plan?: string): Promise<Fates> {
  const query = { name: file.name.slice(-200), valid_from, ...(plan && { plan }) };
  const body = { body: file as never, bodySerializer: (content: unknown) => content as File };
  return answer(api.POST("/api/v1/subjects/imports", { params: { query }, headers: { "Content-Type": "application/octet-stream" }, ...body }));
}

/** Sheets for the doors. */
export const saveDoor = (code: string) => savePdf(`/api/v1/subjects/${code}/door.pdf`, code);
