/** The layer through time: what was in force on a day, and what differs between two. */
import { useEffect } from "preact/hooks";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { type Change, fetchChanges, fetchDays } from "./asking";
import { changes } from "./comparing";
import type { Shape } from "./geometry";
import { lookAt } from "./picking";
import { change, query } from "./query";
import { looked } from "./saving";
import { edited } from "./zones";

export function Versions() {
  const { kind, day, from } = query.value;
  const read = useReading(`layers.days/${kind}`, () => fetchDays(kind), { tick: edited.value });
  const shown = day || today();
  const days = [...new Set([...(read.value ?? []).map((one) => one.day), today()])].sort();
  const place = days.findLastIndex((one) => one <= shown);
  const told = read.value?.find((one) => one.day === days[place]);
  const to = (index: number) => days[index] && change({ day: days[index] === today() ? "" : days[index]! }, "replace");
  return (
    <section class="office-part" aria-labelledby="layers-time">
      <header><h2 id="layers-time">{t(from ? "layers.difference" : "layers.of_day")}</h2></header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      <p class="layers-day numbers"><strong>{shown}</strong>{shown === today() && <span class="quiet"> {t("layers.today")}</span>}</p>
      {told && <p class="quiet numbers">{t("layers.day_counts", { day: told.day, begun: told.begun, ended: told.ended })}</p>}
      <div class="layers-slide">
        <button type="button" class="button" disabled={place <= 0} onClick={() => to(place - 1)}>{t("layers.day_before")}</button>
        <input type="range" min={0} max={Math.max(0, days.length - 1)} value={Math.max(0, place)} aria-label={t("layers.slide")} aria-valuetext={shown} onInput={({ currentTarget }) => to(Number(currentTarget.value))} />
        <button type="button" class="button" disabled={place >= days.length - 1} onClick={() => to(place + 1)}>{t("layers.day_after")}</button>
      </div>
      <div class="office-form">
        <label class="field"><span>{t(from ? "layers.to" : "layers.day")}</span><input type="date" value={shown} onChange={({ currentTarget }) => currentTarget.value && change({ day: currentTarget.value })} /></label>
        {from && <label class="field"><span>{t("layers.from")}</span><input type="date" value={from} onChange={({ currentTarget }) => currentTarget.value && change({ from: currentTarget.value })} /></label>}
        <button type="button" class="button" aria-pressed={from !== ""} onClick={() => change({ from: from ? "" : (days[place - 1] ?? moved(shown, -30)) })}>{t(from ? "layers.no_difference" : "layers.compare")}</button>
      </div>
      {from && <Differences from={from} to={shown} />}
    </section>
  );
}

const KINDS_OF = ["added", "changed", "removed"] as const;
const ROWS = 200;

function Differences({ from, to }: { from: string; to: string }) {
  const { kind } = query.value;
  const read = useReading(`layers.changes/${kind}/${from}/${to}`, () => fetchChanges(kind, from, to), { tick: edited.value });
  const found = read.stale ? null : read.value;
  useEffect(() => {
    changes.value = found?.changes ?? [];
  }, [found]);
  useEffect(() => () => void ([changes.value, looked.value] = [[], null]), []);
  if (read.error !== null) return <Failed error={read.error} again={read.again} />;
  if (!found) return <Waiting shape="rows" rows={4} what={t("layers.comparing")} />;
  const show = ({ geometry, properties }: Change) => {
    looked.value = properties.change === "changed" ? ((properties.before?.geometry as Shape | undefined) ?? null) : null;
    lookAt(geometry as Shape);
  };
  return (
    <>
      <ul class="layers-counts">
        {KINDS_OF.map((one) => <li key={one}><i class={one} aria-hidden="true" />{t(`layers.change_${one}`)} <strong class="numbers">{found.changes.filter(({ properties }) => properties.change === one).length}</strong></li>)}
      </ul>
      {!found.complete && <p class="notice">{t("layers.changes_partial", { n: found.changes.length })}</p>}
      {!found.changes.length && <p class="office-empty">{t("layers.no_changes")}</p>}
      <ul class="layers-list layers-changes">
        {found.changes.slice(0, ROWS).map((one) => {
          const { code, change: what, fields, before, after } = one.properties;
          return (
            <li key={code}>
              <button type="button" onClick={() => show(one)}>
                <i class={what} aria-hidden="true" /><span><strong class="numbers">{code}</strong> {(after ?? before)!.name}</span>
                <span class="quiet">{t(`layers.change_${what}`)}{fields.length > 0 && `：${fields.map((field) => t(`layers.field_${field}`)).join("、")}`}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {found.changes.length > ROWS && <p class="quiet">{t("layers.first_rows", { n: ROWS, all: found.changes.length })}</p>}
    </>
  );
}
