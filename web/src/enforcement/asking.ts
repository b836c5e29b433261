/** Proceedings, asked of the server. */
import { answer, api, type Schema, session } from "../api/client";
import { savePdf } from "../ui/saving";
import { either } from "../words";

export type Proceeding = Schema<"ProceedingOut">;
export type Item = Schema<"ProceedingItem">;
export type Clock = Schema<"EnforcementClockOut">;
export type Offered = Schema<"StepOfferedOut">;
export type Blocked = Schema<"StepBlockedOut">;
export type Prefill = Schema<"Prefill">;
export type Certificate = Schema<"CertificateOut">;
/** What comes with a step; what is not said is left out. */
export type StepInputs = Partial<Omit<Schema<"StepIn">, "version">>;
type Opening = Partial<Schema<"ProceedingIn">> & Pick<Schema<"ProceedingIn">, "officers" | "item">;
type OnSpot = Partial<Schema<"SimpleIn">> & Pick<Schema<"SimpleIn">, "officers" | "item" | "note" | "statement" | "outcome">;
export type StepName = Offered["step"];
export type State = Proceeding["state"];

const API = "/api/v1";
const DAY_MS = 86_400_000;
const WARNED_DAYS = 60;

export interface Wanted {
  case?: string;
  state?: State;
  open?: boolean;
  late?: boolean;
  mine?: boolean;
  order?: "newest" | "due";
  cursor?: string;
}

export const fetchProceedings = (wanted: Wanted) => answer(api.GET(`${API}/proceedings`, { params: { query: wanted } }));
export const fetchCounts = async () => (await answer(api.GET(`${API}/proceedings/counts`))).items;
export const fetchProceeding = (number: string) => answer(api.GET(`${API}/proceedings/{number}`, { params: { path: { number } } }));
export const fetchDecisions = (cursor?: string) => answer(api.GET(`${API}/decisions`, { params: { query: cursor ? { cursor } : {} } }));
export const fetchPrefill = (number: string) => answer(api.GET(`${API}/cases/{number}/simple-procedure`, { params: { path: { number } } }));

/** Officers with a certificate in force today, those of the same body. */
export async function fetchCertified(): Promise<Certificate[]> {
  const page = await answer(api.GET(`${API}/certificates`, { params: { query: { in_force: true, limit: 500 } } }));
  return page.items.filter(({ kind }) => kind === "enforcement").sort((a, b) => a.account.display_name.localeCompare(b.account.display_name));
}

/** Certificates that end within the next weeks. */
export async function fetchEnding(): Promise<Certificate[]> {
  const ends_before = new Date(Date.now() + WARNED_DAYS * DAY_MS).toISOString().slice(0, 10);
  return (await answer(api.GET(`${API}/certificates`, { params: { query: { ends_before, limit: 500 } } }))).items;
}

async function rowsInForce<Row>(kind: "delegations" | "penalty_items"): Promise<Row[]> {
  const { set } = await answer(api.GET(`${API}/rulebooks/{kind}`, { params: { path: { kind } } }));
  return (set?.rows ?? []) as unknown as Row[];
}

/** The delegations in force, with the names of what they delegate. */
export async function fetchDelegations(): Promise<Delegation[]> {
  const [delegations, items] = await Promise.all([rowsInForce<Delegation>("delegations"), rowsInForce<Named>("penalty_items")]);
  const named = new Map(items.map((one) => [one.code, either(one.name, one.name_en ?? one.name)]));
  return delegations.map((one) => ({ ...one, items: one.items.map((code) => named.get(code) ?? code) }));
}

interface Named {
  code: string;
  name: string;
  name_en?: string;
}

export interface Delegation {
  code: string;
  body: string;
  items: string[];
  document: string;
  first_day: string;
  last_day?: string;
}

export const takeStep = (number: string, step: StepName, body: StepInputs & { version: number }) =>
  answer(api.POST(`${API}/proceedings/{number}/steps/{step}`, { params: { path: { number, step } }, body: body as Schema<"StepIn"> }));
export const openProceeding = (number: string, body: Opening) =>
  answer(api.POST(`${API}/cases/{number}/proceedings`, { params: { path: { number } }, body: body as Schema<"ProceedingIn"> }));
export const decideOnSpot = (number: string, body: OnSpot) =>
  answer(api.POST(`${API}/cases/{number}/simple-procedure`, { params: { path: { number } }, body: body as Schema<"SimpleIn"> }));

export const savePaper = (number: string, nth: number) => savePdf(`${API}/proceedings/${encodeURIComponent(number)}/steps/${nth}/paper`, `${number}-${nth}`);

/** Whether whoever is signed in has the pages of enforcement; the phone shows their cases only. */
export const atDesk = (): boolean => !["officer", "checker"].includes(session.value?.user.role ?? "");
/** Whether whoever is signed in takes steps of enforcement. */
export const enforces = (): boolean => ["handler", "officer"].includes(session.value?.user.role ?? "");
