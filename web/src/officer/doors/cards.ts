/** The law cards in force, kept on the phone. */
import { answer, api, type Schema } from "../../api/client";
import { kept } from "../../cases/kept";
import { either } from "../../words";
import { type Reading, useReading } from "../../ui/reading";

export type CardSet = Schema<"LawCardSetOut">;
export type Card = CardSet["cards"][number];

export const titleOf = (card: Card): string => either(card.title, card.title_en);
export const tradeOf = (card: Card): string => either(card.trade_name, card.trade_name_en);

const KEPT = "law_cards";
const ask = (): Promise<CardSet> => answer(api.GET("/api/v1/law-cards"));

export const useCards = (): Reading<CardSet> => useReading(KEPT, ask);

/** Takes the cards along before anybody looks for one where there is no network. */
export const keepCards = (): void => void kept(KEPT, ask).catch(() => undefined);
