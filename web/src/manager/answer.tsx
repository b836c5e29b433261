/** The answer first, as a sentence: what was due, what was seen, what is late and where; every number opens its rows. */
import type { ComponentChildren } from "preact";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { exact, language, t } from "../words";
import { fetchGaps, fetchSums, type Gap, type Sums } from "./asking";
import { count, km, overdue, percent, Sign } from "./measures";
import { againstOf, change, daysOf, type Query, query, STATUSES, whichKey } from "./query";
import { useAsked } from "./reading";

export function Answer() {
  const of = query.value;
  const days = daysOf(of);
  const key = JSON.stringify([days, ...whichKey(of)]);
  const sums = useAsked(`total/${key}`, () => fetchSums(of, days, "township"));
  const gaps = useAsked(`gaps/${key}`, () => fetchGaps(of, days));
  const against = againstOf(of);
  const before = useAsked(against && `total/${JSON.stringify([against, ...whichKey(of)])}`, () => fetchSums(of, against!, "township"), false);
  if (!sums.value)
    return (
      <>
        <h1 class="unseen">{t("manager.answer")}</h1>
        {sums.error !== null ? <Failed error={sums.error} again={sums.again} /> : <Waiting shape="rows" rows={1} />}
      </>
    );
  const total = sums.value.total;
  return (
    <section class={`manager-answer ${sums.stale ? "stale" : ""}`} aria-label={t("manager.answer")}>
      {sums.copied_at && <p class="notice">{t("manager.copy", { at: exact(sums.copied_at) })}</p>}
      <Sentence total={total} worst={worstOf(gaps.value?.items ?? [])} of={of} />
      <p class="office-choice manager-counts">
        {STATUSES.map((status) => (
          <button type="button" key={status} aria-pressed={of.rows === status} onClick={() => change({ rows: of.rows === status ? "" : status })}>
            <Sign of={status} /> {t(`manager.status_${status}`)} <b class="numbers">{count(total[status])}</b>
          </button>
        ))}
        <button type="button" aria-pressed={of.rows === "all"} onClick={() => change({ rows: of.rows === "all" ? "" : "all" })}>
          {t("manager.fronts")} <b class="numbers">{count(total.zones)}</b>
        </button>
        <span class="quiet numbers">{t("manager.visits", { n: count(total.visits) })}</span>
      </p>
      {against && before.error !== null && <Failed error={before.error} again={before.again} />}
      {against && before.value && <Difference now={total} before={before.value.total} of={of} against={against} />}
    </section>
  );
}

/** Of the streets that wait longest. */
function worstOf(gaps: readonly Gap[]): Gap | null {
  return gaps.filter((gap) => gap.overdue_s !== null).sort((a, b) => b.overdue_s! - a.overdue_s!)[0] ?? null;
}

export const dueOf = (sums: Sums): number => sums.due_m || sums.length_m;
/** Metres seen: of what a plan asks for, or of everything where no plan asks. */
export function seenOf(sums: Sums, of: Query): number {
  if (of.sure) return sums.due_m ? sums.due_certain_m : sums.certain_m;
  return sums.due_m ? sums.due_seen_m : sums.seen_m;
}

function Sentence({ total, worst, of }: { total: Sums; worst: Gap | null; of: Query }) {
  const due = dueOf(total);
  const seen = seenOf(total, of);
  const period = of.period === "custom" ? `${of.from} – ${of.to}` : t(`manager.period_${of.period}`);
  if (!total.zones) return <h1>{t("manager.nothing_here")}</h1>;
  return (
    <h1>
      {t(total.due_m ? "manager.due" : "manager.unplanned", { period })}{" "}
      <Opens rows="all">{km(due)} km</Opens>
      {t("manager.comma")}{t("manager.walked")} <Opens rows="visited">{km(seen)} km ({percent(seen, due)})</Opens>
      {of.sure && <small class="quiet"> {t("manager.certain_only")}</small>}
      {t("manager.comma")}<Opens rows="late">{t("manager.late_n", { n: count(total.late) })}</Opens>
      {total.never > 0 && <>{t("manager.comma")}<Opens rows="never">{t("manager.never_n", { n: count(total.never) })}</Opens></>}
      {worst && (
        <>
          {t("manager.comma")}{t("manager.longest", { time: overdue(worst.overdue_s!) })}{" "}
          <button type="button" class="manager-number" onClick={() => change({ street: worst.street ?? "", township: worst.township ?? of.township, rows: "all" })}>
            {worst.street ?? t("round.no_street")}
          </button>
        </>
      )}
      {language.value === "en" ? "." : "。"}
    </h1>
  );
}

function Opens({ rows, children }: { rows: Query["rows"]; children: ComponentChildren }) {
  return (
    <button type="button" class="manager-number numbers" onClick={() => change({ rows })}>
      {children}
    </button>
  );
}

/** What changed between two periods, in words. */
function Difference({ now, before, of, against }: { now: Sums; before: Sums; of: Query; against: { from: string; to: string } }) {
  const here = seenOf(now, of) / Math.max(1, dueOf(now));
  const there = seenOf(before, of) / Math.max(1, dueOf(before));
  const points = Math.round((here - there) * 1000) / 10;
  const bad = now.late + now.never - before.late - before.never;
  return (
    <p class="manager-difference numbers">
      {t("manager.against", { from: against.from, to: against.to })}{" "}
      {t(points === 0 ? "manager.same_share" : points > 0 ? "manager.share_up" : "manager.share_down", { n: Math.abs(points), before: percent(there, 1) })}
      {t("manager.comma")}
      {t(bad === 0 ? "manager.same_gaps" : bad > 0 ? "manager.more_gaps" : "manager.fewer_gaps", { n: count(Math.abs(bad)), before: count(before.late + before.never) })}
      {language.value === "en" ? "." : "。"}
    </p>
  );
}
