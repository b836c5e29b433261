/** Townships ranked by a scorecard, each with what it was counted from; rankings that were kept; handovers. */
import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { Failure, session } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, type Key, maybe, t } from "../words";
import { fetchCards, fetchHandovers, fetchRanking, fetchRun, fetchRuns, type Handovers as HandedOver, keepRanking, type Ranking, type Run } from "./asking";
import { HandoversBehind } from "./behind";
import { Filters } from "./filters";
import { count, nameOf } from "./measures";
import { amiss, change, DAYS_MAX, type Days, daysOf, HANDED, type Handed, OUTSIDE, query } from "./query";

const KEEPING = ["zone_manager", "admin"];
/** More townships than this share the first place without their names. */
const NAMED_MAX = 3;
type Ranked = Ranking["items"][number];

export function ScorecardsPage() {
  const of = query.value;
  const days = daysOf(of);
  const wrong = amiss(days);
  const cards = useReading(wrong ? null : `scorecards/${days.to}`, () => fetchCards(days));
  const card = cards.value?.items.find((one) => one.code === of.card) ?? cards.value?.items[0];
  const asked = (
    <div class="indicators-asked">
      <Filters category={false} groups={[]} />
      {cards.value && cards.value.items.length > 1 && (
        <div class="office-choice" role="group" aria-label={t("indicators.which_card")}>
          {cards.value.items.map((one) => <button type="button" key={one.code} aria-pressed={one === card} onClick={() => change({ card: one.code, run: "" })}>{either(one.name, one.name_en)}</button>)}
        </div>
      )}
    </div>
  );
  return (
    <>
      {wrong && <p class="notice bad" role="alert">{t(`indicators.wrong_${wrong}`, { n: DAYS_MAX })}</p>}
      {!wrong && !cards.value && (cards.error === null ? <Waiting shape="rows" rows={2} /> : <Failed error={cards.error} again={cards.again} />)}
      {!wrong && cards.value && !card && <><h1 class="unseen">{t("indicators.page_scorecards")}</h1><p class="notice">{t("indicators.no_cards")}</p></>}
      {(wrong || !card) && asked}
      {!wrong && (
        <div class="indicators-body">
          {card && (of.run ? <Kept key={of.run} run={of.run}>{asked}</Kept> : <Now key={card.code} code={card.code} days={days}>{asked}</Now>)}
          {card && <Runs key={`runs/${card.code}`} code={card.code} days={days} />}
          <Handovers days={days} />
        </div>
      )}
    </>
  );
}

interface Asking {
  /** What was asked, between the answer and its table. */
  children: ComponentChildren;
}

function Now({ code, days, children }: Asking & { code: string; days: Days }) {
  const read = useReading(`scorecards/${code}/${JSON.stringify(days)}`, () => fetchRanking(code, days));
  if (read.value) return <Table ranking={read.value} stale={read.stale} copied={read.copied_at}>{children}</Table>;
  return (
    <>
      {read.error === null ? <Waiting shape="rows" rows={6} /> : missing(read.error) ? <p class="notice">{t("indicators.no_cards")}</p> : <Failed error={read.error} again={read.again} />}
      {children}
    </>
  );
}

function Kept({ run, children }: Asking & { run: string }) {
  const read = useReading(`scorecards/runs/${run}`, () => fetchRun(run));
  if (!read.value) return <>{read.error === null ? <Waiting shape="rows" rows={6} /> : <Failed error={read.error} again={read.again} />}{children}</>;
  return (
    <>
      <p class={`notice ${read.value.same ? "" : "bad"}`}>
        {t(read.value.same ? "indicators.run_same" : "indicators.run_differs", { at: exact(read.value.made_at), who: read.value.made_by ?? "–" })}{" "}
        <button type="button" class="plain" onClick={() => change({ run: "" })}>{t("indicators.run_leave")}</button>
      </p>
      <Table ranking={read.value} stale={read.stale} copied={read.copied_at}>{children}</Table>
    </>
  );
}

function Table({ ranking, stale, copied, children }: Asking & { ranking: Ranking | Run; stale: boolean; copied: string | null }) {
  const [open, setOpen] = useState("");
  const best = ranking.items.filter((one) => one.rank === 1).map((one) => one.township_name);
  const name = either(ranking.name, ranking.name_en);
  return (
    <section class={`office-part ${stale ? "stale" : ""}`} aria-labelledby="scorecard">
      <div class="indicators-answer">
        <h1 id="scorecard">{best.length ? t("indicators.best", { name, places: best.length > NAMED_MAX ? t("indicators.many_places", { n: best.length }) : best.join(t("indicators.and")), score: ranking.items[0]?.score ?? "–" }) : t("indicators.nobody_scored", { name })}</h1>
      </div>
      {children}
      {copied && <p class="notice">{t("manager.copy", { at: exact(copied) })}</p>}
      {ranking.rulebook.sample && <p class="notice">{t("indicators.card_sample")}</p>}
      <div class="office-scroll" tabIndex={0} role="group" aria-label={t("indicators.ranking", { name })}>
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t("indicators.by_township")}</th>
              <th scope="col">{t("indicators.rank")}</th>
              <th scope="col">{t("indicators.score")}</th>
              {ranking.parts.map((part) => <th scope="col" key={part.code}>{either(part.name, part.name_en)}<br />{t("indicators.weight", { n: String(part.weight) })}</th>)}
            </tr>
          </thead>
          <tbody>
            {ranking.items.map((one) => (
              <Fragment key={one.township}>
                <tr>
                  <th scope="row"><button type="button" class="plain" aria-expanded={open === one.township} onClick={() => setOpen(open === one.township ? "" : one.township)}>{one.township_name}</button></th>
                  <td>{one.rank ?? "–"}</td>
                  <td><strong>{one.score ?? "–"}</strong></td>
                  {one.parts.map((part) => <td key={part.code}>{part.points ?? <span class="quiet" title={why(part.missing)}>–<span class="unseen">{why(part.missing)}</span></span>}</td>)}
                </tr>
                {open === one.township && <tr><td colSpan={ranking.parts.length + 3} class="words"><Inputs one={one} ranking={ranking} /></td></tr>}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet indicators-source">{t("indicators.score_hint")} {ranking.rulebook.name} · {t("indicators.since", { day: ranking.rulebook.valid_from })} · {t("indicators.source", { source: ranking.rulebook.source })} · SHA-256 {ranking.digest.slice(0, 16)}…</p>
    </section>
  );
}

function why(missing: string | null): string {
  if (missing === null) return "";
  return missing === "divides_by_zero" ? t("indicators.divides_by_zero") : t("indicators.lacks", { what: missing.split(",").map(inputName).join(t("indicators.and")) });
}

const inputName = (name: string): string => maybe(`indicators.input_${name}` as Key) ?? maybe(`indicators.${name}` as Key) ?? name;

/** The formula of each part, why it has no points, and every number that formulas of this card name. */
function Inputs({ one, ranking }: { one: Ranked; ranking: Ranking }) {
  const named = Object.entries(one.inputs).filter(([name]) => ranking.parts.some((part) => new RegExp(`\\b${name}\\b`).test(part.points)));
  return (
    <div class="indicators-inputs">
      <dl class="office-facts">
        {ranking.parts.map((part, place) => (
          <Fragment key={part.code}>
            <dt>{either(part.name, part.name_en)}</dt>
            <dd><code>{part.points}</code> = {one.parts[place]?.points ?? why(one.parts[place]?.missing ?? null)}</dd>
          </Fragment>
        ))}
      </dl>
      <dl class="office-facts numbers">
        {named.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{inputName(name)}</dt>
            <dd>{value ?? "–"}</dd>
          </Fragment>
        ))}
      </dl>
    </div>
  );
}

function Runs({ code, days }: { code: string; days: Days }) {
  const [tick, setTick] = useState(0);
  const read = useReading(`scorecards/runs/of/${code}`, () => fetchRuns(code), { tick });
  const doing = useDoing();
  const user = session.value?.user;
  const may = KEEPING.includes(user?.role ?? "") && user?.organisation.kind === "district";
  const keep = () => doing.run(async () => {
    const kept = await keepRanking(code, days);
    setTick(tick + 1);
    change({ run: kept.run });
  });
  return (
    <section class="office-part" aria-labelledby="scorecard-runs">
      <header>
        <h2 id="scorecard-runs">{t("indicators.runs")}</h2>
        {may && <button type="button" class="button" disabled={doing.busy} onClick={() => void keep()}>{t(doing.busy ? "indicators.run_keeping" : "indicators.run_keep")}</button>}
      </header>
      {doing.error !== null && <Failed error={doing.error} />}
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {read.value?.items.length === 0 && <p class="office-empty">{t("indicators.no_runs")}</p>}
      {read.value && read.value.items.length > 0 && (
        <div class="office-scroll indicators-rows" tabIndex={0} role="group" aria-labelledby="scorecard-runs">
          <table class="office-table">
            <thead><tr>{(["run_days", "run_at", "run_by", "run_digest"] as const).map((head) => <th scope="col" class="words" key={head}>{t(`indicators.${head}`)}</th>)}</tr></thead>
            <tbody>
              {read.value.items.map((one) => (
                <tr key={one.run} aria-selected={query.value.run === one.run}>
                  <th scope="row"><button type="button" class="plain numbers" onClick={() => change({ run: one.run })}>{one.from} – {one.to}</button></th>
                  <td class="words numbers"><time dateTime={one.made_at}>{exact(one.made_at)}</time></td>
                  <td class="words">{one.made_by ?? "–"}</td>
                  <td class="words"><code>{one.digest.slice(0, 16)}…</code></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Handovers({ days }: { days: Days }) {
  const of = query.value;
  const read = useReading(`handovers/${JSON.stringify([days, of.township])}`, () => fetchHandovers(of, days));
  return (
    <>
      <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="handovers">
        <header><h2 id="handovers">{t("indicators.handovers")}</h2></header>
        {!read.value && (read.error === null ? <Waiting shape="rows" rows={3} /> : <Failed error={read.error} again={read.again} />)}
        {read.value?.items.length === 0 && <p class="office-empty">{t("indicators.no_handovers")}</p>}
        {read.value && read.value.items.length > 0 && (
          <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="handovers">
            <table class="office-table numbers">
              <thead><tr><th scope="col">{t("indicators.by_township")}</th>{HANDED.map((one) => <th scope="col" key={one}>{t(`indicators.input_${one}`)}</th>)}</tr></thead>
              <tbody>{read.value.items.map((one) => <HandoverRow key={one.township} one={one} of={one.township || OUTSIDE} name={nameOf(one.township || OUTSIDE, "township")} />)}</tbody>
              <tfoot><HandoverRow one={read.value.total} of="" name={t("indicators.total")} /></tfoot>
            </table>
          </div>
        )}
        <p class="quiet">{t("indicators.handovers_hint")}</p>
      </section>
      {HANDED.includes(of.show as Handed) && <HandoversBehind />}
    </>
  );
}

/** Every number leads to its handovers. */
function HandoverRow({ one, of, name }: { one: HandedOver["items"][number]; of: string; name: string }) {
  const asked = query.value;
  return (
    <tr aria-selected={HANDED.includes(asked.show as Handed) && asked.of === of}>
      <th scope="row">{name}</th>
      {HANDED.map((show) => (
        <td key={show}>{one[show] ? <button type="button" class="plain numbers" aria-label={`${name} ${t(`indicators.input_${show}`)} ${count(one[show])}`} onClick={() => change({ show, of })}>{count(one[show])}</button> : "0"}</td>
      ))}
    </tr>
  );
}

function missing(error: unknown): boolean {
  return error instanceof Failure && error.status === 409;
}
