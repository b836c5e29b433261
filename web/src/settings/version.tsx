/** One version: activated, taken back or made anew; what it would mean; its rows, and what is other than before. */
import { useState } from "preact/hooks";
import { Failure } from "../api/client";
import { useDoing } from "../office/doing";
import { initials } from "../officer/categories";
import { moved, today } from "../ui/days";
import { Failed, sentence } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { maybe, t } from "../words";
import { activate, type Content, type Kind, mayKeep, type Row, upload, type Version, withdraw } from "./kinds";
import { Faults } from "./faults";
import { activationOf, columnOf } from "./naming";
import { Trial } from "./trials";
import { cellWords, spoken } from "./words";

const ROWS = 200;
const SHORT = 14;
/** Fewer rows are seen at a glance. */
const SEARCHED = 10;

interface Shown {
  kind: Kind;
  one: Version;
  before: Version | undefined;
  done: (id?: unknown) => void;
}

export function OneVersion({ kind, one, before, done }: Shown) {
  const own = useReading(`settings/${kind.name}/${one.id}`, () => kind.content(one), { seen: false });
  const old = useReading(before ? `settings/${kind.name}/${before.id}` : null, () => kind.content(before!), { seen: false });
  return (
    <>
      {mayKeep(kind) && <Acts kind={kind} one={one} content={own.value} done={done} />}
      {mayKeep(kind) && (one.state === "draft" || one.state === "coming") && <Trial kind={kind} one={one} />}
      {own.error !== null && !own.value && <Failed error={own.error} again={own.again} />}
      {!own.value && own.error === null && <Waiting shape="rows" />}
      {own.value && (
        <>
          {before && old.value && <Difference kind={kind} before={before} rows={own.value.rows} old={old.value.rows} />}
          <Rows kind={kind} one={one} rows={own.value.rows} />
        </>
      )}
    </>
  );
}

function Acts({ kind, one, content, done }: { kind: Kind; one: Version; content: Content | null; done: (id?: unknown) => void }) {
  const [day, setDay] = useState(moved(today(), 1));
  const doing = useDoing();
  const refused = doing.error instanceof Failure && Array.isArray(doing.error.problem["errors"]) ? doing.error : null;
  const run = (ask: () => Promise<Record<string, unknown>>) => void doing.run(async () => done((await ask())["id"]));
  const canAnew = content?.again && (one.state === "past" || one.state === "withdrawn");
  if (!kind.drafts && !canAnew) return null;
  return (
    <section class="office-part" aria-label={t("settings.acts", { name: spoken(one.name) })}>
      {one.state === "draft" && (
        <form class="office-form office-box" onSubmit={(event) => { event.preventDefault(); run(() => activate(kind, one.id, day)); }}>
          <label class="field"><span>{t("settings.first_day")}</span><input type="date" required value={day} onInput={({ currentTarget }) => setDay(currentTarget.value)} /></label>
          <div class="office-buttons"><button class="button main" disabled={doing.busy}>{t("settings.activate")}</button></div>
          <p class="wide quiet">{activationOf(kind)}</p>
        </form>
      )}
      {one.state === "coming" && kind.drafts && (
        <div class="office-buttons">
          <button type="button" class="button grave" disabled={doing.busy} onClick={() => run(() => withdraw(kind, one.id))}>{t("settings.withdraw")}</button>
          <span class="quiet">{t("settings.withdraw_means")}</span>
        </div>
      )}
      {canAnew && (
        <div class="office-buttons">
          <button type="button" class="button" disabled={doing.busy} onClick={() => run(() => upload(kind, JSON.stringify(content.again), false, {}))}>{t("settings.anew")}</button>
          <span class="quiet">{t(kind.drafts ? "settings.anew_means" : "settings.anew_means_at_once")}</span>
        </div>
      )}
      {refused ? <Faults failure={refused} csv={false} /> : doing.error !== null && <p class="notice bad" role="alert">{why(doing.error)}</p>}
    </section>
  );
}

/** Why a day or an act was refused, with the reason where the server names one. */
function why(error: unknown): string {
  const reason = error instanceof Failure ? maybe(`settings.reason_${String(error.problem["reason"])}`) : null;
  return reason ?? sentence(error);
}

function useShown<T>(rows: readonly T[]): [T[], () => void, number] {
  const [count, setCount] = useState(ROWS);
  return [rows.slice(0, count), () => setCount(count + ROWS), rows.length - count];
}

export function columnsOf(kind: Kind, rows: readonly Row[]): string[] {
  return kind.columns.filter((column) => rows.some((row) => row.cells[column]));
}

function Rows({ kind, one, rows }: { kind: Kind; one: Version; rows: Row[] }) {
  const [words, setWords] = useState("");
  const columns = columnsOf(kind, rows);
  const wanted = words.trim().toLowerCase();
  const found = wanted ? rows.filter(({ cells }) => columns.some((column) => [cells[column]!.toLowerCase(), initials(cells[column]!)].some((said) => said.includes(wanted)))) : rows;
  const [shown, more, left] = useShown(found);
  return (
    <section class="office-part" aria-labelledby="settings-rows">
      <header><h2 id="settings-rows">{t("settings.content", { name: spoken(one.name), n: rows.length })}</h2></header>
      {rows.length > SEARCHED && (
        <label class="field settings-search"><span>{t("settings.search")}</span><input type="search" value={words} onInput={({ currentTarget }) => setWords(currentTarget.value)} /></label>
      )}
      {found.length === 0 && <p class="office-empty">{t("settings.none_found")}</p>}
      <div class="office-scroll settings-rows" tabIndex={0} role="group" aria-labelledby="settings-rows">
        <table class="office-table">
          <thead><tr>{columns.map((column) => <th key={column} scope="col" class="words">{columnOf(kind, column)}</th>)}</tr></thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.key}>
                {columns.map((column, place) => (place === 0 ? <th key={column} scope="row">{cellWords(column, row.cells[column]!)}</th> : <Cell key={column} said={cellWords(column, row.cells[column]!)} />))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && <button type="button" class="plain" onClick={more}>{t("settings.more_rows", { n: left })}</button>}
    </section>
  );
}

/** What is short stays on one line. */
function Cell({ said }: { said: string }) {
  return <td class={said.length > SHORT ? "words long" : "words"}>{said}</td>;
}

interface Changed {
  key: string;
  how: "added" | "gone" | "changed";
  said: { column: string; before: string; after: string }[];
}

export function compare(columns: readonly string[], old: readonly Row[], rows: readonly Row[]): Changed[] {
  const was = new Map(old.map((row) => [row.key, row]));
  const is = new Map(rows.map((row) => [row.key, row]));
  const cells = (from: Row | undefined, to: Row | undefined) =>
    columns.flatMap((column) => {
      const [before, after] = [from?.cells[column] ?? "", to?.cells[column] ?? ""];
      return before === after ? [] : [{ column, before, after }];
    });
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key): Changed[] => {
    const [from, to] = [was.get(key), is.get(key)];
    const said = cells(from, to);
    return said.length ? [{ key, how: !from ? "added" : !to ? "gone" : "changed", said }] : [];
  });
}

function Difference({ kind, before, rows, old }: { kind: Kind; before: Version; rows: Row[]; old: Row[] }) {
  const changes = compare(kind.columns, old, rows);
  const [shown, more, left] = useShown(changes);
  return (
    <section class="office-part" aria-labelledby="settings-difference">
      <header><h2 id="settings-difference">{changes.length ? t("settings.differs", { name: spoken(before.name), n: changes.length }) : t("settings.same_as", { name: spoken(before.name) })}</h2></header>
      {changes.length > 0 && (
        <ul class="settings-changes">
          {shown.map(({ key, how, said }) => (
            <li key={key} class={how}>
              <strong>{t(`settings.change_${how}`)} {key}</strong>
              <ul>
                {said.map(({ column, before: was, after }) => (
                  <li key={column}>
                    <span class="quiet">{columnOf(kind, column)}</span> {was && <del>{cellWords(column, was)}</del>} {after && <ins>{cellWords(column, after)}</ins>}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
      {left > 0 && <button type="button" class="plain" onClick={more}>{t("settings.more_rows", { n: left })}</button>}
    </section>
  );
}
