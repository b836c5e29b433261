/** The fields that forms of subjects share. */
import { t } from "../words";
import { today } from "../ui/days";
import { KINDS } from "./query";
import type { Kind } from "./asking";
import { kindName } from "./known";

export interface Words {
  name: string;
  kind: Kind;
  trade: string;
  licence: string;
}

/** Of a person nobody is named until there is a name. */
export interface Named {
  name: string;
  phone: string;
  capacity: string;
}

export const NO_WORDS: Words = { name: "", kind: "shop", trade: "", licence: "" };
export const NOBODY: Named = { name: "", phone: "", capacity: "" };

export const wordsOf = ({ name, kind, trade, licence }: Words) => ({ name: name.trim(), kind, trade: trade || null, licence: licence.trim() || null });

export const personOf = (rank: 1 | 2, { name, phone, capacity }: Named) => ({ rank, name: name.trim(), phone: phone.trim() || null, capacity: capacity.trim() });

export function WordFields({ words, set, trades }: { words: Words; set: (part: Partial<Words>) => void; trades: ReadonlyMap<string, string> }) {
  // A trade without a law card stays until another is chosen.
  const known = words.trade && !trades.has(words.trade) ? [...trades, [words.trade, words.trade] as [string, string]] : [...trades];
  return (
    <>
      <label class="field">
        <span>{t("subjects.name")}</span>
        <input value={words.name} required maxLength={200} onInput={({ currentTarget }) => set({ name: currentTarget.value })} />
      </label>
      <label class="field">
        <span>{t("subjects.kind")}</span>
        <select value={words.kind} onChange={({ currentTarget }) => set({ kind: currentTarget.value as Kind })}>
          {KINDS.map((kind) => <option key={kind} value={kind}>{kindName(kind)}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("subjects.trade")}</span>
        <select value={words.trade} onChange={({ currentTarget }) => set({ trade: currentTarget.value })}>
          <option value="">–</option>
          {known.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("subjects.licence")}</span>
        <input value={words.licence} maxLength={64} pattern="\S+" autocomplete="off" spellcheck={false} onInput={({ currentTarget }) => set({ licence: currentTarget.value })} />
      </label>
    </>
  );
}

export function PersonFields({ label, person, set, required }: { label: string; person: Named; set: (part: Partial<Named>) => void; required?: boolean }) {
  return (
    <fieldset class="subjects-person wide">
      <legend>{label}</legend>
      <label class="field">
        <span>{t("subjects.person_name")}</span>
        <input value={person.name} maxLength={100} required={required ?? false} autocomplete="off" onInput={({ currentTarget }) => set({ name: currentTarget.value })} />
      </label>
      <label class="field">
        <span>{t("subjects.phone")}</span>
        <input type="tel" value={person.phone} maxLength={40} pattern="[0-9+()\- ]+" autocomplete="off" onInput={({ currentTarget }) => set({ phone: currentTarget.value })} />
      </label>
      <label class="field">
        <span>{t("subjects.capacity")}</span>
        <input value={person.capacity} maxLength={100} onInput={({ currentTarget }) => set({ capacity: currentTarget.value })} />
      </label>
    </fieldset>
  );
}

export function When({ label, day, reason, set }: { label: string; day: string; reason: string; set: (part: { day?: string; reason?: string }) => void }) {
  return (
    <>
      <label class="field">
        <span>{label}</span>
        <input type="date" value={day} required onInput={({ currentTarget }) => set({ day: currentTarget.value })} />
      </label>
      <Reason reason={reason} set={(said) => set({ reason: said })} />
    </>
  );
}

export function Reason({ reason, set }: { reason: string; set: (reason: string) => void }) {
  return (
    <label class="field wide">
      <span>{t("subjects.reason")}</span>
      <input value={reason} required maxLength={500} onInput={({ currentTarget }) => set(currentTarget.value)} />
    </label>
  );
}

export const begun = () => ({ day: today(), reason: "" });
