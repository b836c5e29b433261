/** Court: how suits went as one sentence, matters with the terms that run, one with what happened, history from a file. */
import { useEffect, useRef, useState } from "preact/hooks";
import { session } from "../api/client";
import { loadTownships, placeName, townships } from "../manager/names";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { beginMatter, fetchMatters, fetchRates, type Item, type Kind, type Rates } from "./asking";
import { Import } from "./import";
import "./litigation.css";
import { One } from "./one";

/** Every term that runs ends by it. */
const LAST_DAY = "9999-12-31";
type Choice = Item["kind"] | "running" | "all";
const KINDS = ["lawsuit", "reconsideration", "court_enforcement", "penalty"] as const;

export default function Litigation() {
  const [choice, setChoice] = useState<Choice>("running");
  const [open, setOpen] = useState<string | null>(null);
  const [sheet, setSheet] = useState<"new" | "import" | null>(null);
  const [tick, setTick] = useState(0);
  useEffect(() => void loadTownships().catch(() => undefined), []);
  const rates = useReading("litigation/rates", fetchRates, { tick });
  const done = () => {
    setOpen(null);
    setSheet(null);
    setTick(tick + 1);
  };
  // The sheet of what was begun opens once that of beginning has gone.
  const made = useRef<string | null>(null);
  const begun = () => {
    done();
    setOpen(made.current);
    made.current = null;
  };
  return (
    <>
      <h1>{rates.value ? t("litigation.answer", { said: either(rates.value.text, rates.value.text_en) }) : t("litigation.title")}</h1>
      {rates.error !== null && !rates.value && <Failed error={rates.error} again={rates.again} />}
      {rates.value && <Figures of={rates.value} />}
      <section class="office-part" aria-labelledby="litigation-matters">
        <header>
          <h2 id="litigation-matters">{t("litigation.matters")}</h2>
          {mayKeep() && (
            <div class="office-buttons">
              <button type="button" class="button" onClick={() => setSheet("import")}>{t("litigation.import")}</button>
              <button type="button" class="button main" onClick={() => setSheet("new")}>{t("litigation.new")}</button>
            </div>
          )}
        </header>
        <div class="office-choice" role="group" aria-label={t("litigation.kind")}>
          {(["running", "all"] as const).map((one) => <button key={one} type="button" aria-pressed={choice === one} onClick={() => setChoice(one)}>{t(`litigation.${one}`)}</button>)}
          {KINDS.map((one) => <button key={one} type="button" aria-pressed={choice === one} onClick={() => setChoice(one)}>{t(`litigation.kind_${one}`)}</button>)}
        </div>
        <Matters key={choice} choice={choice} tick={tick} onOpen={setOpen} />
      </section>
      {open && <Sheet title={t("litigation.one")} onClosed={done}>{() => <One id={open} keep={mayKeep()} />}</Sheet>}
      {sheet === "new" && <Sheet title={t("litigation.new")} onClosed={begun}>{(close) => <New onMade={(id) => { made.current = id; close(); }} />}</Sheet>}
      {sheet === "import" && <Sheet title={t("litigation.import")} onClosed={done}>{(close) => <Import onDone={close} />}</Sheet>}
    </>
  );
}

function mayKeep(): boolean {
  const user = session.value?.user;
  return user !== undefined && user.organisation.kind === "district" && (user.role === "reviewer" || user.role === "admin");
}

function Figures({ of }: { of: Rates }) {
  const { total } = of;
  return (
    <details class="office-part">
      <summary>{t("litigation.inputs", { penalties: total.penalties, decided: total.penalties_decided, imported: total.penalties - total.penalties_decided, reconsiderations: total.reconsiderations, lawsuits: total.lawsuits, lost: total.lawsuits_lost, open: total.lawsuits_open })}</summary>
      <div class="office-scroll" tabIndex={0} role="group" aria-label={t("litigation.by_body")}>
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t("litigation.body")}</th><th scope="col">{t("litigation.penalties")}</th><th scope="col">{t("litigation.decided")}</th><th scope="col">{t("litigation.kind_reconsideration")}</th>
              <th scope="col">{t("litigation.lawsuits")}</th><th scope="col">{t("litigation.lost")}</th><th scope="col">{t("litigation.lost_share")}</th>
            </tr>
          </thead>
          <tbody>
            {of.townships.map((one) => (
              <tr key={one.code}>
                <th scope="row">{one.name}</th><td>{one.penalties}</td><td>{one.penalties_decided}</td><td>{one.reconsiderations}</td><td>{one.lawsuits}</td><td>{one.lawsuits_lost}</td>
                <td>{one.lost_share === null ? "–" : `${Math.round(1000 * one.lost_share) / 10}%`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Matters({ choice, tick, onOpen }: { choice: Choice; tick: number; onOpen: (id: string) => void }) {
  const [older, setOlder] = useState<Item[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  const wanted = choice === "running" ? { due_by: LAST_DAY } : choice === "all" ? {} : { kind: choice };
  const read = useReading(`litigation/${choice}`, () => fetchMatters(wanted), { tick });
  const items = [...(read.value?.items ?? []), ...older];
  const cursor = next === undefined ? read.value?.next : next;
  const load = async () => {
    const page = await fetchMatters(wanted, cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  if (!read.value) return read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />;
  if (items.length === 0) return <p class="office-empty">{t(choice === "running" ? "litigation.none_running" : "litigation.none")}</p>;
  return (
    <>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="litigation-matters">
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t("litigation.reference")}</th><th scope="col" class="words">{t("litigation.kind")}</th><th scope="col" class="words">{t("litigation.body")}</th>
              <th scope="col" class="words">{t("litigation.stands")}</th><th scope="col">{t("litigation.on")}</th><th scope="col">{t("litigation.next_due")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <th scope="row"><button type="button" class="plain" onClick={() => onOpen(one.id)}>{one.reference}</button></th>
                <td class="words">{t(`litigation.kind_${one.kind}`)}</td><td class="words">{one.body.name}</td><td class="words">{standing(one)}</td>
                <td>{one.on ?? "–"}</td><td><Due on={one.next_due_on} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("litigation.older")}</button>}
    </>
  );
}

export function standing({ state, outcome }: Pick<Item, "state" | "outcome">): string {
  if (outcome) return t(`litigation.outcome_${outcome}`);
  return state ? t(`litigation.step_${state}`) : t("litigation.begun");
}

export function Due({ on }: { on: string | null }) {
  if (on === null) return <>–</>;
  return on < today() ? <em class="office-bad">{t("litigation.overdue", { on })}</em> : <>{on}</>;
}

function New({ onMade }: { onMade: (id: string) => void }) {
  const [kind, setKind] = useState<Kind>("lawsuit");
  const [reference, setReference] = useState("");
  const [number, setNumber] = useState("");
  const [township, setTownship] = useState("");
  // Pressed again after an answer that was lost: the same matter.
  const [id] = useState(() => crypto.randomUUID());
  const doing = useDoing();
  const make = async () => {
    const place = number.trim() ? { case: number.trim() } : { township };
    await beginMatter(id, { kind, reference: reference.trim(), ...place } as Parameters<typeof beginMatter>[1]);
    onMade(id);
  };
  return (
    <form class="office-form" onSubmit={(event) => { event.preventDefault(); void doing.run(make); }}>
      <label class="field"><span>{t("litigation.kind")}</span>
        <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value as Kind)}>
          {KINDS.filter((one) => one !== "penalty").map((one) => <option key={one} value={one}>{t(`litigation.kind_${one}`)}</option>)}
        </select>
      </label>
      <label class="field"><span>{t("litigation.reference")}</span><input required maxLength={100} value={reference} onInput={({ currentTarget }) => setReference(currentTarget.value)} /></label>
      <label class="field"><span>{t("litigation.case")}</span><input maxLength={64} value={number} onInput={({ currentTarget }) => setNumber(currentTarget.value)} /></label>
      <label class="field"><span>{t("litigation.township")}</span>
        <select required={!number.trim()} disabled={Boolean(number.trim())} value={township} onChange={({ currentTarget }) => setTownship(currentTarget.value)}>
          <option value="">{t("litigation.choose")}</option>
          {[...townships.value].map(([code]) => <option key={code} value={code}>{placeName(code)}</option>)}
        </select>
      </label>
      {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
      <div class="office-buttons"><button class="button main" disabled={doing.busy}>{t("litigation.begin")}</button></div>
    </form>
  );
}
