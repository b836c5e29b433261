/** Which of the places around: the nearest first with how far it is, found by name, pinyin letters or code. */
import { useState } from "preact/hooks";
import { Failed } from "../../ui/failing";
import { t } from "../../words";
import { initials } from "../categories";
import { metres } from "../far";
import { fix, trouble } from "../here";

const SHOWN = 6;
/** Nearer than that a metre counts. */
const EXACT_M = 100;

export interface Choice {
  /** What tells it from the others. */
  code: string;
  name: string;
  /** From where the phone is, m; 0 inside, null where that is not known. */
  far_m: number | null;
}

export interface Choosing<C extends Choice> {
  title: string;
  /** Said of an empty list. */
  none: string;
  /** The nearest first; null until they are known. */
  rows: readonly C[] | null;
  error: unknown;
  again: () => void;
  chosen: C | null;
  choose: (one: C) => void;
  /** Where what is not listed may be named by its code. */
  named?: (code: string) => C;
  /** Says where one is before anything can be listed. */
  by_position?: boolean;
}

export function Picker<C extends Choice>({ title, none, rows, error, again, chosen, choose, named, by_position = false }: Choosing<C>) {
  const [all, setAll] = useState(false);
  const [words, setWords] = useState("");
  const found = rows ? search(rows, words) : [];
  const first = all || words ? found : found.slice(0, SHOWN);
  const shown = chosen && !words && !first.some(({ code }) => code === chosen.code) ? [chosen, ...first] : first;
  const wanting = by_position && !fix.value ? (trouble.value ? (`officer.position.${trouble.value}` as const) : "officer.position.awaited") : "doors.looking";
  return (
    <section class="officer-part" aria-labelledby="doors-where">
      <h2 id="doors-where">{title}</h2>
      {error !== null && rows === null && <Failed error={error} again={again} />}
      {rows === null && error === null && <p class="notice" role="status">{t(wanting)}</p>}
      {((rows?.length ?? 0) > SHOWN || named) && (
        <input
          type="search"
          class="doors-search"
          autocomplete="off"
          maxLength={200}
          aria-label={t("places.search")}
          placeholder={t("places.search")}
          value={words}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
        />
      )}
      {rows?.length === 0 && !words && <p class="notice" role="status">{none}</p>}
      {shown.length > 0 && (
        <div class="doors-list" role="radiogroup" aria-labelledby="doors-where">
          {shown.map((one) => (
            <label key={one.code} class="doors-door">
              <input type="radio" name="door" checked={one.code === chosen?.code} onChange={() => choose(one)} />
              <span>{one.name}</span>
              <span class="numbers quiet">{far(one)}</span>
            </label>
          ))}
        </div>
      )}
      {words && found.length === 0 && !named && <p class="notice" role="status">{t("places.none_found")}</p>}
      {words && found.length === 0 && named && (
        <button
          type="button"
          class="button"
          onClick={() => {
            choose(named(words.trim()));
            setWords("");
          }}
        >
          {t("places.as_typed", { code: words.trim() })}
        </button>
      )}
      {!words && first.length < found.length && (
        <button type="button" class="plain" onClick={() => setAll(true)}>
          {t("places.more", { count: found.length - first.length })}
        </button>
      )}
    </section>
  );
}

function search<C extends Choice>(rows: readonly C[], words: string): readonly C[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return rows;
  return rows.filter(({ name, code }) => [name, code, initials(name)].some((text) => text.toLowerCase().includes(wanted)));
}

function far({ far_m }: Choice): string {
  if (far_m === null) return "";
  if (far_m === 0) return t("doors.here");
  return far_m < EXACT_M ? `${Math.ceil(far_m)} m` : metres(far_m);
}
