/** Which period, where, of which category, and how it is grouped. */
import { session } from "../api/client";
import { categories } from "../cases";
import { townships } from "../manager/names";
import { either, t } from "../words";
import { BY, change, daysOf, OUTSIDE, type PeriodName, PERIODS, type Query, query, told } from "./query";

const TOWNSHIP = /^\d{9}$/;

interface Asked {
  /** Whether a category narrows the page. */
  category?: boolean;
  /** By what the page can be grouped. */
  groups?: readonly Query["by"][];
}

export function Filters({ category = true, groups = BY }: Asked) {
  const of = query.value;
  const mine = session.value?.user.organisation;
  const places = [...townships.value].filter(([code]) => TOWNSHIP.test(code)).sort(([a], [b]) => a.localeCompare(b));
  const parents = new Set([...categories.value.values()].map((one) => one.parent));
  const leaves = [...categories.value.values()].filter((one) => !parents.has(one.code));
  const district = !mine || !TOWNSHIP.test(mine.code);
  return (
    <form class="office-filters" aria-label={t("manager.filters")} onSubmit={(event) => event.preventDefault()}>
      <label class="field"><span>{t("manager.period")}</span>
        <select value={of.period} onChange={({ currentTarget }) => choosePeriod(currentTarget.value as PeriodName)}>
          {PERIODS.map((one) => <option key={one} value={one}>{t(`indicators.period_${one}`)}</option>)}
        </select>
      </label>
      {of.period === "custom" && <Custom />}
      {district && (
        <label class="field"><span>{t("manager.township")}</span>
          <select value={of.township} onChange={({ currentTarget }) => change({ township: currentTarget.value, show: "", of: "", run: "" })}>
            <option value="">{t("manager.whole_district")}</option>
            {places.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
            {TOWNSHIP.test(of.township) && !townships.value.has(of.township) && <option value={of.township}>{of.township}</option>}
            <option value={OUTSIDE}>{t("manager.no_township")}</option>
          </select>
        </label>
      )}
      {category && <label class="field"><span>{t("indicators.category")}</span>
        <select value={of.category} onChange={({ currentTarget }) => change({ category: currentTarget.value, show: "", of: "", run: "" })}>
          <option value="">{t("indicators.any_category")}</option>
          {leaves.map((one) => <option key={one.code} value={one.code}>{either(one.name, one.name_en)}</option>)}
          {of.category && !categories.value.has(of.category) && <option value={of.category}>{of.category}</option>}
        </select>
      </label>}
      {groups.length > 0 && <div class="office-choice" role="group" aria-label={t("indicators.by")}>
        {groups.map((by) => <button type="button" key={by} aria-pressed={of.by === by} onClick={() => change({ by, show: "", of: "", run: "" })}>{t(`indicators.by_${by}`)}</button>)}
      </div>}
      {told(of) && (
        <button type="button" class="plain" onClick={() => change({ period: "month", from: "", to: "", township: "", category: "", by: "township", show: "", of: "", run: "" })}>
          {t("manager.clear")}
        </button>
      )}
    </form>
  );
}

function choosePeriod(period: PeriodName): void {
  change({ period, show: "", of: "", run: "", ...(period === "custom" ? daysOf(query.value) : { from: "", to: "" }) });
}

function Custom() {
  const days = daysOf(query.value);
  return (
    <>
      {(["from", "to"] as const).map((edge) => (
        <label class="field" key={edge}><span>{t(`manager.${edge}`)}</span>
          <input type="date" value={days[edge]} min="1900-01-01" max="2100-12-31" required onChange={({ currentTarget }) => currentTarget.value && change({ ...days, [edge]: currentTarget.value, show: "", of: "", run: "" })} />
        </label>
      ))}
    </>
  );
}
