/** What the page of indicators asks the server, of the query in its address. */
import { answer, api, Failure, fetched, type Schema } from "../api/client";
import { behindOf, type Days, type Handed, type Measure, type Query, type Step, whereOf } from "./query";

export type Figures = Schema<"FiguresOut">;
export type Group = Schema<"GroupOut">;
export type Behind = Schema<"MeasuredCases">;
export type Means = Schema<"MeansOut">;
export type MeansGroup = Schema<"MeansGroup">;
export type Steps = Schema<"MeansSteps">;
export type Handovers = Schema<"HandoversOut">;
export type Ranking = Schema<"RankingOut">;
export type Run = Schema<"ScorecardRunOut">;

export function fetchFigures(of: Query, days: Days): Promise<Figures> {
  const query = { ...whereOf(of), ...days, by: of.by, coverage: true };
  return answer(api.GET("/api/v1/indicators", { params: { query } }));
}

/** Of the period before; null where there were no formulas yet. */
export async function fetchBefore(of: Query, days: Days): Promise<Figures | null> {
  return fetchFigures(of, days).catch((error: unknown) => {
    if (error instanceof Failure && error.status === 404) return null;
    throw error;
  });
}

export function fetchBehind(of: Query, days: Days, measure: Measure, cursor?: string): Promise<Behind> {
  const query = { ...behindOf(of, days), measure, limit: 50, ...(cursor ? { cursor } : {}) };
  return answer(api.GET("/api/v1/indicators/cases", { params: { query } }));
}

const placeOf = (of: Query): { township?: string } => {
  const { township } = whereOf(of);
  return township === undefined ? {} : { township };
};

export function fetchMeans(of: Query, days: Days): Promise<Means> {
  return answer(api.GET("/api/v1/means", { params: { query: { ...days, ...placeOf(of), by: of.by === "month" ? "month" : "township" } } }));
}

export function fetchSteps(of: Query, days: Days, means: Step, cursor?: string): Promise<Steps> {
  const { category: _, ...where } = behindOf(of, days);
  return answer(api.GET("/api/v1/means/steps", { params: { query: { ...where, means, limit: 50, ...(cursor ? { cursor } : {}) } } }));
}

export function fetchHandovers(of: Query, days: Days): Promise<Handovers> {
  return answer(api.GET("/api/v1/handovers/figures", { params: { query: { ...days, ...placeOf(of) } } }));
}

export function fetchHandoversBehind(of: Query, days: Days, figure: Handed, cursor?: string): Promise<Behind> {
  const { category: _, ...where } = behindOf(of, days);
  return answer(api.GET("/api/v1/handovers/figures/cases", { params: { query: { ...where, figure, limit: 50, ...(cursor ? { cursor } : {}) } } }));
}

export function fetchCards(days: Days) {
  return answer(api.GET("/api/v1/scorecards", { params: { query: { on: days.to } } }));
}

export function fetchRanking(code: string, days: Days): Promise<Ranking> {
  return answer(api.GET("/api/v1/scorecards/{code}", { params: { path: { code }, query: days } }));
}

export function keepRanking(code: string, days: Days): Promise<Run> {
  return answer(api.POST("/api/v1/scorecards/{code}/runs", { params: { path: { code } }, body: days }));
}

export function fetchRuns(code: string, cursor?: string): Promise<Schema<"ScorecardRuns">> {
  return answer(api.GET("/api/v1/scorecard-runs", { params: { query: { code, limit: 20, ...(cursor ? { cursor } : {}) } } }));
}

export function fetchRun(run: string): Promise<Run> {
  return answer(api.GET("/api/v1/scorecard-runs/{run_id}", { params: { path: { run_id: run } } }));
}

export interface Progress {
  /** How many cases the file has, once the server has counted them. */
  rows: number | null;
  bytes: number;
  /** How much of it is here, of 1; null where nobody knows. */
  share: number | null;
}

const LINE_FEED = 10;

/** A file, read as it comes; `seen` hears how far it is. Aborting the signal ends it here and at the server. */
export async function fetchFile(address: string, signal: AbortSignal, seen: (progress: Progress) => void): Promise<Blob> {
  const response = await fetched(address, { signal });
  const rows = Number(response.headers.get("X-Rows") ?? NaN);
  const whole = Number(response.headers.get("Content-Length") ?? NaN);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const progress = { bytes: 0, lines: 0 };
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    progress.bytes += value.length;
    if (Number.isNaN(whole)) for (const byte of value) if (byte === LINE_FEED) progress.lines++;
    const share = Number.isNaN(whole) ? progress.lines / rows : progress.bytes / whole;
    seen({ rows: Number.isNaN(rows) ? null : rows, bytes: progress.bytes, share: Number.isFinite(share) ? Math.min(1, share) : null });
  }
  return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
}
