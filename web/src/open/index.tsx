/** Anybody's page, without signing in: figures of a month by township, public decisions, ratings of shops and how to appeal, law. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, language, speak, t } from "../words";
import "../words/office";
import "../office/office.css";
import { Laws } from "./laws";
import "./open.css";
import { Ratings } from "./ratings";

type Township = Schema<"OpenTownship">;
type Decision = Schema<"OpenDecision">;
const MONTHS = 12;
const PARTS = ["figures", "decisions", "ratings", "appeals", "laws"] as const;

export default function OpenPage() {
  const months = lastMonths();
  const [month, setMonth] = useState(months[0]!);
  useEffect(() => {
    document.title = `${t("open.title")} · ${t("app.name")}`;
  }, [language.value]);
  return (
    <main class="office open">
      <header class="open-top">
        <p class="office-brand"><img src="/app/icon.svg" alt="" width="24" height="24" /><span>{t("app.name")}</span></p>
        <button type="button" class="plain" onClick={() => speak(language.value === "en" ? "zh-CN" : "en")}>{t("language.other")}</button>
      </header>
      <div>
        <h1>{t("open.title")}</h1>
        <p class="quiet">{t("open.about")}</p>
        <nav class="open-parts" aria-label={t("open.parts")}>{PARTS.map((one) => <a key={one} href={`#open-${one}`}>{t(`open.${one}`)}</a>)}</nav>
      </div>
      <section class="office-part" aria-labelledby="open-figures">
        <header>
          <h2 id="open-figures">{t("open.figures")}</h2>
          <label class="open-month"><span>{t("open.month")}</span>
            <select value={month} onChange={({ currentTarget }) => setMonth(currentTarget.value)}>
              {months.map((one) => <option key={one} value={one}>{one}</option>)}
            </select>
          </label>
        </header>
        <Figures month={month} />
      </section>
      <Decisions />
      <Ratings />
      <Laws />
    </main>
  );
}

function lastMonths(): string[] {
  const found: string[] = [];
  for (let day = `${today().slice(0, 7)}-01`; found.length < MONTHS; day = `${moved(day, -1).slice(0, 7)}-01`) found.push(day.slice(0, 7));
  return found;
}

function Figures({ month }: { month: string }) {
  const read = useReading(`open/${month}`, () => answer(api.GET("/api/v1/open/statistics", { params: { query: { month } } })));
  const told = read.value;
  if (!told) return read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />;
  const sum = (of: "registered" | "due" | "closed" | "closed_on_time") => told.townships.reduce((all, one) => all + one[of], 0);
  const due = sum("due");
  return (
    <div class={`open-figures ${read.stale ? "stale" : ""}`}>
      <p class="open-answer">{t(due ? "open.answer" : "open.answer_none", { month: told.month, registered: sum("registered"), due, closed: sum("closed"), share: percent(due ? sum("closed_on_time") / due : null) })}</p>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="open-figures">
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t("open.township")}</th><th scope="col">{t("open.on_time_share")}</th><th scope="col">{t("open.satisfied")}</th>
              <th scope="col">{t("open.registered")}</th><th scope="col">{t("open.due")}</th><th scope="col">{t("open.closed")}</th><th scope="col">{t("open.on_time")}</th>
            </tr>
          </thead>
          <tbody>{told.townships.map((one) => <Line key={one.code} of={one} least={told.answers_min} />)}</tbody>
        </table>
      </div>
      <p class="quiet">{t("open.counted", { n: told.answers_min })}</p>
    </div>
  );
}

function Line({ of, least }: { of: Township; least: number }) {
  return (
    <tr>
      <th scope="row">{of.name}</th>
      <td>
        <span class="open-share">
          <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="8" /><rect class="part" width={100 * (of.on_time_share ?? 0)} height="8" /></svg>
          <span>{percent(of.on_time_share)}</span>
        </span>
      </td>
      <td>{of.satisfied_share === null ? <span title={t("open.few", { n: least })}>–</span> : t("open.satisfied_of", { share: percent(of.satisfied_share), n: of.answers ?? 0 })}</td>
      <td>{of.registered}</td><td>{of.due}</td><td>{of.closed}</td><td>{of.closed_on_time}</td>
    </tr>
  );
}

export function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1).replace(/\.0$/, "")}%`;
}

function Decisions() {
  const [older, setOlder] = useState<Decision[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const [error, setError] = useState<unknown>(null);
  const ask = (cursor?: string) => answer(api.GET("/api/v1/open/decisions", { params: { query: { limit: 20, ...(cursor ? { cursor } : {}) } } }));
  const read = useReading("open/decisions", () => ask());
  const cursor = next === undefined ? read.value?.next : next;
  const items = [...(read.value?.items ?? []), ...older];
  const more = async () => {
    setError(null);
    try {
      const page = await ask(cursor!);
      setOlder([...older, ...page.items]);
      setNext(page.next);
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <section class="office-part" aria-labelledby="open-decisions">
      <header><h2 id="open-decisions">{t("open.decisions")}</h2></header>
      {!read.value && (read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />)}
      {read.value && items.length === 0 && <p class="office-empty">{t("open.no_decisions")}</p>}
      <ul class="open-list">
        {items.map((one) => (
          <li key={one.id}>
            <p>{either(one.text, one.text_en)}</p>
            <p class="quiet">{t("open.published_on", { on: one.published_on })}</p>
            {one.photos.length > 0 && (
              <div class="open-photos">{one.photos.map((photo, n) => <img key={photo} src={photo} loading="lazy" alt={t("open.photo", { n: n + 1 })} />)}</div>
            )}
          </li>
        ))}
      </ul>
      {error !== null && <Failed error={error} />}
      {cursor && <button type="button" class="plain" onClick={() => void more()}>{t("open.more")}</button>}
    </section>
  );
}
