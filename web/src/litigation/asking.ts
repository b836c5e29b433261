/** What the page of matters of court asks the server. */
import { answer, api, fetched, type Schema } from "../api/client";

export type Item = Schema<"MatterItem">;
export type Matter = Schema<"MatterOut">;
export type Rates = Schema<"CourtRates">;
export type Kind = Schema<"MatterIn">["kind"];
export type Entry = Schema<"MatterEntryIn">;
export type Imported = Schema<"MattersImported">;

export interface Wanted {
  kind?: Item["kind"];
  case?: string;
  due_by?: string;
}

export function fetchMatters(wanted: Wanted, cursor?: string): Promise<Schema<"MatterList">> {
  return answer(api.GET("/api/v1/litigation/matters", { params: { query: { limit: 50, ...wanted, ...(cursor ? { cursor } : {}) } } }));
}

export function fetchMatter(matter_id: string): Promise<Matter> {
  return answer(api.GET("/api/v1/litigation/matters/{matter_id}", { params: { path: { matter_id } } }));
}

export function fetchRates(): Promise<Rates> {
  return answer(api.GET("/api/v1/litigation/rates"));
}

export function beginMatter(matter_id: string, body: Schema<"MatterIn">): Promise<Matter> {
  return answer(api.PUT("/api/v1/litigation/matters/{matter_id}", { params: { path: { matter_id } }, body }));
}

export function write(matter_id: string, entry_id: string, body: Entry): Promise<Matter> {
  return answer(api.PUT("/api/v1/litigation/matters/{matter_id}/entries/{entry_id}", { params: { path: { matter_id, entry_id } }, body }));
}

/** As it is: the server tells UTF-8 from GB 18030. */
export async function send(file: File, source: string, apply: boolean): Promise<Imported> {
  const asked = new URLSearchParams({ source, apply: String(apply) });
  const response = await fetched(`/api/v1/litigation/imports?${asked}`, { method: "POST", body: file, headers: { "Content-Type": "text/csv" } });
  return (await response.json()) as Imported;
}
