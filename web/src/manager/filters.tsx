/** Which period, where, of what kind, and what counts as seen. */
import { useState } from "preact/hooks";
import { session } from "../api/client";
import { moved, today } from "../ui/days";
import { t } from "../words";
import { fetchTeams } from "../office/teams";
import { placeName, townships } from "./names";
import { usePeople } from "./people";
import { change, daysOf, PERIODS, query, type PeriodName, told } from "./query";
import { useAsked } from "./reading";

const KINDS = ["frontage", "parking", "site", "service_point"] as const;
const TOWNSHIP = /^\d{9}$/;

export function Filters() {
  const of = query.value;
  const mine = session.value?.user.organisation;
  const choices = [...townships.value].filter(([code]) => TOWNSHIP.test(code)).sort(([a], [b]) => a.localeCompare(b));
  const district = !mine || !TOWNSHIP.test(mine.code);
  return (
    <form class="office-filters" aria-label={t("manager.filters")} onSubmit={(event) => event.preventDefault()}>
      <label class="field"><span>{t("manager.period")}</span>
        <select value={of.period} onChange={({ currentTarget }) => choosePeriod(currentTarget.value as PeriodName)}>
          {PERIODS.map((one) => <option key={one} value={one}>{t(`manager.period_${one}`)}</option>)}
        </select>
      </label>
      {of.period === "custom" && <Custom />}
      {district && (
        <label class="field"><span>{t("manager.township")}</span>
          <select value={of.township} onChange={({ currentTarget }) => change({ township: currentTarget.value, street: "" })}>
            <option value="">{t("manager.whole_district")}</option>
            {choices.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
            {of.township && !townships.value.has(of.township) && <option value={of.township}>{of.township}</option>}
          </select>
        </label>
      )}
      <label class="field"><span>{t("manager.kind")}</span>
        <select value={of.kind} onChange={({ currentTarget }) => change({ kind: currentTarget.value })}>
          <option value="">{t("manager.all_kinds")}</option>
          {KINDS.map((kind) => <option key={kind} value={kind}>{t(`manager.kind_${kind}`)}</option>)}
        </select>
      </label>
      <Team />
      <Officer />
      <label class="field"><span>{t("manager.counts_as_seen")}</span>
        <select value={of.sure} onChange={({ currentTarget }) => change({ sure: currentTarget.value as "certain" })}>
          <option value="">{t("manager.with_probable")}</option>
          <option value="certain">{t("manager.surely_seen")}</option>
        </select>
      </label>
      <Against />
      {of.street && (
        <button type="button" class="office-chip" onClick={() => change({ street: "" })}>
          {of.street} <span aria-hidden="true">✕</span><span class="unseen">{t("manager.take_away")}</span>
        </button>
      )}
      {told({ ...of, who: "", day: "" }) && (
        <button type="button" class="plain" onClick={() => change({ period: "week", from: "", to: "", township: "", street: "", kind: "", team: "", sure: "", against: "", rows: "", officer: "" })}>
          {t("manager.clear")}
        </button>
      )}
    </form>
  );
}

function choosePeriod(period: PeriodName): void {
  change({ period, ...(period === "custom" ? daysOf(query.value) : { from: "", to: "" }) });
}

function Custom() {
  const { from, to } = daysOf(query.value);
  return (
    <>
      <label class="field"><span>{t("manager.from")}</span>
        <input type="date" value={from} max={to} required onChange={({ currentTarget }) => currentTarget.value && change({ from: currentTarget.value, to: currentTarget.value > to ? currentTarget.value : to })} />
      </label>
      <label class="field"><span>{t("manager.to")}</span>
        <input type="date" value={to} max={today()} required onChange={({ currentTarget }) => currentTarget.value && change({ to: currentTarget.value, from: currentTarget.value < from ? currentTarget.value : from })} />
      </label>
    </>
  );
}

function Team() {
  const of = query.value;
  const teams = useAsked("teams", fetchTeams, false).value ?? [];
  if (!teams.length && !of.team) return null;
  return (
    <label class="field"><span>{t("manager.team")}</span>
      <select value={of.team} onChange={({ currentTarget }) => change({ team: currentTarget.value })}>
        <option value="">{t("manager.all_teams")}</option>
        {teams.map(({ id, name, body }) => <option key={id} value={id}>{name} · {placeName(body)}</option>)}
        {of.team && !teams.some(({ id }) => String(id) === of.team) && <option value={of.team}>{of.team}</option>}
      </select>
    </label>
  );
}

/** What one officer saw is looked at by name: that is said before it is done. */
function Officer() {
  const of = query.value;
  const directs = session.value?.user.role === "zone_manager" || session.value?.user.role === "dispatcher";
  const { people } = usePeople(directs);
  if (!directs) return null;
  return (
    <label class="field" title={t("manager.officer_noted")}><span>{t("manager.officer")}</span>
      <select value={of.officer} onChange={({ currentTarget }) => change({ officer: currentTarget.value, rows: currentTarget.value ? of.rows || "all" : of.rows })}>
        <option value="">{t("manager.everybody")}</option>
        {people.map(({ account, name, body }) => <option key={account} value={account}>{name} · {placeName(body)}</option>)}
      </select>
    </label>
  );
}

function Against() {
  const of = query.value;
  const days = daysOf(of);
  const [choosing, setChoosing] = useState(false);
  const chosen = of.against.includes("..") ? (of.against.split("..") as [string, string]) : null;
  const own = chosen ?? [moved(days.from, -28), moved(days.to, -28)];
  return (
    <>
      <label class="field"><span>{t("manager.compare")}</span>
        <select
          value={chosen || choosing ? "own" : of.against}
          onChange={({ currentTarget }) => {
            const picked = currentTarget.value;
            setChoosing(picked === "own");
            change({ against: picked === "own" ? own.join("..") : picked });
          }}
        >
          <option value="">{t("manager.compare_none")}</option>
          <option value="before">{t("manager.compare_before")}</option>
          <option value="own">{t("manager.compare_own")}</option>
        </select>
      </label>
      {chosen &&
        (["from", "to"] as const).map((edge, place) => (
          <label class="field" key={edge}><span>{t("manager.compared", { edge: t(`manager.${edge}`) })}</span>
            <input
              type="date" value={chosen[place]} max={today()} required
              onChange={({ currentTarget }) => {
                const next = [...chosen] as [string, string];
                next[place] = currentTarget.value || chosen[place]!;
                if (next[0] > next[1]) next[1 - place] = next[place]!;
                change({ against: next.join("..") });
              }}
            />
          </label>
        ))}
    </>
  );
}
