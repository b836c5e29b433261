/** What is said of a paper that was handed over: how, and how it ended. */
import type { ComponentChildren } from "preact";
import type { Schema } from "../api/client";
import { t } from "../words";

const WAYS = ["in_person", "left", "post"] as const;
const ENDS = ["delivered", "failed", "refused"] as const;

export interface Serving {
  how: (typeof WAYS)[number];
  outcome: (typeof ENDS)[number];
  note: string;
  /** The same however often it is sent. */
  served_at: string;
}

export const newServing = (): Serving => ({ how: "in_person", outcome: "delivered", note: "", served_at: new Date().toISOString() });

/** `receipt`: the digest of what proves it, if anything does. */
export const serviceOf = ({ note, ...said }: Serving, receipt: string | null): Schema<"ServiceIn"> => ({ ...said, receipt, note: note.trim() });

interface Filling {
  said: Serving;
  say: (part: Partial<Serving>) => void;
  /** How the receipt is taken is the page's. */
  receipt: ComponentChildren;
}

export function ServeFields({ said, say, receipt }: Filling) {
  return (
    <>
      <label class="field">
        <span>{t("letters.how")}</span>
        <select value={said.how} onChange={({ currentTarget }) => say({ how: currentTarget.value as Serving["how"] })}>
          {WAYS.map((one) => <option key={one} value={one}>{t(`letters.how_${one}`)}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("letters.end")}</span>
        <select value={said.outcome} onChange={({ currentTarget }) => say({ outcome: currentTarget.value as Serving["outcome"] })}>
          {ENDS.map((one) => <option key={one} value={one}>{t(`letters.end_${one}`)}</option>)}
        </select>
      </label>
      {receipt}
      <label class="field wide"><span>{t("letters.note")}</span><textarea rows={2} maxLength={500} value={said.note} onInput={({ currentTarget }) => say({ note: currentTarget.value })} /></label>
    </>
  );
}
