/** What the helper of leniency asks the server. */
import { answer, api, type Schema } from "../api/client";

export type Help = Schema<"LeniencyHelp">;
export type Offer = Help["offers"][number];
export type Fact = Help["facts"][number];
export type Decision = Schema<"LeniencyDecisionOut">;
export type Said = Record<string, boolean | number | string>;

export function fetchHelp(number: string, facts: Said): Promise<Help> {
  return answer(api.POST("/api/v1/leniency/help", { body: { case: number, facts } as Schema<"LeniencyHelpIn"> }));
}

export async function fetchDecision(number: string): Promise<Decision | null> {
  const { items } = await answer(api.GET("/api/v1/leniency/decisions", { params: { query: { case: number, limit: 1 } } }));
  return items[0] ?? null;
}

export function decide(leniency_id: string, body: Schema<"LeniencyDecisionIn">): Promise<Decision> {
  return answer(api.PUT("/api/v1/leniency/decisions/{leniency_id}", { params: { path: { leniency_id } }, body }));
}
