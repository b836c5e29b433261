/** What the server is asked about letters, papers, their service and consents. */
import { answer, api, type Schema, session } from "../api/client";
import { savePdf } from "../ui/saving";

export type Street = Schema<"StreetLetters">;
export type Coverage = Schema<"LetterCoverage">;
export type Unsigned = Schema<"Unsigned">;
export type Paper = Schema<"DocumentItem">;
export type Task = Schema<"TaskOut">;
export type Consents = Schema<"ConsentList">;
export type Consent = Schema<"ConsentOut">;
export type LetterIn = Schema<"LetterIn">;

const SERVERS = new Set(["admin", "dispatcher", "handler", "reviewer", "zone_manager"]);
/** Whether whoever looks may serve papers. */
export const serves = (): boolean => SERVERS.has(session.value?.user.role ?? "");

export const fetchStreets = (township: string) =>
  answer(api.GET("/api/v1/coverage/letters/streets", { params: { query: township ? { township } : {} } }));

export const fetchCoverage = (query: { road?: string; township?: string; zone?: string; cursor?: string }) =>
  answer(api.GET("/api/v1/coverage/letters", { params: { query } }));

export const fetchTasks = (cursor?: string) =>
  answer(api.GET("/api/v1/service-tasks", { params: { query: { open: true, ...(cursor && { cursor }) } } }));

export const fetchPapers = (subject: string) => answer(api.GET("/api/v1/documents", { params: { query: { subject, limit: 20 } } }));

export const fetchPaper = (document_id: string) => answer(api.GET("/api/v1/documents/{document_id}", { params: { path: { document_id } } }));

export const fetchConsents = (code: string) =>
  answer(api.GET("/api/v1/subjects/{code}/service-consents", { params: { path: { code } } }));

export const putLetter = (letter_id: string, body: LetterIn) =>
  answer(api.PUT("/api/v1/letters/{letter_id}", { params: { path: { letter_id } }, body }));

export const putService = (document_id: string, attempt_id: string, body: Schema<"ServiceIn">) =>
  answer(api.PUT("/api/v1/documents/{document_id}/services/{attempt_id}", { params: { path: { document_id, attempt_id } }, body }));

export const putConsent = (code: string, consent_id: string, body: Schema<"ConsentIn">) =>
  answer(api.PUT("/api/v1/subjects/{code}/service-consents/{consent_id}", { params: { path: { code, consent_id } }, body }));

export const withdraw = (code: string, consent_id: string, reason: string) =>
  answer(
    api.POST("/api/v1/subjects/{code}/service-consents/{consent_id}/withdraw", { params: { path: { code, consent_id } }, body: { reason } }),
  );

/** Letters to sign as one PDF: of a subject, or of those on a street who have not signed. */
export const printLetters = (query: Record<string, string>) =>
  savePdf(`/api/v1/letters/print.pdf?${new URLSearchParams(query)}`, query["subject"] ?? query["road"] ?? "letters");

export const printPaper = ({ id, code }: Paper) => savePdf(`/api/v1/documents/${id}/paper.pdf`, code);
