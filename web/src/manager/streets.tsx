/** The streets that wait most, the worst first: how much of them, for how long, who answers, and a round at once. */
import { useState } from "preact/hooks";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { fetchGaps, type Gap } from "./asking";
import { count, metres, overdue, Sign } from "./measures";
import { placeName } from "./names";
import { change, daysOf, query, whichKey } from "./query";
import { useAsked } from "./reading";
import { rounding } from "./round_state";

export function Streets() {
  // The chosen street stays among the others.
  const of = { ...query.value, street: "" };
  const days = daysOf(of);
  const key = JSON.stringify([days, ...whichKey(of)]);
  const read = useAsked(`gaps/${key}`, () => fetchGaps(of, days));
  const [more, setMore] = useState<{ of: string; items: Gap[]; next: string | null }>({ of: "", items: [], next: null });
  const known = more.of === key ? more : { of: key, items: [], next: read.value?.next ?? null };
  const [failed, setFailed] = useState<unknown>(null);
  const gaps = [...(read.value?.items ?? []), ...known.items];
  const longest = Math.max(1, ...gaps.map((gap) => gap.length_m));
  const further = () =>
    fetchGaps(of, days, known.next!).then(
      (page) => {
        setFailed(null);
        setMore({ of: key, items: [...known.items, ...page.items], next: page.next });
      },
      setFailed,
    );
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="manager-streets">
      <header>
        <h2 id="manager-streets">{t("manager.worst_streets")}</h2>
        <button type="button" class="button" disabled={!gaps.length} onClick={() => (rounding.value = { township: of.township || null, street: null })}>
          {t("manager.suggest_round")}
        </button>
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={5} />}
      {read.value && !gaps.length && <p class="office-empty">{t("manager.no_gaps")}</p>}
      <ol class="manager-streets">
        {gaps.map((gap) => <Street key={`${gap.township}/${gap.street}`} gap={gap} longest={longest} />)}
      </ol>
      {failed !== null && <Failed error={failed} />}
      {known.next && <button type="button" class="plain" onClick={() => void further()}>{t("manager.more")}</button>}
    </section>
  );
}

function Street({ gap, longest }: { gap: Gap; longest: number }) {
  const of = query.value;
  const name = gap.street ?? t("round.no_street");
  const chosen = gap.street !== null && of.street === gap.street;
  return (
    <li class={chosen ? "chosen" : ""}>
      <button type="button" class="manager-street" aria-pressed={chosen} disabled={gap.street === null} onClick={() => change(chosen ? { street: "" } : { street: gap.street ?? "", township: gap.township ?? of.township })}>
        <span class="manager-street-name"><strong>{name}</strong> <span class="quiet">{gap.township ? placeName(gap.township) : t("manager.no_township")}</span></span>
        <svg class="manager-bar gap" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect class={gap.never ? "never" : "late"} width={Math.max(2, (gap.length_m / longest) * 100)} height="8" />
        </svg>
        <span class="manager-street-facts numbers">
          <span>{metres(gap.length_m)}</span>
          {gap.late > 0 && <span><Sign of="late" /> {t("manager.late_n", { n: count(gap.late) })}</span>}
          {gap.never > 0 && <span><Sign of="never" /> {t("manager.never_n", { n: count(gap.never) })}</span>}
          {gap.overdue_s !== null && <span class="office-bad">{t("manager.overdue", { time: overdue(gap.overdue_s) })}</span>}
        </span>
      </button>
      {gap.street !== null && (
        <button type="button" class="button" aria-label={t("manager.round_of", { street: name })} onClick={() => (rounding.value = { township: gap.township, street: gap.street })}>
          {t("manager.send_here")}
        </button>
      )}
    </li>
  );
}
