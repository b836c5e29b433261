/** The groups the answer is made of; every number opens the cases behind it. */
import { Link } from "wouter-preact";
import { session } from "../api/client";
import { t } from "../words";
import type { Figures, Group } from "./asking";
import { count, covered, keyOf, nameOf, of as counted, ordered, percent, points, rate } from "./measures";
import { change, daysOf, MEASURES, OUTSIDE, query } from "./query";
import { Themes } from "./themes";

const MANAGING = ["zone_manager", "dispatcher", "admin"];

export function Groups({ figures, before }: { figures: Figures; before: Figures | null }) {
  const { by } = query.value;
  const earlier = new Map((before?.items ?? []).map((group) => [keyOf(group, by), group]));
  const left_out = figures.coverage?.left_out;
  // What is asked for one township or category has no themes of its own.
  const whole = !query.value.township && !query.value.category;
  return (
    <>
      <section class="office-part" aria-labelledby="indicators-groups">
        <header>
          <h2 id="indicators-groups">{t(`indicators.groups_${by}`)}</h2>
          {before && <span class="quiet numbers">{t("indicators.compared", { from: before.from, to: before.to })}</span>}
        </header>
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="indicators-groups">
          <table class="office-table numbers">
            <thead>
              <tr>
                <th scope="col">{t(`indicators.by_${by}`)}</th>
                {MEASURES.map((one) => <th scope="col" key={one}>{t(`indicators.${one}`)}</th>)}
                <th scope="col">{t("indicators.rate")}</th>
                {before && by !== "month" && <th scope="col">{t("indicators.difference")}</th>}
                <th scope="col">{t("indicators.coverage")}</th>
              </tr>
            </thead>
            <tbody>
              {ordered(figures.items, by).map((group) => <Row key={keyOf(group, by)} group={group} before={earlier.get(keyOf(group, by))} compared={before !== null && by !== "month"} />)}
            </tbody>
            <tfoot><Row group={figures.total} before={before?.total} compared={before !== null && by !== "month"} whole /></tfoot>
          </table>
        </div>
        {left_out && <p class="quiet">{t(`indicators.left_out_${left_out}`)}</p>}
        {by === "category" && <p class="quiet">{t("indicators.no_category_coverage")}</p>}
      </section>
      {whole && <Themes days={daysOf(query.value)} />}
    </>
  );
}

function Row({ group, before, compared, whole = false }: { group: Group; before: Group | undefined; compared: boolean; whole?: boolean }) {
  const asked = query.value;
  const key = whole ? "" : keyOf(group, asked.by);
  const name = whole ? t("indicators.total") : nameOf(key, asked.by);
  const now = rate(group);
  const then = rate(before);
  const changed = now === null || then === null ? null : points(now, then);
  return (
    <tr aria-selected={asked.show !== "" && asked.of === key}>
      <th scope="row">{name}</th>
      {MEASURES.map((measure) => (
        <td key={measure}>
          {counted(group, measure) ? (
            <button type="button" class="plain numbers" aria-label={`${name} ${t(`indicators.${measure}`)} ${count(counted(group, measure))}`} onClick={() => change({ show: measure, of: key })}>
              {count(counted(group, measure))}
            </button>
          ) : "0"}
        </td>
      ))}
      <td>{percent(now)}</td>
      {compared && <td>{changed === null ? "–" : <span class={changed < 0 ? "office-bad" : ""}>{changed > 0 ? "▲ " : changed < 0 ? "▼ " : ""}{Math.abs(changed).toFixed(1)}</span>}</td>}
      <td><Coverage group={group} whole={whole} /></td>
    </tr>
  );
}

/** Leads to the page of coverage, for whoever has one. */
function Coverage({ group, whole }: { group: Group; whole: boolean }) {
  const share = covered(group);
  if (share === null) return <>–</>;
  const of = query.value;
  const days = daysOf(of);
  const township = whole ? of.township : (group.township ?? of.township);
  if (!MANAGING.includes(session.value?.user.role ?? "") || of.by === "month" || township === OUTSIDE) return <>{percent(share)}</>;
  return <Link href={`/manager?${new URLSearchParams({ period: "custom", ...days, ...(township ? { township } : {}) })}`}>{percent(share)}</Link>;
}
