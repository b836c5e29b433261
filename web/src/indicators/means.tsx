/** 721: which share of what people did was service, management or enforcement, and the steps behind each share. */
import type { ComponentChildren } from "preact";
import { Link } from "wouter-preact";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, language, t } from "../words";
import { fetchMeans, type Means, type MeansGroup } from "./asking";
import { Chart } from "./charts";
import type { Drawn } from "./chart";
import { Filters } from "./filters";
import { count, nameOf } from "./measures";
import { amiss, change, DAYS_MAX, daysOf, MEANS, OUTSIDE, query, type Step, STEPS } from "./query";
import { StepsBehind } from "./steps";

const BARS_MAX = 24;

export function MeansPage() {
  const of = query.value;
  const days = daysOf(of);
  const wrong = amiss(days);
  const by = of.by === "month" ? "month" : "township";
  const read = useReading(wrong ? null : `means/${JSON.stringify([days, of.township, by])}`, () => fetchMeans(of, days));
  const means = read.value;
  const shown = means && !wrong;
  return (
    <>
      {!shown && <h1 class="unseen">{t("indicators.page_means")}</h1>}
      {wrong && <p class="notice bad" role="alert">{t(`indicators.wrong_${wrong}`, { n: DAYS_MAX })}</p>}
      {!wrong && !means && (read.error === null ? <Waiting shape="rows" rows={2} /> : <Failed error={read.error} again={read.again} />)}
      {shown && read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      {shown && <Said means={means} stale={read.stale} />}
      <Filters category={false} groups={["township", "month"]} />
      {shown && (
        <div class={`indicators-body ${read.stale ? "stale" : ""}`}>
          {!means.tags && <p class="notice">{t("indicators.no_tags")}</p>}
          {STEPS.includes(of.show as Step) && <StepsBehind />}
          <Groups means={means} by={by} />
          <Bars means={means} by={by} />
          <Kinds means={means} />
        </div>
      )}
    </>
  );
}

const share = (group: MeansGroup, name: (typeof MEANS)[number]): string => {
  const told = group.means[name].share;
  return told === null ? "–" : `${told} %`;
};

function Said({ means, stale }: { means: Means; stale: boolean }) {
  const of = query.value;
  const days = daysOf(of);
  const { total } = means;
  const period = of.period === "custom" ? `${days.from} – ${days.to}${language.value === "en" ? "" : " "}` : t(`indicators.in_${of.period}`);
  const end = language.value === "en" ? "." : "。";
  return (
    <section class={`indicators-answer ${stale ? "stale" : ""}`} aria-label={t("indicators.page_means")}>
      {total.steps === 0 ? <h1>{t("indicators.no_steps", { period })}</h1> : (
        <h1>
          {t("indicators.steps_in", { period, n: count(total.steps) })}
          {MEANS.map((name, place) => (
            <span key={name}>
              {t(place ? "manager.comma" : "indicators.colon")}{t(`indicators.${name}`)} <button type="button" class="indicators-number numbers" onClick={() => change({ show: name, of: "" })}>{share(total, name)}</button>
            </span>
          ))}
          {total.untagged > 0 && <>{t("manager.comma")}{t("indicators.untagged")} <button type="button" class="indicators-number numbers" onClick={() => change({ show: "untagged", of: "" })}>{count(total.untagged)}</button></>}
          {end}
        </h1>
      )}
    </section>
  );
}

const keyOf = (group: MeansGroup, by: "township" | "month"): string => (by === "month" ? group.month! : group.township || OUTSIDE);

function Groups({ means, by }: { means: Means; by: "township" | "month" }) {
  return (
    <section class="office-part" aria-labelledby="means-groups">
      <header><h2 id="means-groups">{t(`indicators.groups_${by}`)}</h2></header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="means-groups">
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t(`indicators.by_${by}`)}</th>
              <th scope="col">{t("indicators.steps")}</th>
              {MEANS.map((name) => <th scope="col" key={name} colSpan={2}>{t(`indicators.${name}`)}</th>)}
              <th scope="col">{t("indicators.untagged")}</th>
            </tr>
          </thead>
          <tbody>{means.items.map((group) => <Row key={keyOf(group, by)} group={group} of={keyOf(group, by)} name={nameOf(keyOf(group, by), by)} />)}</tbody>
          <tfoot>
            <Row group={means.total} of="" name={t("indicators.total")} />
            <tr>
              <th scope="row">{t("indicators.target")}</th><td />
              {MEANS.map((name) => <Target key={name} share={means.target[name]} />)}
              <td />
            </tr>
          </tfoot>
        </table>
      </div>
      <p class="quiet">{t("indicators.shares_hint")}</p>
    </section>
  );
}

function Target({ share }: { share: number }) {
  return <><td /><td>{`${share} %`}</td></>;
}

function Row({ group, of, name }: { group: MeansGroup; of: string; name: string }) {
  const asked = query.value;
  const opens = (show: Step, steps: number) =>
    steps ? <button type="button" class="plain numbers" aria-label={`${name} ${t(`indicators.${show}`)} ${count(steps)}`} onClick={() => change({ show, of })}>{count(steps)}</button> : "0";
  return (
    <tr aria-selected={STEPS.includes(asked.show as Step) && asked.of === of}>
      <th scope="row">{name}</th>
      <td>{count(group.steps)}</td>
      {MEANS.map((one) => <Two key={one} steps={opens(one, group.means[one].steps)} share={share(group, one)} />)}
      <td>{opens("untagged", group.untagged)}</td>
    </tr>
  );
}

function Two({ steps, share }: { steps: ComponentChildren; share: string }) {
  return <><td>{steps}</td><td>{share}</td></>;
}

function Bars({ means, by }: { means: Means; by: "township" | "month" }) {
  const groups = means.items.filter((group) => group.means.service.share !== null).slice(by === "month" ? -BARS_MAX : 0).slice(0, BARS_MAX);
  if (!groups.length) return null;
  const drawn: Drawn = {
    upright: by === "month",
    labels: [t("indicators.target"), ...groups.map((group) => nameOf(keyOf(group, by), by))],
    unit: " %",
    most: 100,
    stacked: true,
    series: MEANS.map((name, place) => ({
      name: t(`indicators.${name}`),
      values: [means.target[name], ...groups.map((group) => Number(group.means[name].share))],
      soft: place === 1,
      hollow: place === 2,
    })),
  };
  return (
    <section class="office-part" aria-labelledby="means-chart">
      <header><h2 id="means-chart">{t("indicators.charts")}</h2></header>
      <Chart drawn={drawn} name={t("indicators.chart_means")} />
    </section>
  );
}

/** What was counted and as what; what has no tag stands first. */
function Kinds({ means }: { means: Means }) {
  const kinds = [...means.kinds].sort((a, b) => Number(a.means !== null) - Number(b.means !== null) || b.steps - a.steps);
  return (
    <section class="office-part" aria-labelledby="means-kinds">
      <header>
        <h2 id="means-kinds">{t("indicators.kinds")}</h2>
        <Link href="/settings">{t("indicators.tags_at")}</Link>
      </header>
      {means.tags?.sample && <p class="notice">{t("indicators.tags_sample")}</p>}
      <div class="office-scroll indicators-rows" tabIndex={0} role="group" aria-labelledby="means-kinds">
        <table class="office-table numbers">
          <thead>
            <tr>{(["kind", "of", "means"] as const).map((head) => <th scope="col" class="words" key={head}>{t(`indicators.col_${head}`)}</th>)}<th scope="col">{t("indicators.steps")}</th></tr>
          </thead>
          <tbody>
            {kinds.map((kind) => (
              <tr key={`${kind.of}/${kind.name}/${kind.means}`}>
                <th scope="row" class="words">{kindName(kind)}</th>
                <td class="words">{t(`indicators.of_${kind.of}`)}</td>
                <td class="words">{kind.means ? t(`indicators.${kind.means}`) : <em class="office-bad">{t("indicators.untagged")}</em>}</td>
                <td>{count(kind.steps)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {means.tags && <p class="quiet indicators-source">{means.tags.name} · {t("indicators.since", { day: means.tags.valid_from })} · {t("indicators.source", { source: means.tags.source })}</p>}
    </section>
  );
}

export function kindName(kind: { of: string; name: string; label: string | null; label_en: string | null }): string {
  return kind.label ? either(kind.label, kind.label_en ?? kind.label) : kind.name;
}

