/** Names that codes stand for on these pages, and who may change what they show. */
import { answer, api, session } from "../api/client";
import { moved } from "../ui/days";
import { useReading } from "../ui/reading";
import { either, maybe, t } from "../words";
import type { Kind } from "./asking";

const KEEPING = new Set(["admin", "dispatcher", "handler", "zone_manager"]);

export const keeps = (): boolean => KEEPING.has(session.value?.user.role ?? "");

export const kindName = (kind: Kind): string => t(`subjects.kind_${kind}`);

/** Trades by the names that law cards give them. */
export function useTrades(): ReadonlyMap<string, string> {
  const read = useReading("subjects/trades", () => answer(api.GET("/api/v1/law-cards")), { seen: false });
  return new Map(read.value?.cards.map((card) => [card.trade, either(card.trade_name, card.trade_name_en)]) ?? []);
}

/** Those without a law card have names of their own here. */
export const tradeName = (trade: string | null, known: ReadonlyMap<string, string>): string => (trade === null ? "–" : known.get(trade) ?? maybe(`subjects.trade_${trade}`) ?? trade);

/** From its first day to its last; the server tells the day after that. */
export function span({ valid_from, valid_to }: { valid_from: string; valid_to: string | null }): string {
  return valid_to ? t("subjects.span", { from: valid_from, to: moved(valid_to, -1) }) : t("subjects.since", { from: valid_from });
}
