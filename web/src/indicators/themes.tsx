/** The four themes of the period: how many cases each, of what, and what belongs to none. */
import { answer, api } from "../api/client";
import { categoryName } from "../cases";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { either, t } from "../words";
import { count, percent } from "./measures";
import type { Days } from "./query";

const NAMED = 3;

export function Themes({ days }: { days: Days }) {
  const read = useReading(`indicators/themes/${days.from}/${days.to}`, () => answer(api.GET("/api/v1/themes", { params: { query: days } })), { seen: false });
  const told = read.value;
  if (!told) return read.error === null ? null : <Failed error={read.error} again={read.again} />;
  const all = told.items.reduce((sum, one) => sum + one.cases, told.without.cases);
  if (all === told.without.cases) return null;
  return (
    <section class="office-part" aria-labelledby="indicators-themes">
      <header><h2 id="indicators-themes">{t("indicators.themes")}</h2><span class="quiet">{t("indicators.themes_mean")}</span></header>
      <ul class="indicators-themes">
        {told.items.map(({ theme, name, name_en, cases, categories }) => (
          <li key={theme} class="office-box">
            <h3>{either(name, name_en)}</h3>
            <p class="numbers"><strong>{count(cases)}</strong> <span class="quiet">{percent(cases / all)}</span></p>
            <p class="quiet">{categories.slice(0, NAMED).map((one) => `${categoryName(one.category)} ${count(one.cases)}`).join(t("settings.stop_short")) || "–"}</p>
          </li>
        ))}
      </ul>
      {told.without.cases > 0 && <p class="notice">{t("indicators.themes_without", { n: count(told.without.cases) })}</p>}
      {told.categories_without.length > 0 && <p class="notice">{t("indicators.themes_lacking", { names: told.categories_without.map(categoryName).join(t("settings.stop_short")) })}</p>}
    </section>
  );
}
