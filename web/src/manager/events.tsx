/** What happened, by time: a line goes to its moment; reports with their photos and their case. */
import { useComputed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { authorized } from "../api/client";
import { categoryName } from "../cases";
import { exact, t } from "../words";
import { type Event, moment, type Walk } from "./playing";

const KINDS = ["stop", "visit", "report", "sos", "assist"] as const;
const SHOWN_MAX = 300;

export function Events({ walks }: { walks: Walk[] }) {
  const [kind, setKind] = useState<(typeof KINDS)[number] | "">("");
  const all = walks.flatMap((walk) => walk.events.map((event) => ({ walk, event }))).sort((a, b) => a.event.at.localeCompare(b.event.at));
  const shown = all.filter(({ event }) => !kind || event.kind === kind);
  return (
    <section class="office-part" aria-labelledby="manager-events">
      <header><h2 id="manager-events">{t("manager.events")}</h2></header>
      <div class="office-choice" role="group" aria-label={t("manager.events")}>
        <button type="button" aria-pressed={!kind} onClick={() => setKind("")}>{t("manager.all")} <b class="numbers">{all.length}</b></button>
        {KINDS.filter((one) => all.some(({ event }) => event.kind === one)).map((one) => (
          <button type="button" key={one} aria-pressed={kind === one} onClick={() => setKind(one)}>{t(`manager.event_${one}`)} <b class="numbers">{all.filter(({ event }) => event.kind === one).length}</b></button>
        ))}
      </div>
      <ol class="manager-events">
        {shown.slice(0, SHOWN_MAX).map(({ walk, event }, place) => <One key={`${walk.officer.account}/${event.at}/${place}`} walk={walk} event={event} named={walks.length > 1} />)}
      </ol>
      {shown.length > SHOWN_MAX && <p class="quiet">{t("manager.first_events", { n: SHOWN_MAX, of: shown.length })}</p>}
    </section>
  );
}

function One({ walk, event, named }: { walk: Walk; event: Event; named: boolean }) {
  const at_ms = Date.parse(event.at);
  // The line is drawn anew when the day passes it, not in each picture.
  const past = useComputed(() => at_ms <= moment.value);
  const minutes = event.until ? Math.round((Date.parse(event.until) - at_ms) / 60_000) : 0;
  return (
    <li class={past.value ? "past" : ""} data-rank={walk.rank}>
      <button type="button" class="manager-event" onClick={() => (moment.value = at_ms)}>
        <time class="numbers" dateTime={event.at} title={exact(event.at)}>{exact(event.at).slice(-5)}</time>
        <span>
          <strong>{t(`manager.event_${event.kind}`)}</strong> {event.zone && (event.zone.name || event.zone.code)}{event.category && categoryName(event.category)}{event.what}
          {minutes > 0 && <span class="quiet"> {t("manager.minutes", { n: minutes })}</span>}
          {event.certain === false && <span class="quiet"> {t("manager.probably_seen")}</span>}
          {named && <span class="quiet"> · {walk.officer.name}</span>}
        </span>
      </button>
      {event.case && <a href={`/app/dispatch?case=${event.case}`}>{event.case}</a>}
      {event.id && event.photos?.map((photo) => <Photo key={photo.sha256} report={event.id!} sha256={photo.sha256} />)}
    </li>
  );
}

function Photo({ report, sha256 }: { report: string; sha256: string }) {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    let made: string | null = null;
    let gone = false;
    void authorized(`/api/v1/reports/${report}/photos/${sha256}/thumbnail`).then(async (response) => {
      if (!response.ok || gone) return;
      made = URL.createObjectURL(await response.blob());
      setAddress(made);
    }, () => undefined);
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [sha256]);
  return address ? <img class="manager-photo" src={address} alt={t("case.photo_scene")} /> : <span class="manager-photo quiet">{t("manager.photo")}</span>;
}
