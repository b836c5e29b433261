/** What a sample says: the share that held, and between which bounds that of all closed cases lies. */
import { language, t } from "../words";
import { placeName } from "../manager/names";
import type { Figure } from "./asking";

const written = (of: number, digits: number): string => new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: digits }).format(of);
/** Bounds are wide: their tenths would be show. */
export const rate = (of: number | null): string => (of === null ? "–" : written(of, 1));
export const between = ({ low, high }: Figure): string => (low === null || high === null ? "–" : `${written(low, 0)} – ${written(high, 0)}`);

/** The line is the interval, the mark the share found. */
export function Interval({ of }: { of: Figure }) {
  if (of.rate === null || of.low === null || of.high === null) return <span class="quiet">–</span>;
  return (
    <svg class="rechecks-interval" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label={t("rechecks.interval_of", { rate: rate(of.rate), between: between(of) })}>
      <rect class="whole" y="4" width="100" height="4" />
      <rect class="sure" x={of.low * 100} y="4" width={Math.max(0.8, (of.high - of.low) * 100)} height="4" />
      <rect class="found" x={Math.min(99, Math.max(0, of.rate * 100 - 0.5))} width="1" height="12" />
    </svg>
  );
}

export function FiguresTable({ figures, total }: { figures: Figure[]; total: Figure }) {
  return (
    <section class="office-part" aria-labelledby="rechecks-figures">
      <header><h2 id="rechecks-figures">{t("rechecks.by_township")}</h2></header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="rechecks-figures">
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t("manager.township")}</th><th scope="col">{t("rechecks.closed")}</th><th scope="col">{t("rechecks.drawn")}</th>
              <th scope="col">{t("rechecks.checked")}</th><th scope="col">{t("rechecks.held")}</th><th scope="col">{t("rechecks.rate")}</th>
              <th scope="col">{t("rechecks.between")}</th><th scope="col" class="rechecks-wide"><span class="unseen">{t("rechecks.between")}</span></th>
            </tr>
          </thead>
          <tbody>
            {[...figures.filter((one) => one.drawn > 0), ...(figures.length > 1 ? [total] : [])].map((one, place) => (
              <tr key={one.township ?? place}>
                <th scope="row">{one === total ? <strong>{t("rechecks.total")}</strong> : (one.name ?? (one.township ? placeName(one.township) : t("manager.no_township")))}</th>
                <td>{one.population}</td><td>{one.drawn}</td><td>{one.checked}</td><td>{one.held}</td><td>{rate(one.rate)}</td><td>{between(one)}</td>
                <td class="rechecks-wide"><Interval of={one} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">{t("rechecks.interval_why")}</p>
    </section>
  );
}
