/** What the parts of the desk share: the opened case, what was done last, and who is where. */
import { signal } from "@preact/signals";
import { answer, api, type Schema } from "../api/client";
import { act, actionKey, type Action, type ActionName, type Case, type CaseItem, type Draft, type Inputs } from "../cases";
import { either, t } from "../words";
import { change, query } from "./query";
import { itemOf, put, refresh, settle, shown } from "./rows";
import type { Candidate } from "./nearest";

/** Cases that the feed has told of; whoever shows one of them reads it again. */
export const touched = signal<ReadonlySet<string>>(new Set());
/** The case in the panel, once it was read. */
export const opened = signal<Case | null>(null);
/** The action whose form is open in the panel; "first": whichever the case offers first. */
export const form = signal<ActionName | "first" | null>(null);
export const draft = signal<Draft>({});
export const helping = signal(false);
/** Somebody wants to go on in the opened case by keyboard, which may still be read. */
export const entering = signal(false);

/** Where in the list the opened case is, or was before it left. */
let place = 0;

export function openCase(number: string, step: "push" | "replace" = "push"): void {
  if (number === query.peek().case) return;
  place = Math.max(0, shown.peek().findIndex((row) => row.number === (number || query.peek().case)));
  form.value = null;
  draft.value = {};
  candidates.value = [];
  choiceFailed.value = null;
  change({ case: number }, step);
}

/** The row above or below the opened one, or where it was before it left the list. */
export function move(by: 1 | -1): void {
  const list = shown.peek();
  const found = list.findIndex((row) => row.number === query.peek().case);
  const wanted = found < 0 ? (by > 0 ? place : place - 1) : found + by;
  place = Math.min(list.length - 1, Math.max(0, wanted));
  const next = list[place];
  if (next) openCase(next.number, "replace");
}

// --- Candidates of a match that is not sure ---------------------------------------------------------------------

/** Zones of the opened case that are drawn, and that the number keys choose. */
export const candidates = signal<readonly Candidate[]>([]);
/** The last choice that was not taken, and why. */
export const choiceFailed = signal<unknown>(null);
let choosing = false;

/** By its key, or its number on the map. */
export function chooseCandidate(rank: number): void {
  const zone = candidates.peek()[rank - 1];
  const one = opened.peek();
  if (zone && one) chooseZone(one, zone);
}

export function chooseZone(one: Case, zone: Candidate): void {
  void decide(one, "choose_zone", { zone: { kind: zone.kind as "frontage", code: zone.code }, ...(zone.read_as ? { read_as: zone.read_as } : {}) }, t("desk.zone_chosen", { name: zone.name }));
}

export function releaseZone(one: Case): void {
  void decide(one, "release_zone", {}, t("desk.zone_released"));
}

/** At once, with its way back; of those that wait for a choice the next opens by itself. */
async function decide(before: Case, action: "choose_zone" | "release_zone", inputs: Partial<Inputs>, words: string): Promise<void> {
  if (choosing || !before.allowed_actions.some((one) => one.action === action)) return;
  choosing = true;
  choiceFailed.value = null;
  try {
    const after = await act(before.number, action, before.version, inputs);
    if (query.peek().case !== after.number) return tell({ words, back: backOf(before, after, inputs), refused: [] });
    opened.value = after;
    put(itemOf(after));
    settle();
    tell({ words, back: backOf(before, after, inputs), refused: [] });
    touched.value = new Set([after.number]);
    if (query.peek().view === "triage" && action === "choose_zone") openNext(after.number);
  } catch (error) {
    choiceFailed.value = error;
    touched.value = new Set([before.number]);
  } finally {
    choosing = false;
  }
}

/** The way back from a decision about the zone is a further one. */
function backOf(before: Case, after: Case, { read_as }: Partial<Inputs>): Done["back"] {
  const items = [{ number: after.number, version: after.version }];
  const was = before.zone?.chosen_at ? before.zone : null;
  // Where the case stays in its place, the numbers were read so before.
  const stays = before.position.lon === after.position.lon && before.position.lat === after.position.lat;
  if (was) return { action: "choose_zone", items, inputs: { zone: { kind: was.kind, code: was.code }, ...(stays && read_as ? { read_as } : {}) } };
  return after.zone?.chosen_at ? { action: "release_zone", items } : null;
}

function openNext(number: string): void {
  const others = shown.peek().filter((row) => row.number !== number && !row.gone);
  const next = others[Math.min(place, others.length - 1)];
  if (next) openCase(next.number, "replace");
}

// --- What was done last, and its way back -----------------------------------------------------------------------

export interface Done {
  words: string;
  back: { action: ActionName; items: { number: string; version: number }[]; inputs?: Partial<Inputs> } | null;
  refused: { number: string; why: string }[];
}
export const done = signal<Done | null>(null);
export const UNDO_MS = 10_000;
let forgetting: ReturnType<typeof setTimeout> | undefined;

/** Actions of the table that lead back to where the case was; `from`: the states of which that is true. */
const BACK: Partial<Record<ActionName, { action: ActionName; from?: CaseItem["state"] }>> = {
  suspend: { action: "resume" },
  cancel: { action: "reopen", from: "registered" },
  transfer: { action: "reopen", from: "registered" },
};

function wayBack(action: ActionName, before: Pick<CaseItem, "state">, after: Case): ActionName | null {
  const way = BACK[action];
  if (!way || (way.from && way.from !== before.state)) return null;
  return after.allowed_actions.some((one) => one.action === way.action) ? way.action : null;
}

export function tell(told: Done): void {
  clearTimeout(forgetting);
  done.value = told;
  if (!told.refused.length) forgetting = setTimeout(() => (done.value = null), UNDO_MS);
}

export function acted(after: Case, action: ActionName, before: Case): void {
  put(itemOf(after));
  settle();
  form.value = null;
  draft.value = {};
  const name = before.allowed_actions.find((one) => one.action === action);
  const back = wayBack(action, before, after);
  tell({
    words: t("desk.batch_done", { n: 1, action: name ? either(name.name, name.name_en) : action }),
    back: back && { action: back, items: [{ number: after.number, version: after.version }] },
    refused: [],
  });
}

/** One action on several cases, each by itself; what was refused is told with its reason. */
export async function actOnEach(action: Action, items: readonly Pick<CaseItem, "number" | "version" | "state">[], inputs: Partial<Inputs>, key: string): Promise<void> {
  const states = new Map(items.map((item) => [item.number, item]));
  const body = { ...inputs, key, items: items.map(({ number, version }) => ({ number, version })) } as Schema<"ActionsIn">;
  const { items: came } = await answer(api.POST("/api/v1/cases/actions/{action}", { params: { path: { action: action.action } }, body }));
  const taken = came.flatMap((one) => (one.case ? [one.case] : []));
  for (const one of taken) put(itemOf(one));
  settle();
  const ways = taken.map((one) => wayBack(action.action, states.get(one.number)!, one));
  const way = ways[0];
  const back = way && ways.every((one) => one === way) ? way : null;
  tell({
    words: t("desk.batch_done", { n: taken.length, action: either(action.name, action.name_en) }),
    back: back && { action: back, items: taken.map(({ number, version }) => ({ number, version })) },
    refused: came.filter((one) => !one.case).map((one) => ({ number: one.number, why: whyNot(one.problem ?? {}) })),
  });
  void refresh(new Set(came.map((one) => one.number)));
}

function whyNot(problem: Record<string, unknown>): string {
  const { reason, reason_en, title, title_en } = problem as Record<string, string | undefined>;
  return either(reason ?? title ?? "", reason_en ?? title_en ?? "");
}

export async function undo(): Promise<void> {
  const last = done.peek();
  if (!last?.back) return;
  const { action, items } = last.back;
  const inputs: Partial<Inputs> = last.back.inputs ?? (action === "reopen" ? { reason: t("desk.undo_reason") } : {});
  done.value = null;
  const came = await Promise.allSettled(items.map(({ number, version }) => act(number, action, version, inputs, actionKey())));
  const back = came.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  for (const one of back) put(itemOf(one));
  settle();
  touched.value = new Set(items.map((item) => item.number));
  if (action === "choose_zone" || action === "release_zone") {
    // Whoever takes a choice back looks at the case once more.
    openCase(items[0]!.number, "replace");
  }
  const refused = items.filter((item) => !back.some((one) => one.number === item.number));
  tell({ words: `${t("desk.undone")} ${back.length}`, back: null, refused: refused.map(({ number }) => ({ number, why: t("case.lost") })) });
}
