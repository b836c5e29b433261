/** The zone manager's page: which fronts were seen, and who went where. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import { session, signOut } from "../api/client";
import { loadNames } from "../cases";
import { live } from "../dispatch/live";
import { useOnline } from "../officer/online";
import { language, speak, t } from "../words";
import { Coverage } from "./coverage";
import "./manager.css";
import { loadTownships } from "./names";
import { Playback } from "./playback";
import { readAddress } from "./query";
import { watch } from "./watching";

const MANAGING = new Set(["zone_manager", "admin", "dispatcher"]);

export default function Manager() {
  const role = session.value?.user.role ?? "";
  const may = MANAGING.has(role);
  useEffect(() => {
    readAddress();
    loadNames();
    void loadTownships().catch(() => undefined);
    return may ? watch() : undefined;
  }, []);
  return (
    <div class="manager">
      <Top />
      {may ? (
        <main class="manager-page">
          <Offline />
          <Switch>
            <Route path="/manager/playback">{role === "admin" ? <NoRights>{t("manager.playback_not_admin")}</NoRights> : <Playback />}</Route>
            <Route><Coverage /></Route>
          </Switch>
        </main>
      ) : (
        <main class="manager-page"><NoRights>{t("manager.no_rights")}</NoRights></main>
      )}
    </div>
  );
}

function NoRights({ children }: { children: ComponentChildren }) {
  return <p class="notice manager-refused">{children}</p>;
}

function Offline() {
  const online = useOnline();
  return online ? null : <p class="notice bad" role="status">{t("manager.offline")}</p>;
}

function Top() {
  const user = session.value?.user;
  const [at] = useLocation();
  const playing = at.startsWith("/manager/playback");
  return (
    <header class="manager-top">
      <p class="manager-brand"><img src="/app/icon.svg" alt="" width="24" height="24" /><span>{t("app.name")}</span></p>
      <nav aria-label={t("door.manager")}>
        <Tab to="/manager" here={!playing}>{t("manager.coverage")}</Tab>
        <Tab to="/manager/playback" here={playing}>{t("manager.playback")}</Tab>
        <Link class="manager-tab" href="/dispatch">{t("door.dispatch")}</Link>
      </nav>
      <p class={`manager-live ${live.value}`} role="status"><span aria-hidden="true" />{t(`desk.live_${live.value}`)}</p>
      {user && (
        <details class="manager-who">
          <summary title={user.display_name}>{user.display_name}</summary>
          <div>
            <p>{user.organisation.name}</p>
            <p class="quiet">{t(`role.${user.role as "dispatcher"}`)} · {user.username}</p>
            <button type="button" class="plain" onClick={() => speak(language.value === "en" ? "zh-CN" : "en")}>{t("language.other")}</button>
            <button type="button" class="plain" onClick={() => void signOut()}>{t("session.sign_out")}</button>
          </div>
        </details>
      )}
    </header>
  );
}

function Tab({ to, here, children }: { to: string; here: boolean; children: ComponentChildren }) {
  return <Link class="manager-tab" href={to} {...(here && { "aria-current": "page" as const })}>{children}</Link>;
}
