/** The officer's phone: what stands on every screen, and the screens, in one piece: none is missing without network. */
import { useEffect, useRef } from "preact/hooks";
import { Link, Redirect, Route, Switch, useLocation } from "wouter-preact";
import { now } from "../cases/standing";
import { lost, take } from "../ui/focus";
import { type Key, t } from "../words";
import "./contrast";
import { CampaignScreen, CampaignsScreen } from "./checks/campaigns";
import { DoorScreen } from "./checks/door";
import { RecheckScreen, RechecksScreen } from "./checks/rechecks";
import { CardScreen, CardsScreen } from "./doors/card_screens";
import { keepCards } from "./doors/cards";
import { keepAround } from "./doors/fronts";
import { VisitScreen } from "./doors/visit";
import { current, follow } from "./duty";
import { fix } from "./here";
import { Home } from "./home";
import { recover } from "./making";
import { MapScreen } from "./map_screen";
import { MeScreen } from "./me";
import { keepPapers, PapersScreen } from "./papers";
import { items, type QueueItem, start, waiting } from "./queue";
import { keepPlaces } from "./places/places";
import { QueueScreen } from "./queue/screen";
import { RecordScreen, RecordsScreen } from "./records";
import { ReportScreen } from "./report";
import { useOnline } from "./online";
import { SosButton, SosSheet } from "./sos";
import { TaskScreen } from "./tasks/task";
import { TasksScreen } from "./tasks";
import { track } from "./tracking";
import "./checks/checks.css";
import "./officer.css";

const OPENED = new Date().toISOString();

export default function Officer() {
  useEffect(start, []);
  useEffect(follow, []);
  useEffect(track, []);
  useEffect(keepAround, []);
  useEffect(keepCards, []);
  useEffect(keepPapers, []);
  useEffect(() => void keepPlaces().catch(() => undefined), []);
  useEffect(() => void recover(), []);
  usePages();
  return (
    <div class="officer">
      <Bar />
      <Told />
      <Switch>
        <Route path="/officer" component={Home} />
        <Route path="/officer/report" component={ReportScreen} />
        <Route path="/officer/queue" component={QueueScreen} />
        <Route path="/officer/tasks" component={TasksScreen} />
        <Route path="/officer/tasks/:number" component={TaskScreen} />
        <Route path="/officer/campaigns" component={CampaignsScreen} />
        <Route path="/officer/campaigns/:id" component={CampaignScreen} />
        <Route path="/officer/campaigns/:id/:code" component={DoorScreen} />
        <Route path="/officer/rechecks" component={RechecksScreen} />
        <Route path="/officer/rechecks/:recheck/:number" component={RecheckScreen} />
        <Route path="/officer/papers" component={PapersScreen} />
        <Route path="/officer/map" component={MapScreen} />
        <Route path="/officer/visit" component={VisitScreen} />
        <Route path="/officer/cards" component={CardsScreen} />
        <Route path="/officer/cards/:code" component={CardScreen} />
        <Route path="/officer/records" component={RecordsScreen} />
        <Route path="/officer/records/:code" component={RecordScreen} />
        <Route path="/officer/me" component={MeScreen} />
        <Route>
          <Redirect to="/officer" replace />
        </Route>
      </Switch>
      <Tabs />
      <SosSheet />
    </div>
  );
}

/** Another screen begins at its top, has its name, and whoever opened it from what is gone now stands in it. */
function usePages(): void {
  const [at] = useLocation();
  const before = useRef(at);
  const name = nameOf(at);
  useEffect(() => {
    document.title = `${name} · ${t("app.name")}`;
  }, [name]);
  // Whoever goes back finds a list where they left it; the browser sees to that.
  const back = useRef(false);
  useEffect(() => {
    const going = () => {
      back.current = true;
    };
    addEventListener("popstate", going);
    return () => removeEventListener("popstate", going);
  }, []);
  useEffect(() => {
    if (before.current === at) return;
    before.current = at;
    if (!back.current) scrollTo(0, 0);
    back.current = false;
    if (lost()) take(document.querySelector("main"));
  }, [at]);
}

function nameOf(at: string): string {
  const number = /^\/officer\/tasks\/(.+)$/.exec(at)?.[1];
  if (number) return decodeURIComponent(number);
  if (at.startsWith("/officer/campaigns")) return t("checks.campaigns");
  if (at.startsWith("/officer/rechecks")) return t("checks.rechecks");
  if (at === "/officer/papers") return t("letters.tasks");
  if (at.startsWith("/officer/records")) return t("records.title");
  if (at === "/officer/visit") return t("doors.visit");
  if (at.startsWith("/officer/cards")) return t("cards.title");
  if (at === "/officer/queue") return t("officer.home.waiting", { count: waiting.value });
  return t(TABS.findLast(([href]) => at.startsWith(href))?.[1] ?? "door.officer");
}

/** Tells whoever does not see the queue what has arrived since the page was opened. */
function Told() {
  const kept = items.value.filter((item) => item.state === "kept" && (item.kept_at ?? "") > OPENED);
  const last = kept.reduce<QueueItem | null>((a, b) => (a && a.kept_at! > b.kept_at! ? a : b), null);
  return (
    <p class="unseen" role="status">
      {last && t("officer.told", { title: `${last.title} ${last.case_number ?? ""}` })}
    </p>
  );
}

/** How things stand, in one line; help beside it. */
function Bar() {
  const online = useOnline();
  const shift = current.value;
  const minutes = shift ? Math.max(0, Math.floor((now.value - Date.parse(shift.started_at)) / 60_000)) : 0;
  return (
    <header class="officer-bar">
      <p class="officer-facts numbers">
        <span class="officer-fact" data-on={shift !== null}>
          {shift ? t("officer.duty.on", { time: `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}` }) : t("officer.duty.off")}
        </span>
        <span class="officer-fact" data-on={online} role="status">
          {t(online ? "officer.online" : "officer.offline")}
        </span>
        {fix.value && <span title={t("officer.position.accuracy")}>±{Math.round(fix.value.accuracy_m)} m</span>}
      </p>
      <SosButton />
    </header>
  );
}

const CHECKS = ["/officer/campaigns", "/officer/rechecks", "/officer/papers"];
const TABS: readonly [href: string, word: Key, icon: string][] = [
  ["/officer", "officer.tab.report", "M4 8h3l1.5-2h7L17 8h3v11H4zM12 10.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6z"],
  ["/officer/tasks", "officer.tab.tasks", "M9 6h11M9 12h11M9 18h11M4 6l1 1 2-2M4 12l1 1 2-2M4 18l1 1 2-2"],
  ["/officer/map", "officer.tab.map", "M12 21s6-6.2 6-11a6 6 0 0 0-12 0c0 4.8 6 11 6 11zM12 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z"],
  ["/officer/me", "officer.tab.me", "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20a7.5 7.5 0 0 1 15 0"],
];

function Tabs() {
  const [at] = useLocation();
  return (
    <nav class="officer-tabs" aria-label={t("officer.tab.label")}>
      {TABS.map(([href, word, icon]) => {
        const here = href === "/officer" ? ["/officer", "/officer/report", "/officer/queue", "/officer/visit"].includes(at) || ["/officer/cards", "/officer/records"].some((path) => at.startsWith(path)) : [href, ...(href === "/officer/tasks" ? CHECKS : [])].some((path) => at.startsWith(path));
        return (
          <Link key={href} href={href} class="officer-tab" {...(here && { "aria-current": "page" as const })}>
            <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
              <path d={icon} />
            </svg>
            <span>{t(word)}</span>
            {href === "/officer" && waiting.value > 0 && (
              <span class="officer-count numbers">
                <span aria-hidden="true">{waiting.value}</span>
                <span class="unseen">{t("officer.home.waiting", { count: waiting.value })}</span>
              </span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}
