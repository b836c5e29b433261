/** Rounds that were sent for today, and how far each has come. */
import { useEffect } from "preact/hooks";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { exact, t } from "../words";
import { fetchSent, type Sent } from "./asking";
import { metres } from "./measures";
import { useAsked } from "./reading";
import { shownSent } from "./round_state";

export function SentRounds() {
  const day = today();
  const read = useAsked(`sent/${day}`, () => fetchSent(day));
  useEffect(() => {
    const newer = read.value?.find((one) => one.id === shownSent.peek()?.id);
    if (newer) shownSent.value = newer;
  }, [read.value]);
  if (read.error !== null && !read.value) return <Failed error={read.error} again={read.again} />;
  if (!read.value?.length) return null;
  return (
    <section class="office-part" aria-labelledby="manager-sent">
      <header><h2 id="manager-sent">{t("manager.sent_today")}</h2></header>
      <ul class="manager-sent">{read.value.map((one) => <One key={one.id} one={one} />)}</ul>
    </section>
  );
}

function One({ one }: { one: Sent }) {
  const chosen = shownSent.value?.id === one.id;
  const words = t("manager.seen_fronts", { seen: one.seen, of: one.zones });
  return (
    <li>
      <button type="button" class="manager-street" aria-pressed={chosen} onClick={() => (shownSent.value = chosen ? null : one)}>
        <span class="manager-street-name"><strong>{one.officer.name}</strong> <span class="quiet">{one.streets.map((street) => street.street ?? t("round.no_street")).filter((name, place, all) => all.indexOf(name) === place).join("、")}</span></span>
        <svg class="manager-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
          <rect class="whole" width="100" height="8" />
          <rect class="certain" width={(one.seen / Math.max(1, one.zones)) * 100} height="8" />
        </svg>
        <span class="manager-street-facts numbers">
          <span>{words}</span><span>{metres(one.length_m)}</span><time dateTime={one.sent_at}>{exact(one.sent_at).slice(-5)}</time>
        </span>
      </button>
    </li>
  );
}
