/** One case on the phone: how it was and is, what is to be done, by when, and what happened. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failure, session } from "../../api/client";
import { Actions, ConflictNotice } from "../../cases/action_form";
import { Practices } from "../../cases/blocks";
import { type ActionName, type Case, categoryName } from "../../cases/calls";
import { Clocks } from "../../cases/clocks";
import { CaseFacts } from "../../cases/facts";
import { PhotoPair } from "../../cases/photos";
import { unsentOf } from "../../cases/pending";
import { CopyNotice } from "../../cases/reply";
import { Glyph, standing } from "../../cases/standing";
import { headline, Timeline } from "../../cases/timeline";
import { useWhole, type Whole } from "../../cases/whole";
import { Failed } from "../../ui/failing";
import { Waiting } from "../../ui/waiting";
import { capital, either, t } from "../../words";
import { Going } from "../going";
import { enqueueAction } from "../queue";
import { useReading } from "../../ui/reading";
import { fetchTasks, markRead } from "./lists";
import "./tasks.css";

/** What explains, and is not the next step at the street. */
const FOLDED = ["leniency"];

export function TaskScreen({ params }: { params: { number: string } }) {
  // Another case is another page: nothing typed or opened for one shows on the other.
  return <Task key={params.number} number={params.number} />;
}

function Task({ number }: { number: string }) {
  const { read, error, reload } = useWhole(number);
  const again = () => void reload();
  const pending = unsentOf(number).length;
  useEffect(() => {
    void markRead(number).catch(() => undefined);
  }, [number]);
  // What waited has gone out: the case is another one now.
  const before = useRef(pending);
  useEffect(() => {
    if (pending < before.current) again();
    before.current = pending;
  }, [pending]);
  return (
    <main class="task">
      <Link class="task-back" href="/officer/tasks">
        ‹ {t("tasks.title")}
      </Link>
      {read && <Shown whole={read.value} copied_at={read.copied_at} again={again} />}
      {!read && error === null && <Waiting what={t("wait.case")} shape="case" />}
      {!read && error !== null && <h1 class="numbers">{number}</h1>}
      {error !== null && <Failed error={error} again={again} />}
    </main>
  );
}

/** Whoever works through a queue goes from one to the next. */
function Next({ after }: { after: string }) {
  const tasks = useReading("tasks", fetchTasks).value;
  const next = tasks?.items.find((item) => item.number !== after && item.state === "replied");
  if (!tasks) return null;
  return next ? (
    <Link class="button" href={`/officer/tasks/${next.number}`}>
      {t("tasks.next", { category: categoryName(next.category), number: next.number })} ›
    </Link>
  ) : (
    <p class="quiet">{t("tasks.none_left")}</p>
  );
}

interface ShownProps {
  whole: Whole;
  copied_at: string | null;
  again: () => void;
}

function Shown({ whole, copied_at, again }: ShownProps) {
  const { clocks, history, reports } = whole;
  const last = history.at(-1);
  // The answer of an action is newer than what was read, until that is read again.
  const [acted, setActed] = useState<Case | null>(null);
  const one = acted && acted.version > whole.case.version ? acted : whole.case;
  const done = (after: Case) => {
    setActed(after);
    again();
  };
  return (
    <>
      <header class="task-head">
        <h1>
          {categoryName(one.category)}
          {one.emergency && <em> {t("case.emergency")}</em>}
        </h1>
        <p class="task-state">
          <Glyph of={standing(one)} />
          <span>{capital(either(one.state_name, one.state_name_en))}</span>
          <span class="numbers quiet">{one.number}</span>
        </p>
      </header>
      {copied_at && <CopyNotice at={copied_at} />}
      <PhotoPair reports={reports} />
      <Acting whole={{ ...whole, case: one }} again={again} done={done} last={last ? headline(last) : null} />
      {!one.closed_at && <Going place={one.position} name={one.number} />}
      {acted && session.value?.user.role === "checker" && <Next after={one.number} />}
      <section aria-labelledby="task-clocks">
        <h2 id="task-clocks">{t("case.clocks")}</h2>
        <Clocks clocks={clocks} />
      </section>
      <Practices number={one.number} folded={FOLDED} />
      <section aria-labelledby="task-facts">
        <h2 id="task-facts">{t("tasks.facts")}</h2>
        <CaseFacts one={one} reports={reports} />
      </section>
      <details class="case-fold">
        <summary>{t("case.history")} <span class="numbers quiet">{history.length}</span></summary>
        <Timeline entries={history} />
      </details>
    </>
  );
}

function Acting({ whole, again, done, last }: { whole: Whole; again: () => void; done: (after: Case) => void; last: string | null }) {
  const { case: one, clocks, reports } = whole;
  const [open, setOpen] = useState<ActionName | null>(null);
  const [lost, setLost] = useState<Failure | null>(null);
  const refusal = (failure: Failure) => {
    setLost(failure);
    again();
  };
  if (session.value?.user.role === "officer") return null;
  return (
    <section class="task-acts" aria-labelledby="task-acts">
      <h2 class="unseen" id="task-acts">
        {t("tasks.acts")}
      </h2>
      {lost && <ConflictNotice lost={lost} last={last} close={() => setLost(null)} />}
      <Actions
        one={one}
        clocks={clocks}
        reports={reports}
        open={open}
        onOpen={setOpen}
        onDone={(after) => {
          setOpen(null);
          setLost(null);
          done(after);
        }}
        onLost={refusal}
        later={enqueueAction}
      />
    </section>
  );
}
