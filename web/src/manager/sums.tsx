/** The same figures by township, street or team; a row narrows the page to itself. */
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { dueOf, seenOf } from "./answer";
import { fetchSums, type Sums } from "./asking";
import { count, km, percent } from "./measures";
import { placeName } from "./names";
import { againstOf, BY, change, daysOf, query, whichKey } from "./query";
import { useAsked } from "./reading";

/** More rows than that nobody reads here; the narrowest come by choosing a township. */
const ROWS_MAX = 100;

export function SumsTable() {
  const of = query.value;
  const days = daysOf(of);
  const against = againstOf(of);
  const key = (span: unknown) => `sums/${JSON.stringify([span, ...whichKey(of), of.by])}`;
  const read = useAsked(key(days), () => fetchSums(of, days, of.by));
  const before = useAsked(against && key(against), () => fetchSums(of, against!, of.by), false);
  const earlier = new Map((before.value?.items ?? []).map((one) => [nameOf(one), one]));
  const rows = [...(read.value?.items ?? [])].sort((a, b) => b.late + b.never - a.late - a.never);
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="manager-sums">
      <header>
        <h2 id="manager-sums">{t("manager.figures")}</h2>
        <div class="office-choice" role="group" aria-label={t("manager.figures_by")}>
          {BY.map((by) => <button type="button" key={by} aria-pressed={of.by === by} onClick={() => change({ by })}>{t(`manager.by_${by}`)}</button>)}
        </div>
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={3} />}
      <div class="office-scroll" tabIndex={0} role="group" aria-label={t("manager.figures")}>
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t(`manager.by_${of.by}`)}</th><th scope="col">{t("manager.col_due")}</th><th scope="col">{t("manager.col_seen")}</th><th scope="col">%</th>
              {against && <th scope="col">{t("manager.col_before")}</th>}
              <th scope="col">{t("manager.status_late")}</th><th scope="col">{t("manager.status_never")}</th><th scope="col">{t("manager.col_visits")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, ROWS_MAX).map((one) => <Row key={nameOf(one)} one={one} before={against ? earlier.get(nameOf(one)) : undefined} compared={against !== null} />)}
          </tbody>
        </table>
      </div>
      {rows.length > ROWS_MAX && <p class="quiet">{t("manager.first_rows", { n: ROWS_MAX, of: rows.length })}</p>}
    </section>
  );
}

const nameOf = (one: Sums): string => `${one.township ?? ""}/${one.street ?? ""}/${one.team ? `${one.team.body}/${one.team.name}` : ""}`;

function Row({ one, before, compared }: { one: Sums; before: Sums | undefined; compared: boolean }) {
  const of = query.value;
  const name = of.by === "team" ? (one.team?.name ?? t("manager.any_team")) : of.by === "street" ? (one.street ?? t("round.no_street")) : one.township ? placeName(one.township) : t("manager.no_township");
  const narrow = of.by === "township" && one.township ? { township: one.township, street: "" } : of.by === "street" && one.street ? { street: one.street, township: one.township ?? "" } : null;
  const seen = seenOf(one, of);
  return (
    <tr>
      <th scope="row">{narrow ? <button type="button" class="plain" onClick={() => change(narrow)}>{name}</button> : name}{of.by === "street" && one.township && <span class="quiet"> {placeName(one.township)}</span>}</th>
      <td>{km(dueOf(one))}</td>
      <td>{km(seen)}</td>
      <td>{percent(seen, dueOf(one))}</td>
      {compared && <td>{before ? percent(seenOf(before, of), dueOf(before)) : "–"}</td>}
      <td>{narrow ? <button type="button" class="plain" onClick={() => change({ ...narrow, rows: "late" })}>{count(one.late)}</button> : count(one.late)}</td>
      <td>{narrow ? <button type="button" class="plain" onClick={() => change({ ...narrow, rows: "never" })}>{count(one.never)}</button> : count(one.never)}</td>
      <td>{count(one.visits)}</td>
    </tr>
  );
}
