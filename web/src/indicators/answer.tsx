/** The answer first, as a sentence: what was registered, how much of what was due closed on time, and where it is worst. */
import type { ComponentChildren } from "preact";
import { language, t } from "../words";
import type { Figures, Group } from "./asking";
import { count, covered, keyOf, nameOf, of as counted, ordered, percent, points, rate } from "./measures";
import { change, daysOf, type Measure, query } from "./query";

const WORST = 2;

export function Answer({ figures, before, stale }: { figures: Figures; before: Figures | null; stale: boolean }) {
  const of = query.value;
  const days = daysOf(of);
  const { total } = figures;
  const now = rate(total);
  const then = before ? rate(before.total) : null;
  const worst = of.by === "month" ? [] : ordered(figures.items, of.by).filter((group) => (rate(group) ?? 1) < 1).slice(0, WORST);
  // Figures keep their distance from the Chinese that follows them.
  const period = of.period === "custom" ? `${days.from} – ${days.to}${language.value === "en" ? "" : " "}` : t(`indicators.in_${of.period}`);
  const seen = covered(total);
  if (!counted(total, "accepted") && !counted(total, "registered") && !counted(total, "due"))
    return <section class="indicators-answer" aria-label={t("office.indicators")}><h1>{t("indicators.nothing", { period })}</h1></section>;
  return (
    <section class={`indicators-answer ${stale ? "stale" : ""}`} aria-label={t("office.indicators")}>
      <h1>
        {t("indicators.answer_registered", { period })} <Opens show="registered">{t("indicators.cases_n", { n: count(counted(total, "registered")) })}</Opens>
        {t("manager.comma")}{t("indicators.of_due")} <Opens show="due">{t("indicators.cases_n", { n: count(counted(total, "due")) })}</Opens>
        {t("manager.comma")}{t("indicators.rate_is")} <Opens show="closed_on_time">{percent(now)}</Opens>
        {now !== null && then !== null && <>{t("manager.comma")}{compared(points(now, then))}</>}
        {seen !== null && <>{t("manager.comma")}{t("indicators.coverage_is", { n: percent(seen) })}</>}
        {worst.length > 0 && <>{t("indicators.stop")}{t("indicators.worst")}{worst.map((group, place) => <Worst key={keyOf(group, of.by)} group={group} first={place === 0} />)}</>}
        {language.value === "en" ? "." : "。"}
      </h1>
    </section>
  );
}

function compared(difference: number): string {
  if (difference === 0) return t("indicators.same");
  return t(difference > 0 ? "indicators.higher" : "indicators.lower", { n: Math.abs(difference).toFixed(1) });
}

function Worst({ group, first }: { group: Group; first: boolean }) {
  const { by } = query.value;
  const key = keyOf(group, by);
  return <>{!first && t("indicators.and")}<Opens show="due" of={key}>{nameOf(key, by)} {percent(rate(group))}</Opens></>;
}

function Opens({ show, of = "", children }: { show: Measure; of?: string; children: ComponentChildren }) {
  return <button type="button" class="indicators-number numbers" onClick={() => change({ show, of })}>{children}</button>;
}
