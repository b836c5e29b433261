/** One thing that was looked at: large with what to do, or as a line. */
import type { ComponentChildren } from "preact";
import type { Schema } from "../api/client";
import { capital, either, t } from "../words";

type Check = Schema<"CheckOut">;
const said = (words: { text: string; text_en: string }): string => capital(either(words.text, words.text_en));

export function Matter({ check, children }: { check: Check; children?: ComponentChildren }) {
  return (
    <section class={`operation-matter ${check.state}`} aria-labelledby={`operation-${check.key}`}>
      <p class="operation-mark">{t(check.state === "act" ? "operation.act" : "operation.look")}</p>
      <h2 id={`operation-${check.key}`}>{said(check.about)}</h2>
      <p class="operation-found">{said(check.found)}</p>
      {check.do && <p class="operation-do">{said(check.do)}</p>}
      {check.rows.length > 0 && <Rows check={check} />}
      {children}
    </section>
  );
}

function Rows({ check }: { check: Check }) {
  const aged = check.rows.some((row) => row.age_s !== null);
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-label={said(check.about)}>
      <table class="office-table numbers operation-rows">
        <thead>
          <tr>
            <th scope="col">{t(aged ? "operation.col_body" : "operation.col_task")}</th>
            <th scope="col">{t("operation.col_count")}</th>
            {aged && <th scope="col">{t("operation.col_age")}</th>}
          </tr>
        </thead>
        <tbody>
          {check.rows.map((row) => (
            <tr key={row.code}>
              <th scope="row">{row.name}</th>
              <td>{row.count}</td>
              {aged && <td>{row.age_s === null ? "" : lasted(row.age_s)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Fine({ checks }: { checks: Check[] }) {
  if (checks.length === 0) return null;
  return (
    <section class="office-part" aria-labelledby="operation-fine">
      <header><h2 id="operation-fine">{t("operation.fine", { n: checks.length })}</h2></header>
      <dl class="office-facts operation-fine">
        {checks.map((one) => (
          <div key={one.key}>
            <dt>{said(one.about)}</dt>
            <dd class="numbers">{said(one.found)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** A duration in the unit that has one or two digits. */
export function lasted(seconds: number): string {
  if (seconds >= 2 * 86_400) return t("operation.days", { n: Math.round(seconds / 86_400) });
  if (seconds >= 2 * 3600) return t("operation.hours", { n: Math.round(seconds / 3600) });
  return t("operation.minutes", { n: Math.round(seconds / 60) });
}
