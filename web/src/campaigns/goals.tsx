/** How many fronts of each township are to be checked; left alone, all of them. */
import { placeName } from "../manager/names";
import { t } from "../words";
import type { Goal, Preview } from "./asking";

export function Goals({ parts, goals, set }: { parts: Preview["townships"]; goals: Goal[]; set: (goals: Goal[]) => void }) {
  const listed = parts.filter(({ township }) => township !== null) as { township: string; name: string | null; zones: number }[];
  if (listed.length === 0) return null;
  const goalOf = (township: string, zones: number) => Math.min(zones, goals.find((goal) => goal.township === township)?.zones ?? zones);
  const change = (township: string, all: number, typed: string) => {
    const wanted = Math.min(all, Math.max(0, Math.trunc(Number(typed)) || 0));
    // Those of townships that are chosen no more go along.
    const others = goals.filter((goal) => goal.township !== township && listed.some((one) => one.township === goal.township && goal.zones <= one.zones));
    set(wanted === all ? others : [...others, { township, zones: wanted }]);
  };
  return (
    <section class="office-part" aria-labelledby="campaigns-goals">
      <header><h2 id="campaigns-goals">{t("campaigns.goals")}</h2></header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="campaigns-goals">
        <table class="office-table numbers">
          <thead><tr><th scope="col">{t("manager.township")}</th><th scope="col">{t("campaigns.fronts")}</th><th scope="col">{t("campaigns.goal")}</th></tr></thead>
          <tbody>
            {listed.map(({ township, name, zones }) => (
              <tr key={township}>
                <th scope="row">{name ?? placeName(township)}</th><td>{zones}</td>
                <td><input class="campaigns-goal" type="number" min={0} max={zones} aria-label={t("campaigns.goal_of", { name: name ?? placeName(township) })} value={goalOf(township, zones)} onInput={({ currentTarget }) => change(township, zones, currentTarget.value)} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
