/** The same groups as pictures: how many, and which share in time beside the period before. The table above says the
 * same to whoever does not see them. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../words";
import type { Figures } from "./asking";
import type { Drawn } from "./chart";
import { keyOf, nameOf, of as counted, ordered, rate } from "./measures";
import { query } from "./query";

const BARS_MAX = 24;

export function Charts({ figures, before }: { figures: Figures; before: Figures | null }) {
  const { by } = query.value;
  const groups = ordered(figures.items, by).slice(by === "month" ? -BARS_MAX : 0).slice(0, BARS_MAX);
  if (!groups.length) return null;
  const labels = groups.map((group) => nameOf(keyOf(group, by), by));
  const earlier = new Map((by === "month" ? [] : (before?.items ?? [])).map((group) => [keyOf(group, by), rate(group)]));
  const share = (value: number | null | undefined) => (value == null ? null : Math.round(value * 1000) / 10);
  const counts: Drawn = {
    upright: by === "month", labels, unit: "",
    series: [
      { name: t("indicators.due"), values: groups.map((group) => counted(group, "due")), hollow: true },
      { name: t("indicators.closed_on_time"), values: groups.map((group) => counted(group, "closed_on_time")) },
    ],
  };
  const rates: Drawn = {
    upright: by === "month", labels, unit: " %", most: 100,
    series: [
      ...([...earlier.values()].some((one) => one !== null) ? [{ name: t("indicators.before"), values: groups.map((group) => share(earlier.get(keyOf(group, by)))), hollow: true }] : []),
      { name: t("indicators.this_period"), values: groups.map((group) => share(rate(group))) },
    ],
  };
  return (
    <section class="office-part" aria-labelledby="indicators-charts">
      <header><h2 id="indicators-charts">{t("indicators.charts")}</h2></header>
      <div class="indicators-charts">
        <Chart drawn={counts} name={t("indicators.chart_counts")} />
        <Chart drawn={rates} name={t("indicators.chart_rates")} />
      </div>
    </section>
  );
}

export function Chart({ drawn, name }: { drawn: Drawn; name: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [failed, setFailed] = useState(false);
  const key = JSON.stringify(drawn);
  useEffect(() => {
    let gone = false;
    let erase = (): void => undefined;
    import("./chart").then(
      ({ draw }) => {
        if (!gone && canvas.current) erase = draw(canvas.current, drawn);
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      erase();
    };
  }, [key]);
  return (
    <figure class="indicators-chart" style={{ "--bars": String(drawn.upright ? 8 : drawn.labels.length) }}>
      <figcaption>{name}</figcaption>
      {failed ? <p class="quiet">{t("indicators.chart_failed")}</p> : <div><canvas ref={canvas} role="img" aria-label={t("indicators.chart_words", { name })} /></div>}
    </figure>
  );
}
