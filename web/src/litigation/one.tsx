/** One matter: terms that run, what happened, documents that are there, and the next thing written down. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { Attached } from "../ui/attached";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { type Entry, fetchMatter, type Matter, write } from "./asking";

const STEPS = ["served", "urged", "filed", "accepted", "refused", "answered", "hearing", "document", "ended"] as const;
const OUTCOMES = { court_enforcement: ["granted", "denied", "withdrawn"], lawsuit: ["upheld", "lost", "withdrawn", "settled"], reconsideration: ["upheld", "lost", "withdrawn", "settled"], penalty: [] } as const;

export function One({ id, keep }: { id: string; keep: boolean }) {
  const [tick, setTick] = useState(0);
  const read = useReading(`litigation/one/${id}`, () => fetchMatter(id), { tick });
  const one = read.value;
  if (!one) return read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />;
  return (
    <>
      <dl class="office-facts">
        <dt>{t("litigation.reference")}</dt><dd>{one.reference}</dd>
        <dt>{t("litigation.kind")}</dt><dd>{t(`litigation.kind_${one.kind}`)}</dd>
        <dt>{t("litigation.body")}</dt><dd>{one.body.name}</dd>
        {one.case && <><dt>{t("litigation.case")}</dt><dd>{one.case}</dd></>}
        {one.source && <><dt>{t("litigation.source")}</dt><dd>{one.source}</dd></>}
      </dl>
      {one.clocks.length > 0 && <Clocks of={one} />}
      {one.documents.length > 0 && (
        <section aria-labelledby="litigation-papers">
          <h3 id="litigation-papers">{t("litigation.documents", { n: one.documents.filter((paper) => paper.there).length, of: one.documents.length })}</h3>
          <ul class="litigation-papers">{one.documents.map((paper) => <li key={paper.code} class={paper.there ? "there" : ""}><span aria-hidden="true">{paper.there ? "✓" : "○"}</span> {paper.name} <span class="unseen">{t(paper.there ? "litigation.there" : "litigation.missing")}</span></li>)}</ul>
        </section>
      )}
      <section aria-labelledby="litigation-entries">
        <h3 id="litigation-entries">{t("litigation.entries")}</h3>
        {one.entries.length === 0 && <p class="quiet">{t("litigation.no_entries")}</p>}
        <ol class="litigation-entries">
          {one.entries.map((entry) => (
            <li key={entry.id}><time dateTime={entry.on}>{entry.on}</time> <b>{entry.outcome ? t(`litigation.outcome_${entry.outcome}`) : t(`litigation.step_${entry.kind}`)}</b> {entry.document && nameOf(one, entry.document)} {entry.note} <span class="quiet">{entry.recorded_by}{entry.ledger_seq !== null && <> · {t("enforcing.entry", { n: entry.ledger_seq })}</>}</span>{entry.attachment && <Attached digests={[entry.attachment]} />}</li>
          ))}
        </ol>
      </section>
      {keep && one.kind !== "penalty" && <Add key={one.entries.length} to={one} onAdded={() => setTick(tick + 1)} />}
    </>
  );
}

const nameOf = (one: Matter, code: string) => one.documents.find((paper) => paper.code === code)?.name ?? code;

function Clocks({ of }: { of: Matter }) {
  return (
    <section aria-labelledby="litigation-clocks">
      <h3 id="litigation-clocks">{t("litigation.clocks")}</h3>
      <ul class="litigation-clocks">
        {of.clocks.map((clock) => (
          <li key={clock.code} class={clock.state}>
            <b>{clock.name}</b> <span>{t(`litigation.clock_${clock.state}`, { due: clock.due_on, n: Math.abs(clock.days_left ?? 0), warn: clock.warn_on })}</span>
            <p class="quiet">{clock.legal_basis}{clock.sample && ` · ${t("litigation.sample")}`}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Add({ to, onAdded }: { to: Matter; onAdded: () => void }) {
  const ended = to.entries.some((entry) => entry.kind === "ended");
  const [kind, setKind] = useState<Entry["kind"]>(ended ? "document" : "accepted");
  const [on, setOn] = useState(today());
  const [outcome, setOutcome] = useState("");
  const [paper, setPaper] = useState("");
  const [note, setNote] = useState("");
  const file = useAttaching(1);
  const [id] = useState(() => crypto.randomUUID());
  const doing = useDoing();
  const add = async () => {
    const more = { ...(kind === "ended" && { outcome }), ...(kind === "document" && { document: paper }), ...(note.trim() && { note }), attachment: file.digests[0] ?? null };
    await write(to.id, id, { kind, on, ...more } as Entry);
    onAdded();
  };
  return (
    <form class="office-form office-box" onSubmit={(event) => { event.preventDefault(); void doing.run(add); }}>
      <label class="field"><span>{t("litigation.what")}</span>
        <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value as Entry["kind"])}>
          {STEPS.filter((step) => !ended || step === "document").map((step) => <option key={step} value={step}>{t(`litigation.step_${step}`)}</option>)}
        </select>
      </label>
      <label class="field"><span>{t("litigation.on")}</span><input type="date" required max={today()} value={on} onInput={({ currentTarget }) => setOn(currentTarget.value)} /></label>
      {kind === "ended" && (
        <label class="field"><span>{t("litigation.outcome")}</span>
          <select required value={outcome} onChange={({ currentTarget }) => setOutcome(currentTarget.value)}>
            <option value="">{t("litigation.choose")}</option>
            {OUTCOMES[to.kind].map((one) => <option key={one} value={one}>{t(`litigation.outcome_${one}`)}</option>)}
          </select>
        </label>
      )}
      {kind === "document" && (
        <label class="field"><span>{t("litigation.document")}</span>
          <input required maxLength={64} list="litigation-known" value={paper} onInput={({ currentTarget }) => setPaper(currentTarget.value)} />
          <datalist id="litigation-known">{to.documents.map(({ code, name }) => <option key={code} value={code}>{name}</option>)}</datalist>
        </label>
      )}
      <label class="field wide"><span>{t("litigation.note")}</span><input maxLength={2000} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} /></label>
      <Attach of={file} />
      {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
      <div class="office-buttons"><button class="button main" disabled={doing.busy || file.waiting}>{t("litigation.add")}</button></div>
    </form>
  );
}
