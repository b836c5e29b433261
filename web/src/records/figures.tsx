/** What the records of a form come to: a ranking, sub-scores by town, and which round was missed where. */
import { Link } from "wouter-preact";
import { answer, api, fetched } from "../api/client";
import { placeName } from "../manager/names";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { type Reading, useReading } from "../ui/reading";
import { save } from "../ui/saving";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { type Form, nameOf } from "./forms";
import { change, periods, query } from "./view";

function Period() {
  const { period } = query.value;
  const known = periods();
  return (
    <label class="field"><span>{t("records.period")}</span>
      <select value={period} onChange={({ currentTarget }) => change({ period: currentTarget.value })}>
        {(known.includes(period) ? known : [period, ...known]).map((one) => <option key={one} value={one}>{one}</option>)}
      </select>
    </label>
  );
}

function State({ read, empty }: { read: Reading<{ items: unknown[] }>; empty: string }) {
  if (read.error !== null && !read.value) return <Failed error={read.error} again={read.again} />;
  if (!read.value) return <Waiting shape="rows" />;
  return read.value.items.length === 0 ? <p class="office-empty">{empty}</p> : null;
}

export function Ranking({ form }: { form: Form }) {
  const { period } = query.value;
  const read = useReading(`ranking/${form.code}/${period}`, () => answer(api.GET("/api/v1/records/ranking", { params: { query: { form: form.code, period } } })));
  const told = read.value;
  return (
    <section class="office-part" aria-labelledby="records-ranking">
      <header><h2 id="records-ranking">{t("records.view_ranking")}</h2></header>
      <div class="office-filters"><Period /></div>
      <State read={read} empty={t("records.none")} />
      {told && told.flagged_mean !== null && <p class="records-sentence">{t("records.compared", { flagged: told.flagged_mean, others: told.other_mean ?? "—" })}</p>}
      {told && told.items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="records-ranking">
          <table class="office-table numbers">
            <thead><tr><th scope="col">{t("records.about")}</th><th scope="col">{t("records.rank")}</th><th scope="col">{t("records.score")}</th><th scope="col">{t("records.count")}</th><th scope="col" class="words">{t("records.township")}</th></tr></thead>
            <tbody>
              {told.items.map((one) => (
                <tr key={`${one.code}/${one.township}`}>
                  <th scope="row">{one.name}{one.flagged && <em class="records-mark good">{t("records.model")}</em>}</th>
                  <td>{one.rank ?? "—"}</td><td>{one.score ?? "—"}</td>
                  <td>{one.records.map((id, place) => <Link key={id} class="records-way" href={`/records/${id}`} aria-label={t("records.record_n", { n: place + 1 })}>{place + 1}</Link>)}</td>
                  <td class="words">{one.township && placeName(one.township)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

export function Heads({ form }: { form: Form }) {
  const { period } = query.value;
  const read = useReading(`heads/${form.code}/${period}`, () => answer(api.GET("/api/v1/records/heads", { params: { query: { form: form.code, period } } })));
  const filing = useDoing();
  const download = () =>
    filing.run(async () => {
      const response = await fetched(`/api/v1/records/heads.xlsx?${new URLSearchParams({ form: form.code, period })}`);
      save(await response.blob(), `${form.code}-${period}.xlsx`);
    });
  return (
    <section class="office-part" aria-labelledby="records-heads">
      <header>
        <h2 id="records-heads">{t("records.view_heads")}</h2>
        <button type="button" class="plain" disabled={filing.busy} onClick={() => void download()}>XLSX</button>
      </header>
      <div class="office-filters"><Period /></div>
      {filing.error !== null && <Failed error={filing.error} />}
      <State read={read} empty={t("records.none")} />
      {read.value && read.value.items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="records-heads">
          <table class="office-table numbers">
            <thead><tr><th scope="col">{t("records.about")}</th>{form.heads.map((head) => <th key={head.code} scope="col">{nameOf(head)}</th>)}<th scope="col">{t("records.score")}</th><th scope="col">{t("records.evidence")}</th></tr></thead>
            <tbody>
              {read.value.items.map((one) => (
                <tr key={one.code}>
                  <th scope="row">{one.name}</th>
                  {one.heads.map((head) => <td key={head.code}>{head.score ?? "—"}</td>)}
                  <td><strong>{one.score ?? "—"}</strong></td>
                  <td>{one.records.map((id, place) => <Link key={id} class="records-way" href={`/records/${id}`} aria-label={t("records.record_n", { n: place + 1 })}>{place + 1}</Link>)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const ROWS_SHOWN = 200;

export function Round({ form }: { form: Form }) {
  const { to: on } = query.value;
  const read = useReading(`missed/${form.code}/${on}`, () => answer(api.GET("/api/v1/records/missed", { params: { query: { form: form.code, on } } })));
  const told = read.value;
  const order = { missed: 0, due: 1, done: 2 };
  const items = [...(told?.items ?? [])].sort((a, b) => order[a.state] - order[b.state]);
  return (
    <section class="office-part" aria-labelledby="records-round">
      <header><h2 id="records-round">{t("records.view_round")}</h2></header>
      <div class="office-filters">
        <label class="field"><span>{t("records.on")}</span><input type="date" required value={on} max={today()} onInput={({ currentTarget }) => currentTarget.value && change({ to: currentTarget.value }, "replace")} /></label>
      </div>
      <State read={read} empty={t("records.no_zones")} />
      {told && <p class="records-sentence">{t("records.round_stands", { done: told.done, due: told.due, missed: told.missed, when: exact(told.due_at) })}</p>}
      {items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="records-round">
          <table class="office-table numbers">
            <thead><tr><th scope="col">{t("records.about")}</th><th scope="col" class="words">{t("records.state")}</th><th scope="col" class="words">{t("records.township")}</th><th scope="col">{t("records.at")}</th></tr></thead>
            <tbody>
              {items.slice(0, ROWS_SHOWN).map((one) => (
                <tr key={one.code}>
                  <th scope="row">{one.name}</th>
                  <td class="words">{one.state === "missed" ? <em class="office-bad">{t("records.state_missed")}</em> : t(`records.state_${one.state}`)}</td>
                  <td class="words">{one.township && placeName(one.township)}</td>
                  <td>{one.record && one.at ? <Link href={`/records/${one.record}`}>{exact(one.at)}</Link> : "—"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
