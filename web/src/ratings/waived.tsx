/** What was not punished, or punished less: how many decisions, what they waived, by branch and township. */
import { useState } from "preact/hooks";
import { categoryName } from "../cases";
import { useDoing } from "../office/doing";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { yuan } from "../ui/money";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { type Decision, fetchDecisions, fetchTotals, type Totals } from "./asking";

const DAYS = 365;

export function WaivedPage() {
  const [from, setFrom] = useState(moved(today(), -DAYS));
  const [to, setTo] = useState(today());
  const key = `${from}/${to}`;
  const totals = useReading(`leniency/totals/${key}`, () => fetchTotals(from, to));
  return (
    <>
      <h1>{totals.value ? t("ratings.waived_answer", { n: totals.value.count, yuan: yuan(totals.value.waived_yuan) }) : t("ratings.leniency")}</h1>
      {totals.copied_at && <p class="notice">{t("manager.copy", { at: exact(totals.copied_at) })}</p>}
      <div class="office-filters">
        <label class="field"><span>{t("manager.from")}</span><input type="date" value={from} max={to} onInput={({ currentTarget }) => currentTarget.value && setFrom(currentTarget.value)} /></label>
        <label class="field"><span>{t("manager.to")}</span><input type="date" value={to} min={from} max={today()} onInput={({ currentTarget }) => currentTarget.value && setTo(currentTarget.value)} /></label>
      </div>
      {totals.error !== null && <Failed error={totals.error} again={totals.again} />}
      {!totals.value && totals.error === null && <Waiting shape="rows" />}
      {totals.value && totals.value.count > 0 && <Sums of={totals.value} stale={totals.stale} />}
      <Decisions key={key} from={from} to={to} />
    </>
  );
}

function Sums({ of, stale }: { of: Totals; stale: boolean }) {
  return (
    <div class={`ratings-sums ${stale ? "stale" : ""}`}>
      <SumTable title={t("ratings.by_branch")} rows={of.branches.map((one) => [t(`leniency.${one.branch}`), one])} total={of} />
      <SumTable title={t("ratings.by_township")} rows={of.townships.map((one) => [one.name ?? one.township ?? t("manager.no_township"), one])} total={of} />
    </div>
  );
}

type Sum = { count: number; amount_yuan: number; waived_yuan: number };

function SumTable({ title, rows, total }: { title: string; rows: [string, Sum][]; total: Sum }) {
  const line = ({ count, amount_yuan, waived_yuan }: Sum) => <><td>{count}</td><td>{yuan(amount_yuan)}</td><td>{yuan(waived_yuan)}</td></>;
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-label={title}>
      <table class="office-table numbers">
        <thead><tr><th scope="col">{title}</th><th scope="col">{t("ratings.decisions")}</th><th scope="col">{t("ratings.amount")}</th><th scope="col">{t("ratings.waived")}</th></tr></thead>
        <tbody>{rows.map(([name, sum]) => <tr key={name}><th scope="row">{name}</th>{line(sum)}</tr>)}</tbody>
        <tfoot><tr><th scope="row">{t("ratings.total")}</th>{line(total)}</tr></tfoot>
      </table>
    </div>
  );
}

function Decisions({ from, to }: { from: string; to: string }) {
  const [older, setOlder] = useState<Decision[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  const read = useReading(`leniency/decisions/${from}/${to}`, () => fetchDecisions(from, to));
  const items = [...(read.value?.items ?? []), ...older];
  const cursor = next === undefined ? read.value?.next : next;
  const load = async () => {
    const page = await fetchDecisions(from, to, cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  return (
    <section class="office-part" aria-labelledby="ratings-decisions">
      <header><h2 id="ratings-decisions">{t("ratings.decisions")}</h2></header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("ratings.no_decisions")}</p>}
      {items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="ratings-decisions">
          <table class="office-table numbers">
            <thead>
              <tr>
                <th scope="col">{t("ratings.subject")}</th><th scope="col" class="words">{t("ratings.matter")}</th><th scope="col" class="words">{t("ratings.branch")}</th>
                <th scope="col">{t("ratings.amount")}</th><th scope="col">{t("ratings.waived")}</th><th scope="col" class="words">{t("ratings.reason")}</th><th scope="col">{t("ratings.decided_on")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <th scope="row">{one.subject_name ?? one.subject}</th>
                  <td class="words">{categoryName(one.item)}{one.case && <span class="quiet"> {one.case}</span>}</td>
                  <td class="words">{t(`leniency.${one.branch}`)}</td>
                  <td>{yuan(one.amount_yuan)}</td><td>{yuan(one.waived_yuan)}</td>
                  <td class="words">{one.reason}</td><td>{one.decided_on}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("ratings.older")}</button>}
    </section>
  );
}
