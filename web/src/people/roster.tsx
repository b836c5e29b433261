/** The roster of a week by team and day, who is on none, and whole days from a file. */
import { useState } from "preact/hooks";
import { moved } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { day, language, t } from "../words";
import { fetchOff, fetchWeek, type Turn } from "./asking";
import { bodies } from "./known";
import { Choice } from "./list";
import { change, query, weekOf } from "./query";
import { RosterFile } from "./roster_file";

const DAYS = [0, 1, 2, 3, 4, 5, 6] as const;
const CLOCK = { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const clock = (at: string): string => new Intl.DateTimeFormat("zh-CN", CLOCK).format(new Date(at));

/** "Mon 11-30" in the language of the page; a day is the same all over the world. */
function dayName(of: string): string {
  const weekday = new Intl.DateTimeFormat(language.value, { timeZone: "UTC", weekday: "short" }).format(new Date(`${of}T00:00:00Z`));
  return `${weekday} ${of.slice(5)}`;
}

export function RosterPage() {
  const of = query.value;
  const week = weekOf(of);
  const [tick, setTick] = useState(0);
  const read = useReading(`people/roster/${week}/${of.body}`, () => fetchWeek(week, of.body), { tick });
  const span = t("people.week_of", { from: week, to: moved(week, 6) });
  return (
    <>
      <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="people-roster">
        <header>
          <h2 id="people-roster" class="numbers">{t("people.roster")} · {span}</h2>
          <div class="office-buttons">
            <button type="button" class="button" onClick={() => change({ week: moved(week, -7) })}>{t("people.week_before")}</button>
            <button type="button" class="button" onClick={() => change({ week: "" })}>{t("people.this_week")}</button>
            <button type="button" class="button" onClick={() => change({ week: moved(week, 7) })}>{t("people.week_after")}</button>
          </div>
        </header>
        <form class="office-filters" onSubmit={(event) => event.preventDefault()}>
          <Choice label={t("people.body")} value={of.body} options={bodies.value.map(({ code, name }) => [code, name])} onChange={(body) => change({ body })} />
        </form>
        {read.error !== null && <Failed error={read.error} again={read.again} />}
        {!read.value && read.error === null && <Waiting what={t("people.loading_roster")} shape="rows" />}
        {read.value?.length === 0 && <p class="office-empty">{t("people.no_roster")}</p>}
        {read.value && read.value.length > 0 && <Week week={week} turns={read.value} />}
      </section>
      <Off week={week} body={of.body} tick={tick} />
      <RosterFile body={of.body} onKept={() => setTick((had) => had + 1)} />
    </>
  );
}

/** Turns by team, and in a team by who has them. */
function byTeam(turns: Turn[]): [string, [string, Turn[]][]][] {
  const teams = new Map<string, Map<string, Turn[]>>();
  for (const turn of turns) {
    const team = `${turn.body}/${turn.team?.name ?? ""}`;
    const people = teams.get(team) ?? new Map<string, Turn[]>();
    teams.set(team, people.set(turn.account, [...(people.get(turn.account) ?? []), turn]));
  }
  return [...teams].sort(([a], [b]) => a.localeCompare(b)).map(([team, people]) => [team, [...people]]);
}

function Week({ week, turns }: { week: string; turns: Turn[] }) {
  const names = new Map(bodies.value.map(({ code, name }) => [code, name]));
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-label={t("people.roster")}>
      <table class="office-table people-week">
        <thead>
          <tr><th scope="col">{t("people.name")}</th>{DAYS.map((n) => <th key={n} scope="col" class="words">{dayName(moved(week, n))}</th>)}</tr>
        </thead>
        {byTeam(turns).map(([team, people]) => {
          const [body = "", name] = team.split("/");
          return (
            <tbody key={team}>
              <tr class="people-team"><th scope="rowgroup" colSpan={8}>{names.get(body) ?? body} · {name || t("people.no_team")} <span class="quiet numbers">{t("people.n_people", { n: people.length })}</span></th></tr>
              {people.map(([account, of]) => (
                <tr key={account}>
                  <th scope="row">{of[0]!.name} <span class="quiet people-user">{of[0]!.username}</span></th>
                  {DAYS.map((n) => <td key={n} class="words numbers">{of.filter(({ on_from }) => day(on_from) === moved(week, n)).map((turn) => <p key={turn.id}>{clock(turn.on_from)}–{clock(turn.on_to)}{turn.area && <span class="quiet"> {turn.area.name}</span>}</p>)}</td>)}
                </tr>
              ))}
            </tbody>
          );
        })}
      </table>
    </div>
  );
}

function Off({ week, body, tick }: { week: string; body: string; tick: number }) {
  const read = useReading(`people/off/${week}/${body}`, () => fetchOff(week, body), { tick });
  const names = read.value?.items ?? [];
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="people-off">
      <header><h2 id="people-off">{t("people.off")}{read.value && <span class="quiet numbers"> {names.length}{read.value.next && "+"}</span>}</h2></header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {read.value && names.length === 0 && <p class="quiet">{t("people.off_none")}</p>}
      <ul class="people-off">{names.map((one) => <li key={one.id}>{one.display_name} <span class="quiet">{one.body.name} · {one.team ?? t("people.no_team")}</span></li>)}</ul>
    </section>
  );
}
