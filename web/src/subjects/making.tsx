/** A new subject: what it is, where, and who answers. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { Sheet } from "../ui/sheet";
import { t } from "../words";
import { register, type Subject } from "./asking";
import { begun, NO_WORDS, NOBODY, PersonFields, personOf, When, WordFields, wordsOf } from "./fields";

interface Asked {
  trades: ReadonlyMap<string, string>;
  onMade: (made: Subject) => void;
  onClosed: () => void;
}

export function NewSubject({ trades, onMade, onClosed }: Asked) {
  const [words, setWords] = useState(NO_WORDS);
  const [first, setFirst] = useState(NOBODY);
  const [second, setSecond] = useState(NOBODY);
  const [zones, setZones] = useState("");
  const [when, setWhen] = useState(begun);
  const { busy, error, run } = useDoing();
  const make = (event: SubmitEvent) => {
    event.preventDefault();
    const places = zones.split(/[\s,;,;、]+/).filter(Boolean).map((zone) => ({ zone_kind: words.kind === "market" || words.kind === "site" ? ("site" as const) : ("frontage" as const), zone }));
    const persons = [personOf(1, first), personOf(2, second)].filter(({ name }) => name);
    void run(async () => onMade(await register({ ...wordsOf(words), places, persons, township: null, valid_from: when.day, reason: when.reason })));
  };
  return (
    <Sheet title={t("subjects.new")} onClosed={onClosed}>
      {() => (
        <form class="office-form" onSubmit={make}>
          <WordFields words={words} set={(part) => setWords({ ...words, ...part })} trades={trades} />
          <label class="field wide">
            <span>{t("subjects.zones_of")}</span>
            <input value={zones} autocomplete="off" spellcheck={false} onInput={({ currentTarget }) => setZones(currentTarget.value)} />
          </label>
          {words.kind !== "vacant" && <PersonFields label={t("subjects.rank_1")} person={first} set={(part) => setFirst({ ...first, ...part })} />}
          <PersonFields label={t("subjects.rank_2")} person={second} set={(part) => setSecond({ ...second, ...part })} />
          <When label={t("subjects.from_day")} {...when} set={(part) => setWhen({ ...when, ...part })} />
          {error !== null && <Failed error={error} />}
          <div class="office-buttons"><button class="button main" disabled={busy}>{t(busy ? "subjects.saving" : "subjects.save")}</button></div>
        </form>
      )}
    </Sheet>
  );
}
