/** What is said of a letter at the door: signed or refused, by whom, how long it holds. */
import type { ComponentChildren } from "preact";
import { day, t } from "../words";
import type { LetterIn } from "./asking";
import "../records/fields.css";

const YEARS = 1;

export interface Signing {
  refused: boolean;
  signer: string;
  from: string;
  to: string;
  note: string;
  /** The same however often it is sent. */
  served_at: string;
}

export function newSigning(): Signing {
  const from = day(Date.now());
  return { refused: false, signer: "", from, to: inYears(from, YEARS), note: "", served_at: new Date().toISOString() };
}

function inYears(from: string, years: number): string {
  const [year, rest] = [Number(from.slice(0, 4)) + years, from.slice(4)];
  return `${year}${rest === "-02-29" ? "-03-01" : rest}`;
}

/** `photo`: the digest of the signature; null of a refusal that has none. */
export function letterOf(subject: string, said: Signing, photo: string | null): LetterIn {
  return {
    subject,
    zones: null,
    signer: said.signer.trim(),
    how: said.refused ? "left" : "in_person",
    outcome: said.refused ? "refused" : "delivered",
    served_at: said.served_at,
    photo,
    valid_from: said.from,
    valid_to: said.to || null,
    note: said.note.trim(),
  };
}

interface Filling {
  said: Signing;
  say: (part: Partial<Signing>) => void;
  /** How the photo of the signature is taken is the page's. */
  photo: ComponentChildren;
}

export function SignFields({ said, say, photo }: Filling) {
  return (
    <>
      <fieldset class="fields-choice wide">
        <legend>{t("letters.outcome")}</legend>
        {[false, true].map((refused) => (
          <label key={String(refused)}><input type="radio" name="outcome" checked={said.refused === refused} onChange={() => say({ refused })} /><span>{t(refused ? "letters.was_refused" : "letters.was_signed")}</span></label>
        ))}
      </fieldset>
      <label class="field"><span>{t("letters.signer")}</span><input required maxLength={100} value={said.signer} onInput={({ currentTarget }) => say({ signer: currentTarget.value })} /></label>
      {photo}
      <label class="field"><span>{t("letters.valid_from")}</span><input type="date" required value={said.from} onInput={({ currentTarget }) => say({ from: currentTarget.value })} /></label>
      <label class="field"><span>{t("letters.valid_to")}</span><input type="date" min={said.from} value={said.to} onInput={({ currentTarget }) => say({ to: currentTarget.value })} /></label>
      <label class="field wide"><span>{t("letters.note")}</span><textarea rows={2} maxLength={500} value={said.note} onInput={({ currentTarget }) => say({ note: currentTarget.value })} /></label>
    </>
  );
}
