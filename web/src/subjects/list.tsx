/** The register: searched and narrowed by the address, growing page by page. */
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { townships } from "../manager/names";
import { useGrowing } from "../people/more";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { fetchSubjects, type Item } from "./asking";
import { keeps, kindName, tradeName, useTrades } from "./known";
import { NewSubject } from "./making";
import { change, KINDS, query, type Query, STATES, YES_NO } from "./query";

export function Register() {
  const [, go] = useLocation();
  const of = query.value;
  const [making, setMaking] = useState(false);
  const read = useGrowing(`subjects/${JSON.stringify(of)}`, (cursor) => fetchSubjects(query.peek(), cursor));
  const trades = useTrades();
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="subjects-register">
      <header>
        <h2 id="subjects-register">{t("subjects.register")}</h2>
        {keeps() && <button type="button" class="button main" onClick={() => setMaking(true)}>{t("subjects.new")}</button>}
      </header>
      <Filters trades={trades} />
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.items && read.error === null && <Waiting what={t("subjects.loading")} shape="rows" />}
      {read.items?.length === 0 && <p class="office-empty">{t("subjects.none")}</p>}
      {read.items && read.items.length > 0 && <Table rows={read.items} trades={trades} />}
      {read.fetching.error !== null && <Failed error={read.fetching.error} />}
      {read.more && <button type="button" class="plain" disabled={read.fetching.busy} onClick={read.more}>{t("subjects.more")}</button>}
      {making && <NewSubject trades={trades} onMade={({ code }) => go(`/subjects/${code}`)} onClosed={() => setMaking(false)} />}
    </section>
  );
}

function Filters({ trades }: { trades: ReadonlyMap<string, string> }) {
  const of = query.value;
  const places = [...townships.value].filter(([code]) => code.length > 6);
  return (
    <form class="office-filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        <span>{t("subjects.search")}</span>
        <input type="search" value={of.q} maxLength={100} onInput={({ currentTarget }) => change({ q: currentTarget.value }, "replace")} />
      </label>
      {places.length > 1 && <Choice label={t("subjects.township")} value={of.township} options={places} set={(township) => change({ township })} />}
      <Choice label={t("subjects.kind")} value={of.kind} options={KINDS.map((kind) => [kind, kindName(kind)])} set={(kind) => change({ kind: kind as Query["kind"] })} />
      <Choice label={t("subjects.letter")} value={of.signed} options={YES_NO.map((one) => [one, t(`subjects.letter_${one}`)])} set={(signed) => change({ signed: signed as Query["signed"] })} />
      <Choice label={t("subjects.answerable")} value={of.responsible} options={YES_NO.map((one) => [one, t(`subjects.answerable_${one}`)])} set={(responsible) => change({ responsible: responsible as Query["responsible"] })} />
      <Choice label={t("subjects.trade")} value={of.trade} options={[...trades]} set={(trade) => change({ trade })} />
      <label class="field">
        <span>{t("subjects.state")}</span>
        <select value={of.state} onChange={({ currentTarget }) => change({ state: currentTarget.value as Query["state"] })}>
          {STATES.map((state) => <option key={state} value={state}>{t(`subjects.state_${state}`)}</option>)}
        </select>
      </label>
      {of.zone && <button type="button" class="office-chip" onClick={() => change({ zone: "" })}>{of.zone} <span aria-hidden="true">✕</span><span class="unseen">{t("subjects.any")}</span></button>}
    </form>
  );
}

function Choice({ label, value, options, set }: { label: string; value: string; options: [string, string][]; set: (value: string) => void }) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => set(currentTarget.value)}>
        <option value="">{t("subjects.any")}</option>
        {options.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
      </select>
    </label>
  );
}

function Table({ rows, trades }: { rows: Item[]; trades: ReadonlyMap<string, string> }) {
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-label={t("subjects.register")}>
      <table class="office-table">
        <thead>
          <tr>
            <th scope="col">{t("subjects.name")}</th>
            <th scope="col" class="words">{t("subjects.kind")}</th>
            <th scope="col" class="words">{t("subjects.trade")}</th>
            <th scope="col" class="words">{t("subjects.answers")}</th>
            <th scope="col" class="words">{t("subjects.zones")}</th>
            <th scope="col" class="words">{t("subjects.township")}</th>
            <th scope="col" class="words">{t("subjects.state")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.code}>
              <th scope="row">
                <Link class="subjects-name" href={`/subjects/${one.code}`}>{one.name}</Link>
                <span class="quiet numbers subjects-code">{one.code}</span>
              </th>
              <td class="words">{kindName(one.kind)}</td>
              <td class="words">{tradeName(one.trade, trades)}</td>
              <td class="words">{one.responsible?.name ?? "–"}{one.responsible?.capacity && <span class="quiet"> {one.responsible.capacity}</span>}</td>
              <td class="words numbers">{one.zones.map(({ zone }) => zone).join(" ") || "–"}</td>
              <td class="words">{one.township_name ?? "–"}</td>
              <td class="words">{t(`subjects.state_${one.state}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
