/** The frame of every page at a desk beside the dispatcher's map: the bar above, and the section that is open. */
import type { ComponentChildren } from "preact";
import { Suspense } from "preact/compat";
import { Link, Redirect, Route, Switch, useLocation } from "wouter-preact";
import { session, signOut } from "../api/client";
import { live } from "../dispatch/live";
import { useOnline } from "../officer/online";
import { Waiting } from "../ui/waiting";
import { language, speak, t } from "../words";
import "../words/office";
import "./office.css";
import { groupsOf, opens, SECTIONS } from "./sections";

const DESK = new Set(["dispatcher", "acceptor", "admin", "zone_manager"]);

export default function Office() {
  const user = session.value?.user;
  return (
    <div class="office">
      <Top />
      <main class="office-page">
        <Offline />
        <Suspense fallback={<Waiting what={t("wait.page")} shape="rows" />}>
          <Switch>
            {SECTIONS.map((one) => (
              <Route key={one.path} path={`${one.path}/*?`}>
                {user && opens(one, user) ? <one.page /> : <p class="notice office-refused">{t("office.no_rights")}</p>}
              </Route>
            ))}
            <Route><Redirect to="/" replace /></Route>
          </Switch>
        </Suspense>
      </main>
    </div>
  );
}

function Offline() {
  const online = useOnline();
  return online ? null : <p class="notice bad" role="status">{t("office.offline")}</p>;
}

function Top() {
  const user = session.value?.user;
  const [at] = useLocation();
  const groups = user ? groupsOf(user) : [];
  // The longest address that fits: a part is open, not the section it belongs to.
  const open = groups.flatMap(({ tabs }) => tabs.map(({ path }) => path)).filter((path) => at === path || at.startsWith(`${path}/`)).sort((a, b) => b.length - a.length)[0];
  const here = groups.find(({ tabs }) => tabs.some(({ path }) => path === open));
  return (
    <header class="office-top">
      <Link class="office-brand" href="/"><img src="/app/icon.svg" alt="" width="24" height="24" /><span>{t("app.name")}</span></Link>
      <nav aria-label={t("office.sections")}>
        {groups.map((one) => <Tab key={one.to} to={one.to} here={here?.to === one.to}>{t(one.name)}</Tab>)}
        {DESK.has(user?.role ?? "") && <Link class="office-tab" href="/dispatch">{t("door.dispatch")}</Link>}
      </nav>
      {open?.startsWith("/manager") && (
        <p class={`office-live ${live.value}`} role="status"><span aria-hidden="true" />{t(`desk.live_${live.value}`)}</p>
      )}
      {user && (
        <details class="office-who">
          <summary title={user.display_name}>{user.display_name}</summary>
          <div>
            <p>{user.organisation.name}</p>
            <p class="quiet">{t(`role.${user.role as "dispatcher"}`)} · {user.username}</p>
            <Link class="plain" href="/me">{t("office.me")}</Link>
            <button type="button" class="plain" onClick={() => speak(language.value === "en" ? "zh-CN" : "en")}>{t("language.other")}</button>
            <button type="button" class="plain" onClick={() => void signOut()}>{t("session.sign_out")}</button>
          </div>
        </details>
      )}
      {here && here.tabs.length > 1 && (
        <nav class="office-under" aria-label={t(here.name)}>
          {here.tabs.map(({ path, name }) => <Tab key={path} to={path} here={path === open}>{t(name)}</Tab>)}
        </nav>
      )}
    </header>
  );
}

function Tab({ to, here, children }: { to: string; here: boolean; children: ComponentChildren }) {
  return <Link class="office-tab" href={to} {...(here && { "aria-current": "page" as const })}>{children}</Link>;
}
