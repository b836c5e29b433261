/** Changes of one subject, each a form of its own; what the server refuses stands below the form with the other's code. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failure } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { Sheet } from "../ui/sheet";
import { t } from "../words";
import { addPlace, endPlace, merge, namePerson, revise, type Subject, succeed } from "./asking";
import { begun, NOBODY, NO_WORDS, PersonFields, personOf, Reason, When, WordFields, wordsOf } from "./fields";

export const CHANGES = ["revise", "person", "succeed", "place", "end", "merge"] as const;
export type Change = (typeof CHANGES)[number];

interface Asked {
  of: Subject;
  change: Change;
  trades: ReadonlyMap<string, string>;
  /** Whose page shows what came of it. */
  onDone: (code: string) => void;
  onClosed: () => void;
}

export function Changing({ of, change, trades, onDone, onClosed }: Asked) {
  const [words, setWords] = useState(change === "revise" ? { name: of.name, kind: of.kind, trade: of.trade ?? "", licence: of.licence ?? "" } : NO_WORDS);
  const [rank, setRank] = useState<1 | 2>(of.kind === "vacant" ? 2 : 1);
  const [person, setPerson] = useState(NOBODY);
  const [zone, setZone] = useState(change === "end" ? (of.zones[0]?.zone ?? "") : "");
  const [into, setInto] = useState("");
  const [when, setWhen] = useState(begun);
  const { busy, error, run } = useDoing();
  const { code } = of;
  const { day, reason } = when;
  const ask: Record<Change, () => Promise<Subject>> = {
    revise: () => revise(code, { ...wordsOf(words), valid_from: day, reason }),
    person: () => namePerson(code, { ...personOf(rank, person), valid_from: day, reason }),
    succeed: () => succeed(code, { ...wordsOf(words), persons: person.name.trim() && words.kind !== "vacant" ? [personOf(1, person)] : [], on: day, reason }),
    place: () => addPlace(code, { zone_kind: of.kind === "market" || of.kind === "site" ? "site" : "frontage", zone: zone.trim(), valid_from: day, reason }),
    end: () => endPlace(code, { zone_kind: of.zones.find((one) => one.zone === zone)?.zone_kind ?? "frontage", zone, on: day, reason }),
    merge: () => merge(code, { into: into.trim().toUpperCase(), reason }),
  };
  const save = (event: SubmitEvent, close: () => void) => {
    event.preventDefault();
    void run(async () => {
      const { code: shown } = await ask[change]();
      close();
      onDone(shown);
    });
  };
  return (
    <Sheet title={t(`subjects.do_${change}`)} onClosed={onClosed}>
      {(close) => (
        <form class="office-form" onSubmit={(event) => save(event, close)}>
          <p class="quiet wide">{t(`subjects.about_${change}`, { name: of.name })}</p>
          {(change === "revise" || change === "succeed") && <WordFields words={words} set={(part) => setWords({ ...words, ...part })} trades={trades} />}
          {change === "person" && (
            <label class="field">
              <span>{t("subjects.rank")}</span>
              <select value={rank} onChange={({ currentTarget }) => setRank(Number(currentTarget.value) as 1 | 2)}>
                {([1, 2] as const).map((one) => <option key={one} value={one}>{t(`subjects.rank_${one}`)}</option>)}
              </select>
            </label>
          )}
          {(change === "person" || (change === "succeed" && words.kind !== "vacant")) && (
            <PersonFields label={t(`subjects.rank_${change === "person" ? rank : 1}`)} person={person} set={(part) => setPerson({ ...person, ...part })} required={change === "person"} />
          )}
          {change === "place" && (
            <label class="field">
              <span>{t("subjects.zone")}</span>
              <input value={zone} required maxLength={64} autocomplete="off" spellcheck={false} onInput={({ currentTarget }) => setZone(currentTarget.value)} />
            </label>
          )}
          {change === "end" && (
            <label class="field">
              <span>{t("subjects.zone")}</span>
              <select value={zone} onChange={({ currentTarget }) => setZone(currentTarget.value)}>
                {of.zones.map((one) => <option key={one.zone} value={one.zone}>{one.zone}</option>)}
              </select>
            </label>
          )}
          {change === "merge" ? (
            <>
              <label class="field">
                <span>{t("subjects.into")}</span>
                <input value={into} required pattern="\s*[Ss]-[0-9]{6,18}\s*" placeholder="S-000123" autocomplete="off" onInput={({ currentTarget }) => setInto(currentTarget.value)} />
              </label>
              <Reason reason={reason} set={(said) => setWhen({ day, reason: said })} />
            </>
          ) : (
            <When label={t(change === "end" ? "subjects.last_day" : "subjects.from_day")} {...when} set={(part) => setWhen({ ...when, ...part })} />
          )}
          {error !== null && <Refused error={error} />}
          <div class="office-buttons"><button class="button main" disabled={busy}>{t(busy ? "subjects.saving" : "subjects.save")}</button></div>
        </form>
      )}
    </Sheet>
  );
}

/** Whose the licence or the zone is already, where somebody else's is what is in the way. */
function Refused({ error }: { error: unknown }) {
  const other = error instanceof Failure ? error.problem["subject"] : null;
  return (
    <>
      <Failed error={error} />
      {typeof other === "string" && <p class="wide"><Link href={`/subjects/${other}`}>{other}</Link></p>}
    </>
  );
}
