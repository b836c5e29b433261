/** Indicators: the answer as a sentence, the groups it is made of, what is behind each number, and files of it all. */
import { useEffect } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import { Failure } from "../api/client";
import { loadNames } from "../cases";
import { loadTownships } from "../manager/names";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, type Key, t } from "../words";
import { Answer } from "./answer";
import { fetchBefore, fetchFigures } from "./asking";
import { Behind } from "./behind";
import { Charts } from "./charts";
import { Files } from "./files";
import { Filters } from "./filters";
import { Formulas } from "./formulas";
import "./indicators.css";
import { Groups } from "./groups";
import { MeansPage } from "./means";
import { amiss, beforeOf, DAYS_MAX, daysOf, type Measure, MEASURES, query, readAddress, sameOn } from "./query";
import { ScorecardsPage } from "./scorecards";

const PAGES = ["/indicators", "/indicators/means", "/indicators/scorecards"] as const;

export default function Indicators() {
  const [at] = useLocation();
  useEffect(readAddress, [at]);
  useEffect(() => {
    loadNames();
    void loadTownships().catch(() => undefined);
  }, []);
  return (
    <>
      <nav class="indicators-pages" aria-label={t("indicators.pages")}>
        {PAGES.map((path) => (
          <Link key={path} class="office-tab" href={sameOn(path, query.value)} aria-current={at === path ? "page" : undefined}>{t(`indicators.page_${path.split("/")[2] ?? "figures"}` as Key)}</Link>
        ))}
      </nav>
      <Switch>
        <Route path="/indicators/means"><MeansPage /></Route>
        <Route path="/indicators/scorecards"><ScorecardsPage /></Route>
        <Route><FiguresPage /></Route>
      </Switch>
    </>
  );
}

function FiguresPage() {
  const of = query.value;
  const days = daysOf(of);
  const wrong = amiss(days);
  const earlier = beforeOf(of, days);
  const key = (span: unknown) => `indicators/${JSON.stringify([span, of.township, of.category, of.by])}`;
  const read = useReading(wrong ? null : key(days), () => fetchFigures(of, days));
  const before = useReading(wrong || amiss(earlier) ? null : key(earlier), () => fetchBefore(of, earlier), { seen: false });
  const figures = read.value;
  const shown = figures && !wrong;
  const against = before.stale ? null : before.value;
  return (
    <>
      {!shown && <h1 class="unseen">{t("office.indicators")}</h1>}
      {wrong && <p class="notice bad" role="alert">{t(`indicators.wrong_${wrong}`, { n: DAYS_MAX })}</p>}
      {!wrong && !figures && read.error === null && <Waiting shape="rows" rows={2} />}
      {!wrong && read.error !== null && !figures && (unformulated(read.error) ? <p class="notice">{t("indicators.no_formulas")}</p> : <Failed error={read.error} again={read.again} />)}
      {shown && read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      {shown && <Answer figures={figures} before={against} stale={read.stale} />}
      <Filters />
      {shown && (
        <div class={`indicators-body ${read.stale ? "stale" : ""}`}>
          {MEASURES.includes(of.show as Measure) && <Behind />}
          <Groups figures={figures} before={against} />
          <Charts figures={figures} before={against} />
          <Formulas figures={figures} before={against} />
          <Files />
        </div>
      )}
    </>
  );
}

function unformulated(error: unknown): boolean {
  return error instanceof Failure && error.status === 404;
}
