/** The officer's own: today's track, who looked at it, how the phone is set up, the way out. */
import type { ComponentChildren } from "preact";
import { answer, api, type Schema, session, signOut } from "../api/client";
import { either, exact, language, speak, t } from "../words";
import { Ask } from "./ask";
import { Background } from "./background";
import { highContrast } from "./contrast";
import { ago, Copied } from "./copied";
import { untold } from "./duty";
import { metres } from "./far";
import { APP_DATUMS, appDatum, type AppDatum, chooseAppDatum } from "./going";
import { chooseDatum, DATUMS, datum, type Datum } from "./here";
import { making } from "./making";
import { waiting } from "./queue";
import { useReading } from "../ui/reading";
import { TrackLine } from "./track_line";
import { unsent } from "./tracking";

const LOOKS_SHOWN = 50;

export function MeScreen() {
  const user = session.value!.user;
  return (
    <main class="officer-me">
      <header>
        <h1>{user.display_name}</h1>
        <p class="quiet">
          {user.organisation.name} · {user.username}
        </p>
      </header>
      <Track id={user.id} />
      <Looks />
      <Part title={t("officer.background.title")}>
        <Background />
      </Part>
      <Part title={t("officer.me.settings")}>
        <Settings />
      </Part>
      <SignOut />
    </main>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="officer-part" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Track({ id }: { id: string }) {
  const read = useReading(`track.${id}`, () => fetchTrack(id));
  const tracks = read.value?.tracks ?? [];
  const far = tracks.reduce((sum, track) => sum + track.distance_m, 0);
  const fixes = tracks.reduce((sum, track) => sum + track.fixes, 0);
  return (
    <Part title={t("officer.me.track")}>
      <Copied read={read} />
      {read.value && fixes === 0 && <p class="quiet">{t("officer.me.no_track")}</p>}
      {fixes > 0 && (
        <>
          <p class="numbers">{t("officer.me.walked", { far: metres(far), fixes })}</p>
          <TrackLine tracks={tracks} />
        </>
      )}
      {unsent.value > 0 && <p class="officer-aside numbers">{t("officer.duty.track_waits", { count: unsent.value })}</p>}
    </Part>
  );
}

async function fetchTrack(officer_id: string): Promise<Schema<"Playback">> {
  const asked = api.GET("/api/v1/officers/{officer_id}/track", { params: { path: { officer_id }, query: { format: "json" } } });
  return (await answer(asked)) as Schema<"Playback">;
}

function Looks() {
  const read = useReading("looks", async () => (await answer(api.GET("/api/v1/position-looks", { params: { query: { limit: LOOKS_SHOWN } } }))).items);
  return (
    <Part title={t("officer.me.looks")}>
      <Copied read={read} />
      {read.value?.length === 0 && <p class="quiet">{t("officer.me.no_looks")}</p>}
      <ul class="officer-looks">
        {read.value?.map((look) => (
          <li key={look.looked_at + look.account}>
            <p>
              <strong>{look.name}</strong> <span class="quiet">{look.body.name}</span>
            </p>
            <p class="quiet">
              {either(look.why_name, look.why_name_en)}
              {look.reason && ` · ${look.reason}`}
              {look.case && ` · ${look.case}`}
            </p>
            <time class="quiet" dateTime={look.looked_at} title={exact(look.looked_at)}>
              {ago(look.looked_at)}
            </time>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Settings() {
  return (
    <div class="officer-settings">
      <label class="officer-switch">
        <span>{t("officer.me.contrast")}</span>
        <input type="checkbox" role="switch" checked={highContrast.value} onChange={({ currentTarget }) => (highContrast.value = currentTarget.checked)} />
      </label>
      <label class="field">
        <span>{t("officer.datum.label")}</span>
        <select value={datum.value} onChange={({ currentTarget }) => chooseDatum(currentTarget.value as Datum)}>
          {DATUMS.map((known) => (
            <option key={known} value={known}>
              {t(`officer.datum.${known}`)}
            </option>
          ))}
        </select>
      </label>
      <p class="officer-aside">{t("officer.datum.help")}</p>
      <label class="field">
        <span>{t("going.datum")}</span>
        <select value={appDatum.value} onChange={({ currentTarget }) => chooseAppDatum(currentTarget.value as AppDatum)}>
          {APP_DATUMS.map((known) => (
            <option key={known} value={known}>
              {t(`going.datum_${known}`)}
            </option>
          ))}
        </select>
      </label>
      <a class="button" href="/app/me">{t("officer.me.account")}</a>
      <button type="button" class="button" onClick={() => speak(language.value === "en" ? "zh-CN" : "en")}>
        {t("language.other")}
      </button>
    </div>
  );
}

function SignOut() {
  const left = waiting.value + (making.value ? 1 : 0);
  if (left === 0 && unsent.value === 0 && !untold.value)
    return (
      <button type="button" class="button grave" onClick={() => void signOut()}>
        {t("session.sign_out")}
      </button>
    );
  return <Ask class="button grave" label={t("session.sign_out")} text={t("officer.me.sign_out_ask", { reports: left, fixes: unsent.value })} act={() => void signOut()} />;
}
