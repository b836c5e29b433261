/** A campaign that is being made: kept in this browser until it has begun, and what it still lacks, in words. */
import { DAY, moved, today } from "../ui/days";
import { t } from "../words";
import type { Campaign, Item, Preview, Selection, Wanted } from "./asking";

const KEPT = "frontage.campaign_draft";
const DAYS = 30;
/** As the server takes them. */
export const ITEMS_MAX = 100;

export const NO_SELECTION: Selection = { codes: [], trades: [], streets: [], townships: [], area: null };

export function fresh(): Wanted {
  return { name: "", note: "", kind: "frontage", from: today(), to: moved(today(), DAYS), selection: NO_SELECTION, checklist: [newItem([])], target_visits: 1, goals: [] };
}

/** The same again from today on: for other questions, or another round. */
export function again({ name, note, kind, selection, checklist, target_visits, goals }: Campaign): Wanted {
  return { ...fresh(), name, note, kind, selection: selection as Selection, checklist, target_visits, goals };
}

export function recover(): Wanted | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Wanted | null;
    return kept && DAY.test(kept.from) ? kept : null;
  } catch {
    return null;
  }
}

export function keep(draft: Wanted | null): void {
  try {
    if (draft) sessionStorage.setItem(KEPT, JSON.stringify(draft));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Too long for the browser's store: the page still has it.
  }
}

const unused = (taken: readonly { code: string }[], letter: string): string => {
  let n = 1;
  while (taken.some(({ code }) => code === `${letter}${n}`)) n += 1;
  return `${letter}${n}`;
};

export const newItem = (others: Item[]): Item => ({ code: unused(others, "q"), text: "", text_en: "", answers: [] });

export const newAnswer = (others: Item["answers"], ok: boolean): Item["answers"][number] => ({ code: unused(others, "a"), text: "", text_en: "", ok });

export const chooses = ({ codes, trades, streets, townships, area }: Selection): boolean => codes.length + trades.length + streets.length + townships.length > 0 || area !== null;

/** As it goes out: what has no English is told in Chinese there too. */
export function told(draft: Wanted): Wanted {
  const both = <T extends { text: string; text_en: string }>(one: T): T => ({ ...one, text: one.text.trim(), text_en: one.text_en.trim() || one.text.trim() });
  return { ...draft, name: draft.name.trim(), note: draft.note.trim(), checklist: draft.checklist.map((item) => ({ ...both(item), answers: item.answers.map(both) })) };
}

/** What keeps it from beginning. */
export function lacks(draft: Wanted, shown: Preview | null): string[] {
  const words: string[] = [];
  if (!draft.name.trim()) words.push(t("campaigns.lacks_name"));
  if (draft.to < draft.from) words.push(t("rechecks.out_of_order"));
  else if (draft.to < today()) words.push(t("campaigns.lacks_future", { day: draft.to }));
  if (!chooses(draft.selection)) words.push(t("campaigns.lacks_zones"));
  else if (shown) {
    if (shown.zones > shown.most) words.push(t("campaigns.lacks_fewer", { n: shown.most }));
    else if (shown.zones === 0) words.push(t("campaigns.lacks_match"));
    if (shown.unknown_codes.length > 0) words.push(t("campaigns.lacks_codes", { n: shown.unknown_codes.length, codes: shown.unknown_codes.slice(0, 5).join("、") }));
  }
  if (draft.checklist.length === 0 || draft.checklist.some((item) => !item.text.trim() || item.answers.some((one) => !one.text.trim()))) words.push(t("campaigns.lacks_questions"));
  if (draft.checklist.some((item) => item.answers.length === 1)) words.push(t("campaigns.lacks_answers"));
  return words;
}
