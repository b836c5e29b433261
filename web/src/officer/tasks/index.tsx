/** Cases that wait for whoever is signed in: to accept and handle, to check, or reported by themselves. */
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { session } from "../../api/client";
import { categoryName, loadNames } from "../../cases/calls";
import { unsentOf } from "../../cases/pending";
import { CopyNotice } from "../../cases/reply";
import { Glyph, left, now, standing } from "../../cases/standing";
import { Failed } from "../../ui/failing";
import { Waiting } from "../../ui/waiting";
import { capital, either, exact, relative, t } from "../../words";
import { distance_m, metres } from "../far";
import { ground, watch } from "../here";
import { useReading } from "../../ui/reading";
import { fetchTasks, isMine, type Item, type Tab, type Tasks, tabsOf } from "./lists";
import { MyChecks } from "../checks/my_checks";
import { MyPapers } from "../papers";
import { MyRound } from "./round";
import "./tasks.css";

export { TaskScreen } from "./task";

const KEPT = "frontage.tasks_tab";

export function TasksScreen() {
  const tabs = tabsOf(session.value?.user.role ?? "");
  const read = useReading("tasks", fetchTasks);
  const [chosen, setChosen] = useState(Number(sessionStorage.getItem(KEPT)) || 0);
  useEffect(loadNames, []);
  useEffect(watch, []);
  const tab = tabs[chosen] ?? tabs[0]!;
  const choose = (index: number) => {
    sessionStorage.setItem(KEPT, String(index));
    setChosen(index);
  };
  return (
    <main class="tasks">
      <h1>{t("tasks.title")}</h1>
      <MyRound />
      <MyChecks />
      <MyPapers />
      <Tabs tabs={tabs} tab={tab} tasks={read.value} choose={choose} />
      {read.copied_at && <CopyNotice at={read.copied_at} />}
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      <div id="tasks-list" role="tabpanel" aria-label={t(tab.title)}>
        {read.value ? <List tasks={read.value} tab={tab} /> : read.error === null && <Waiting what={t("wait.cases")} shape="rows" />}
      </div>
    </main>
  );
}

const of = (tasks: Tasks, tab: Tab): Item[] => tasks.items.filter((item) => tab.states.includes(item.state));

function Tabs({ tabs, tab, tasks, choose }: { tabs: Tab[]; tab: Tab; tasks: Tasks | null; choose: (index: number) => void }) {
  const press = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    choose(next);
    (event.currentTarget as HTMLElement).querySelectorAll("button")[next]?.focus();
  };
  return (
    <div class="tasks-tabs" role="tablist" aria-label={t("tasks.title")} onKeyDown={press}>
      {tabs.map((one, index) => (
        <button key={one.title} type="button" role="tab" aria-selected={one === tab} aria-controls="tasks-list" tabIndex={one === tab ? 0 : -1} onClick={() => choose(index)}>
          {t(one.title)} {tasks && <span class="numbers">{of(tasks, one).length}</span>}
        </button>
      ))}
    </div>
  );
}

function List({ tasks, tab }: { tasks: Tasks; tab: Tab }) {
  const shown = of(tasks, tab);
  if (shown.length === 0) return <p class="tasks-empty">{t("tasks.empty")}</p>;
  return (
    <>
      <ul class="tasks-list">
        {shown.map((item) => (
          <Row key={item.number} item={item} news={tasks.news[item.number]} />
        ))}
      </ul>
      {tasks.more && <p class="quiet">{t("tasks.more")}</p>}
    </>
  );
}

function Row({ item, news }: { item: Item; news: Tasks["news"][string] | undefined }) {
  const stand = standing(item);
  const waits = unsentOf(item.number).length > 0;
  const why = waits ? t("tasks.queued") : capital(news ? either(news.reason.text, news.reason.text_en) : either(item.state_name, item.state_name_en));
  return (
    <li>
      <Link class="tasks-row" href={`/officer/tasks/${item.number}`}>
        <Glyph of={stand} />
        <span class="tasks-text">
          <strong>
            {categoryName(item.category)}
            {item.emergency && <em> {t("case.emergency")}</em>}
            {isMine(item) && <span class="tasks-mine"> {t("tasks.mine")}</span>}
          </strong>
          <span class="tasks-why" data-new={news !== undefined || waits}>
            {why}
          </span>
          <span class="tasks-number numbers">{item.number}</span>
        </span>
        <span class="tasks-side numbers">
          <Due item={item} stand={stand} />
          {ground.value && !item.closed_at && <span>{metres(distance_m(ground.value, item.position))}</span>}
        </span>
      </Link>
    </li>
  );
}

function Due({ item, stand }: { item: Item; stand: string }) {
  const at = item.closed_at ?? item.due_at;
  if (!at) return null;
  return (
    <time class={`tasks-due ${stand}`} dateTime={at} title={exact(at)}>
      {item.closed_at ? relative(at, now.value) : left(at, now.value)}
    </time>
  );
}


export default TasksScreen;
