/** The way in to the work: the one big button, what was reported today, what waits, what is to be done. */
import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { answer, api, type Schema, session } from "../api/client";
import { Glyph, now, standing } from "../cases/standing";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { capital, day, either, exact, t } from "../words";
import { Ask } from "./ask";
import { type Category, labelOf, useCategories } from "./categories";
import { ago } from "./copied";
import { begin, current, end, refused, untold } from "./duty";
import { metres, nearest } from "./far";
import { fix, ground, trouble, watch } from "./here";
import "./doors/doors.css";
import { addPhotos, discard, making } from "./making";
import { items, type QueueItem, waiting } from "./queue";
import { useOnline } from "./online";
import { Picture } from "./picture";
import { useReading } from "../ui/reading";
import { Thumb } from "./thumb";
import { fetchTasks } from "./tasks/lists";
import { trackRefused, unsent } from "./tracking";

type Case = Schema<"CaseItem">;
type State = Case["state"];
const LISTED = 100;
/** Whose turn a case is, by the role of who looks. */
const TURNS: Record<string, State[]> = { handler: ["dispatched", "accepted", "handling"], checker: ["replied"] };

export function Home() {
  // Also off duty: what is shown here stays on the phone, and the first photo finds its position ready.
  useEffect(watch, []);
  const role = session.value?.user.role ?? "";
  const categories = useCategories();
  const mine = useReading("mine", async () => (await answer(api.GET("/api/v1/cases", { params: { query: { mine: true, limit: LISTED } } }))).items);
  // A report that was kept is a case now.
  const arrived = items.value.filter((item) => item.state === "kept").length;
  const before = useRef(arrived);
  useEffect(() => {
    if (arrived !== before.current) mine.again();
    before.current = arrived;
  }, [arrived]);
  const today = mine.value?.filter((one) => day(one.opened_at) === day(now.value)) ?? null;
  // The server has the report and not all of its photos yet: it is one row, that of the queue.
  const sending = new Set(items.value.flatMap((item) => (item.state !== "kept" && item.receipt ? [item.receipt.case.number] : [])));
  return (
    <main class="officer-home">
      <h1 class="unseen">{t("door.officer")}</h1>
      <Duty />
      <Shoot />
      <div class="doors-ways">
        <FromGallery />
        <Link class="button" href="/officer/visit">
          {t("doors.visit")}
        </Link>
        <Link class="button" href="/officer/cards">
          {t("cards.title")}
        </Link>
        <Link class="button" href="/officer/records">
          {t("records.title")}
        </Link>
        <Calls />
      </div>
      {waiting.value > 0 && (
        <Link class="officer-strip" href="/officer/queue">
          <span>{t("officer.home.waiting", { count: waiting.value })}</span>
          <span aria-hidden="true">›</span>
        </Link>
      )}
      {role in TURNS && <Tasks states={TURNS[role]!} />}
      <section aria-labelledby="officer-today">
        <h2 id="officer-today">{today ? t("officer.home.today", { count: today.length }) : t("officer.home.today_none")}</h2>
        {mine.error !== null && mine.value === null && <Failed error={mine.error} again={mine.again} />}
        {mine.copied_at && <p class="officer-aside">{t("officer.as_of", { when: ago(mine.copied_at) })}</p>}
        {!today && mine.error === null && <Waiting what={t("wait.cases")} shape="rows" />}
        <ul class="officer-list">
          {items.value.filter((item) => item.kind === "report" && item.state !== "kept").map((item) => <Unsent key={item.id} item={item} />)}
          {today?.filter((one) => !sending.has(one.number)).map((one) => <Reported key={one.number} one={one} categories={categories.value} />)}
        </ul>
        {today?.length === 0 && waiting.value === 0 && <p class="officer-empty">{t("officer.home.empty")}</p>}
      </section>
    </main>
  );
}

/** What was photographed before, or by another app. */
function FromGallery() {
  const [, go] = useLocation();
  return (
    <Picture
      class="button"
      from="gallery"
      taken={(files) => {
        addPhotos(files, "gallery");
        go("/officer/report");
      }}
    >
      {t("officer.home.gallery")}
    </Picture>
  );
}

/** Calls at doors made with this phone today. */
function Calls() {
  const calls = items.value.filter((item) => item.kind === "visit" && day(item.made_at) === day(now.value));
  const [latest] = calls;
  return latest ? (
    <p class="officer-aside" role="status">
      {t("doors.today", { count: calls.length, latest: latest.title })}
    </p>
  ) : null;
}


function Duty() {
  const shift = current.value;
  const online = useOnline();
  return (
    <section class="officer-duty" aria-label={t("officer.duty.label")}>
      <p class="officer-aside">{duty(online)}</p>
      <button type="button" class="button" onClick={shift ? end : begin}>
        {t(shift ? "officer.duty.end" : "officer.duty.begin")}
      </button>
      {trouble.value && !fix.value && (
        <p class="notice" role="status">
          {t(`officer.position.${trouble.value}`)}
        </p>
      )}
      {untold.value && <p class="officer-aside">{t("officer.duty.untold")}</p>}
      {refused.value !== null && <Failed error={refused.value} />}
      {trackRefused.value !== null && <Failed error={trackRefused.value} />}
    </section>
  );
}

function duty(online: boolean): string {
  const shift = current.value;
  if (!shift) return t("officer.duty.nothing_recorded");
  if (unsent.value > 0 && !online) return t("officer.duty.track_waits", { count: unsent.value });
  return t(shift.outside_roster ? "officer.duty.outside_roster" : "officer.duty.only_open");
}

/** The camera opens at once; a report begun before is taken up first. */
function Shoot() {
  const [, go] = useLocation();
  const begun = making.value;
  if (begun) {
    return (
      <div class="officer-begun">
        <Link class="officer-shoot" href="/officer/report">
          {t("officer.home.go_on", { count: begun.photos.length })}
        </Link>
        <Ask label={t("officer.report.discard")} text={t("officer.report.discard_ask")} act={discard} />
      </div>
    );
  }
  return (
    <Picture
      class="officer-shoot"
      from="camera"
      taken={(files) => {
        addPhotos(files, "camera");
        go("/officer/report");
      }}
    >
      {t("officer.home.shoot")}
    </Picture>
  );
}

function Tasks({ states }: { states: State[] }) {
  const tasks = useReading("tasks", fetchTasks).value?.items.filter((one) => states.includes(one.state));
  if (!tasks) return null;
  const near = nearest(ground.value, tasks.map((one) => one.position));
  return (
    <Link class="officer-strip" href="/officer/tasks">
      <span>
        {t("officer.home.tasks", { count: tasks.length })}
        {near !== null && ` · ${t("officer.home.nearest", { distance: metres(near) })}`}
      </span>
      <span aria-hidden="true">›</span>
    </Link>
  );
}

function Reported({ one, categories }: { one: Case; categories: Category[] | null }) {
  const thumb = items.value.find((item) => item.case_number === one.number)?.photos.find((photo) => photo.thumb)?.thumb;
  return (
    <li>
      <Link class="officer-row" href={`/officer/tasks/${one.number}`}>
        <Thumb blob={thumb} name={labelOf(categories, one.category)} />
        <span class="officer-row-text">
          <strong>{labelOf(categories, one.category)}</strong>
          <span class="quiet">{capital(either(one.state_name, one.state_name_en))}</span>
        </span>
        <span class="officer-row-side numbers">
          <time dateTime={one.opened_at} title={exact(one.opened_at)}>
            {ago(one.opened_at)}
          </time>
          <Glyph of={standing(one)} />
        </span>
      </Link>
    </li>
  );
}

function Unsent({ item }: { item: QueueItem }) {
  const sent = item.photos.filter((photo) => photo.sent).length;
  return (
    <li>
      <Link class="officer-row" href="/officer/queue">
        <Thumb blob={item.photos.find((photo) => photo.thumb)?.thumb} name={item.title} />
        <span class="officer-row-text">
          <strong>{item.title}</strong>
          <span class="quiet">{item.state === "refused" ? t("officer.home.refused") : t(item.state === "sending" ? "queue.sending" : (item.reason ?? "queue.waiting"))}</span>
        </span>
        <span class="officer-row-side numbers">
          <time dateTime={item.made_at}>{ago(item.made_at)}</time>
          <span>{t("queue.photos", { sent, all: item.photos.length })}</span>
        </span>
      </Link>
    </li>
  );
}
