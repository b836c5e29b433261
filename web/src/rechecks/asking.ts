/** What the page of second looks asks the server. */
import { answer, api, fetched, type Schema } from "../api/client";
import { save } from "../ui/saving";

export type Sample = Schema<"RecheckOut">;
export type SampleItem = Schema<"RecheckItem">;
export type SampleCase = Sample["cases"][number];
export type Figure = Schema<"RecheckFigure">;
export type Checker = Schema<"CheckerOut">;
export interface Period {
  from: string;
  to: string;
  township?: string;
  category?: string;
}
export type Wanted = Period & ({ size: number } | { share_percent: number }) & { seed?: string };

export const SIZE_MAX = 1000;

export async function fetchSamples(cursor?: string): Promise<Schema<"RecheckList">> {
  return answer(api.GET("/api/v1/rechecks", { params: { query: { limit: 20, ...(cursor ? { cursor } : {}) } } }));
}

export function fetchSample(recheck_id: string): Promise<Sample> {
  return answer(api.GET("/api/v1/rechecks/{recheck_id}", { params: { path: { recheck_id } } }));
}

export async function fetchPopulation(period: Period): Promise<number> {
  return (await answer(api.GET("/api/v1/rechecks/population", { params: { query: period } }))).population;
}

export async function fetchCheckers(): Promise<Checker[]> {
  return (await answer(api.GET("/api/v1/rechecks/checkers"))).items;
}

export function drawSample(wanted: Wanted): Promise<Sample> {
  return answer(api.POST("/api/v1/rechecks", { body: wanted as Schema<"RecheckIn"> }));
}

export function give(recheck_id: string, numbers: string[], checkers: string[]): Promise<Sample> {
  return answer(api.POST("/api/v1/rechecks/{recheck_id}/assignments", { params: { path: { recheck_id } }, body: { numbers, checkers } }));
}

/** The numbers a sample was drawn from. */
export async function fetchNumbers(recheck_id: string): Promise<Blob> {
  return file(recheck_id, "population.txt");
}

export async function saveCases(recheck_id: string, seed: string): Promise<void> {
  save(await file(recheck_id, "cases.csv"), `recheck-${seed}.csv`);
}

async function file(recheck_id: string, name: string): Promise<Blob> {
  const response = await fetched(`/api/v1/rechecks/${recheck_id}/${name}`);
  return response.blob();
}
