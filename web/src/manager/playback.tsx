/** A day played back: who went where, how fast, where they stood, what they saw and sent. Looking is noted, with a reason. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LonLat, MapView } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { Events } from "./events";
import { metres } from "./measures";
import { usePeople } from "./people";
import { fetchTrack, moment, spanOf, type Walk, walkOf, whereAt } from "./playing";
import { placeName } from "./names";
import { change, query } from "./query";
import { save } from "../ui/saving";
import { fetched } from "../api/client";
import { Timeline } from "./timeline";

/** As many as have a colour and a dash of their own. */
const OFFICERS_MAX = 4;
const FORMATS = ["gpx", "kml", "geojson", "csv"] as const;

export function Playback() {
  const [walks, setWalks] = useState<Walk[] | null>(null);
  const [asked, setAsked] = useState<{ day: string; why: string }>({ day: "", why: "" });
  const span = walks && spanOf(walks);
  return (
    <>
      <h1>{t("manager.playback_title")}</h1>
      <Form
        found={(came, day, why) => {
          setWalks(came);
          setAsked({ day, why });
          moment.value = spanOf(came)?.[0] ?? 0;
        }}
      />
      {walks && !span && <p class="office-empty">{t("manager.no_track")}</p>}
      {walks && span && (
        <>
          <Timeline walks={walks} span={span} />
          <div class="office-sides">
            <Walks walks={walks} />
            <div class="manager-beside">
              {walks.map((walk) => <Person key={walk.officer.account} walk={walk} {...asked} />)}
              <Events walks={walks} />
            </div>
          </div>
        </>
      )}
      {!walks && <p class="office-empty">{t("manager.playback_empty")}</p>}
    </>
  );
}

function Form({ found }: { found: (walks: Walk[], day: string, why: string) => void }) {
  const of = query.value;
  const day = of.day || today();
  const chosen = of.who ? of.who.split(",").slice(0, OFFICERS_MAX) : [];
  const read = usePeople();
  const [why, setWhy] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const toggle = (account: string) => {
    const next = chosen.includes(account) ? chosen.filter((one) => one !== account) : [...chosen, account];
    change({ who: next.join(",") }, "replace");
  };
  const ask = async (event: globalThis.Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const came = await Promise.all(chosen.map((account) => fetchTrack(account, day, why.trim())));
      found(came.map(walkOf), day, why.trim());
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="manager-ask" onSubmit={(event) => void ask(event)}>
      <fieldset>
        <legend>{t("manager.who", { n: OFFICERS_MAX })}</legend>
        {read.error !== null && !read.people.length && <Failed error={read.error} again={read.again} />}
        {!read.value && read.error === null && <p class="quiet" role="status">{t("wait.loading")}</p>}
        {read.value && !read.people.length && <p class="quiet">{t("manager.no_people")}</p>}
        <div class="manager-people">
          {read.people.map(({ account, name, body }) => (
            <label key={account} class="manager-person">
              <input type="checkbox" checked={chosen.includes(account)} disabled={!chosen.includes(account) && chosen.length >= OFFICERS_MAX} onChange={() => toggle(account)} />
              <span>{name} <small class="quiet">{placeName(body)}</small></span>
            </label>
          ))}
        </div>
      </fieldset>
      <label class="field"><span>{t("manager.day")}</span>
        <input type="date" required max={today()} value={day} onChange={({ currentTarget }) => change({ day: currentTarget.value }, "replace")} />
      </label>
      <label class="field wide"><span>{t("manager.why")}</span>
        <input type="text" required maxLength={500} pattern=".*\S.*" value={why} aria-describedby="manager-why" onInput={({ currentTarget }) => setWhy(currentTarget.value)} />
      </label>
      <p id="manager-why" class="quiet wide">{t("manager.why_explained")}</p>
      {error !== null && <Failed error={error} />}
      <button type="submit" class="button main" disabled={busy || !chosen.length || !why.trim()}>{t(busy ? "manager.reading_track" : "manager.show_track")}</button>
    </form>
  );
}

function Person({ walk, day, why }: { walk: Walk; day: string; why: string }) {
  const [error, setError] = useState<unknown>(null);
  const at = whereAt(walk, moment.value);
  const download = async (format: (typeof FORMATS)[number]) => {
    try {
      const response = await fetched(`/api/v1/officers/${walk.officer.account}/track?${new URLSearchParams({ from: day, to: day, why, format })}`);
      save(await response.blob(), `track_${walk.officer.name}_${day}.${format}`);
      setError(null);
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <section class="office-part manager-walker" data-rank={walk.rank}>
      <header>
        <h2><span class="manager-line" aria-hidden="true" /> {walk.officer.name}</h2>
        <span class="numbers">{metres(walk.far_m)} · {at ? `${(at.speed_mps * 3.6).toFixed(1)} km/h` : t("manager.not_yet")}</span>
      </header>
      {walk.coarse && <p class="notice">{t("manager.coarse")}</p>}
      {!walk.spots.length && <p class="quiet">{t("manager.no_track")}</p>}
      <p class="manager-files" role="group" aria-label={t("manager.files_of", { name: walk.officer.name })}>
        {FORMATS.map((format) => <button type="button" key={format} class="plain" onClick={() => void download(format)}>{format.toUpperCase()}</button>)}
      </p>
      {error !== null && <Failed error={error} />}
    </section>
  );
}

function Walks({ walks }: { walks: Walk[] }) {
  const map = useRef<MapView | null>(null);
  const ends = useRef<() => void>(() => undefined);
  const shown = useRef(walks);
  shown.current = walks;
  const draw = () => {
    map.current?.setLines(walks.map((walk) => ({ stretches: walk.stretches, rank: walk.rank })), stopsOf(walks));
    map.current?.fit(walks.flatMap((walk) => walk.stretches.flat()));
  };
  useEffect(draw, [walks]);
  useEffect(() => () => ends.current(), []);
  const opened = (view: MapView) => {
    map.current = view;
    draw();
    // The ring is full: it is where they were then, not how old that is now.
    ends.current = effect(() => {
      const at = moment.value;
      view.setOfficers(shown.current.flatMap((walk) => {
        const here = whereAt(walk, at);
        return here ? [{ id: walk.officer.account, name: walk.officer.name, at: here.place, recorded_at: Date.now() }] : [];
      }));
    });
  };
  return (
    <section class="manager-ground" aria-label={t("manager.map")}>
      <LazyMap layers={["zones", "officers"]} opened={opened} />
    </section>
  );
}

/** Stops and reports stand on the map with the sign they have in the list. */
function stopsOf(walks: Walk[]) {
  return walks.flatMap((walk) => walk.events.flatMap((one) => (one.lon != null && one.lat != null ? [{ at: [one.lon, one.lat] as LonLat, label: t(`manager.sign_${one.kind}`), done: one.kind === "report" }] : [])));
}
