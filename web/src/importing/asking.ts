/** What the server is asked about imports. */
import { answer, api, Failure, failureOf, fetched, type Schema, session } from "../api/client";
import { moved, today } from "../ui/days";
import type { Choices } from "./choices";
import type { Fate } from "./query";

export type Import = Schema<"ImportOut">;
export type Fault = Schema<"FaultOut">;
export type FaultAround = Schema<"FaultAroundOut">;
export type Listed = Schema<"ImportListed">;
export type Options = Partial<Schema<"ImportOptions">>;
export type Comparison = Schema<"ComparisonOut">;
export type ZoneFate = Schema<"ZoneFateOut">;
export const KINDS = ["frontage", "parking", "site", "service_point", "grid", "community", "township"] as const;
export type Kind = (typeof KINDS)[number];
export const DATUMS = ["wgs84", "cgcs2000", "gcj02", "bd09"] as const;

const FAULTS_A_PAGE = 500;
const ZONES_A_PAGE = 200;
/** So many faults can be walked through; beyond, the file is better mended where it was made. */
const PAGES_MAX = 20;

export const fetchImport = (id: string): Promise<Import> =>
  answer(api.GET("/api/v1/zones/imports/{import_id}", { params: { path: { import_id: id }, query: { limit: FAULTS_A_PAGE } } }));

/** Every fault that was kept, the first page of which the report has already. */
export async function fetchFaults(first: Import): Promise<Fault[]> {
  const faults = [...first.faults];
  let cursor = first.next;
  for (let page = 1; cursor && page < PAGES_MAX; page++) {
    const more: Import = await answer(
      api.GET("/api/v1/zones/imports/{import_id}", { params: { path: { import_id: first.id }, query: { limit: FAULTS_A_PAGE, cursor } } }),
    );
    faults.push(...more.faults);
    cursor = more.next;
  }
  return faults;
}

export const fetchFault = (id: string, number: number): Promise<FaultAround> =>
  answer(api.GET("/api/v1/zones/imports/{import_id}/faults/{number}", { params: { path: { import_id: id, number } } }));

export const fetchImports = (cursor?: string): Promise<Schema<"ImportList">> =>
  answer(api.GET("/api/v1/zones/imports", { params: { query: { limit: 20, ...(cursor && { cursor }) } } }));

export type Decision = Schema<"ImportDecision">;

export function decisionOf(choices: Choices): Decision {
  return {
    valid_from: choices.valid_from,
    accept_repairs: choices.all ? "all" : choices.accepted,
    refuse_repairs: choices.all ? choices.refused : [],
    gone: choices.gone,
    rematch: choices.rematch,
    confirm_datum: choices.confirm_datum,
  };
}

export const compare = (id: string, decision: Decision, fate: Fate | "", cursor?: string): Promise<Comparison> =>
  answer(
    api.POST("/api/v1/zones/imports/{import_id}/comparison", {
      params: { path: { import_id: id }, query: { limit: ZONES_A_PAGE, ...(fate && { fate }), ...(cursor && { cursor }) } },
      body: decision,
    }),
  );

export const apply = (id: string, decision: Decision): Promise<Schema<"StepOut">> =>
  answer(api.POST("/api/v1/zones/imports/{import_id}/apply", { params: { path: { import_id: id } }, body: decision }));

/** The same file in another way, without sending it again. */
export const readAgain = (id: string, options: Options): Promise<Import> =>
  answer(api.POST("/api/v1/zones/imports/{import_id}/readings", { params: { path: { import_id: id } }, body: wholeOf(options) }));

function wholeOf(options: Options): Schema<"ImportOptions"> {
  return { datum: null, crs: null, columns: {}, encoding: null, layer: null, properties: "merge", source: null, sample: false, valid_from: null, ...options };
}

/** What an import was told how to read, to be told otherwise. */
export function optionsOf(one: Import): Options {
  const told = one.options as Options;
  const names = ["datum", "crs", "columns", "encoding", "layer", "properties", "source", "sample", "valid_from"] as const;
  return Object.fromEntries(names.filter((name) => told[name] !== undefined).map((name) => [name, told[name]])) as Options;
}

export interface Sending {
  cancel: () => void;
  done: Promise<Import>;
}

/** Sends a file and tells how much of it is there; a fetch cannot. */
export function send(kind: Kind, file: Blob, name: string, options: Options, progress: (share: number) => void): Sending {
  const request = new XMLHttpRequest();
  let cancelled = false;
  const done = (async () => {
    // Renews a token that has run out before so much is sent for nothing.
    await fetchImports();
    if (cancelled) throw new Failure(0, "upload_cancelled", {});
    return await new Promise<Import>((taken, failed) => {
      request.open("POST", `/api/v1/zones/${kind}/imports`);
      request.setRequestHeader("Authorization", `Bearer ${session.value?.access ?? ""}`);
      request.setRequestHeader("Prefer", "respond-async");
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onload = () => {
        if (request.status === 202) return taken(JSON.parse(request.responseText) as Import);
        void failureOf(new Response(request.responseText, { status: Math.max(400, request.status) })).then(failed);
      };
      request.onerror = () => failed(new Failure(0, "upload_lost", {}));
      request.onabort = () => failed(new Failure(0, "upload_cancelled", {}));
      const body = new FormData();
      body.append("options", JSON.stringify(options));
      body.append("file", file, name);
      request.send(body);
    });
  })();
  return {
    done,
    cancel: () => {
      cancelled = true;
      request.abort();
    },
  };
}

/** The layer as it was the day before an import came into force, sent as a file of its own. */
export async function sendBefore(one: Import): Promise<Import> {
  const day = moved(one.applied!.valid_from, -1);
  const response = await fetched(`/api/v1/zones/${one.kind}/export?${new URLSearchParams({ format: "geojson", at: day })}`);
  const options: Options = { properties: "replace", source: `undo ${one.id}`, valid_from: dayAfter(one) };
  return await send(one.kind, await response.blob(), `${one.kind}_${day}.geojson`, options, () => undefined).done;
}

/** The first day on which something can follow what was applied, never before today. */
export function dayAfter(one: Import): string {
  const next = moved(one.applied?.valid_from ?? today(), 1);
  return next > today() ? next : today();
}
