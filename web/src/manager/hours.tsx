/** When the visits were: weekday by hour, darker where more; each cell says its number. */
import { Failed } from "../ui/failing";
import { language, t } from "../words";
import { fetchHours } from "./asking";
import { daysOf, query } from "./query";
import { useAsked } from "./reading";

const CELL = 20;
const STEP = 4;
/** A Monday. */
const MONDAY_MS = Date.UTC(2026, 5, 1);

const weekday = (number: number): string =>
  new Intl.DateTimeFormat(language.value, { weekday: "short", timeZone: "UTC" }).format(MONDAY_MS + (number - 1) * 86_400_000);

export function Hours() {
  const of = query.value;
  const days = daysOf(of);
  const read = useAsked(`hours/${JSON.stringify([days, of.township, of.street, of.kind])}`, () => fetchHours(of, days));
  const items = read.value?.items ?? [];
  const most = Math.max(1, ...items.map((one) => one.visits));
  const at = new Map(items.map((one) => [`${one.weekday}/${one.hour}`, one]));
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="manager-hours">
      <header><h2 id="manager-hours">{t("manager.hours")}</h2></header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {of.team && <p class="quiet">{t("manager.hours_all_teams")}</p>}
      {read.value && !items.length && <p class="office-empty">{t("manager.no_visits")}</p>}
      <div class="office-scroll" tabIndex={0} role="group" aria-label={t("manager.hours")}>
        <table class="manager-hours numbers">
          <thead>
            <tr><td />{Array.from({ length: 24 }, (_, hour) => <th key={hour} scope="col">{hour % 3 ? <span class="unseen">{hour}</span> : hour}</th>)}</tr>
          </thead>
          <tbody>
            {[1, 2, 3, 4, 5, 6, 7].map((day) => (
              <tr key={day}>
                <th scope="row">{weekday(day)}</th>
                {Array.from({ length: 24 }, (_, hour) => {
                  const one = at.get(`${day}/${hour}`);
                  const level = one ? Math.max(1, Math.ceil((one.visits / most) * STEP)) : 0;
                  const words = one ? t("manager.hour_cell", { day: weekday(day), hour, visits: one.visits, zones: one.zones }) : "";
                  return <td key={hour} data-level={level} title={words}>{one ? <span class="unseen">{one.visits}</span> : null}<svg viewBox={`0 0 ${CELL} ${CELL}`} aria-hidden="true"><rect width={CELL} height={CELL} /></svg></td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
