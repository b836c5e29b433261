/** Papers that did not arrive electronically and wait to be served by hand. */
import { useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { either, exact, relative, t } from "../words";
import { fetchTasks, type Task } from "./asking";
import { ServeForm } from "./serve";

export function TasksPage() {
  const [tick, setTick] = useState(0);
  const [serving, setServing] = useState<Task | null>(null);
  const [said, setSaid] = useState("");
  const title = useRef<HTMLHeadingElement>(null);
  const read = useReading("letters tasks", () => fetchTasks(), { tick });
  const items = read.value?.items ?? [];
  const late = items.filter((one) => one.late).length;
  return (
    <>
      <header class="letters-head">
        <h1 ref={title} tabIndex={-1}>{read.value ? t(items.length ? "letters.tasks_n" : "letters.tasks_none", { n: items.length, late }) : t("letters.tasks")}</h1>
      </header>
      <p class="quiet">{t("letters.tasks_about")}</p>
      <p class="unseen" role="status">{said}</p>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("letters.tasks_empty")}</p>}
      <ul class="letters-unsigned">
        {items.map((one) => (
          <li key={one.id}>
            <span>
              <b>{one.title}</b>
              <span class="quiet"><span class="numbers">{one.code}</span> · {one.subject ? <Link href={`/subjects/${one.subject}`}>{one.subject_name ?? one.subject}</Link> : "—"} · {one.body}</span>
              <span>{t(`letters.failed_${one.failed_how}` as "letters.failed_email")}{one.trouble_text && ` · ${either(one.trouble_text, one.trouble_text_en ?? one.trouble_text)}`}</span>
              <em class={one.late ? "" : "letters-due"}>{t(one.late ? "letters.late" : "letters.due", { at: exact(one.due_at), ago: relative(one.due_at) })}</em>
            </span>
            <button type="button" class="button" onClick={() => setServing(one)} aria-label={t("letters.serve_of", { title: one.title, name: one.subject_name ?? one.code })}>{t("letters.serve")}</button>
          </li>
        ))}
      </ul>
      {serving && (
        <Sheet title={t("letters.serve_of", { title: serving.title, name: serving.subject_name ?? serving.code })} onClosed={() => setServing(null)}>
          {(close) => (
            <ServeForm
              document={serving.document}
              onKept={() => {
                close();
                setSaid(t("letters.served", { title: serving.title }));
                title.current?.focus();
                setTick(tick + 1);
              }}
            />
          )}
        </Sheet>
      )}
    </>
  );
}
