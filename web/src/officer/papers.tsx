/** Papers that wait to be handed over: all of one's body, or those of who answers at a door; with network or without. */
import { Link } from "wouter-preact";
import { kept } from "../cases/kept";
import { fetchTasks, serves, type Task } from "../letters/asking";
import { newServing, ServeFields, serviceOf, type Serving } from "../letters/serving";
import { useDraft } from "../ui/draft";
import { type Reading, useReading } from "../ui/reading";
import { exact, relative, t } from "../words";
import { Head, Shots, type Taken, Unsent } from "./checks/parts";
import { Copied } from "./copied";
import { PaperForm } from "./paper_form";
import { enqueuePaper, items, type QueueItem } from "./queue";

const KEPT = "service-tasks";
/** More papers than that nobody carries about. */
const PAGES_MAX = 4;

async function ask(): Promise<Task[]> {
  const found: Task[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const came = await fetchTasks(cursor);
    found.push(...came.items);
    if (!came.next) break;
    cursor = came.next;
  }
  return found;
}

/** Takes them along before anybody stands at a door where there is no network. */
export const keepPapers = (): void => void (serves() && kept(KEPT, ask).catch(() => undefined));

/** What the server has by now is read anew; what waits on the phone is not there to be handed over again. */
function usePapers(): { read: Reading<Task[]>; open: Task[]; unsent: QueueItem[] } {
  const ours = items.value.filter(({ paper }) => paper && "document" in paper);
  const unsent = ours.filter(({ state }) => state !== "kept");
  const read = useReading(serves() ? KEPT : null, ask, { tick: ours.length - unsent.length });
  const waiting = new Set(unsent.flatMap(({ paper }) => (paper && "document" in paper ? [paper.document] : [])));
  return { read, open: read.value?.filter((one) => !waiting.has(one.document)) ?? [], unsent };
}

export function PapersScreen() {
  const { read, open, unsent } = usePapers();
  return (
    <main class="checks">
      <Head back="/officer/tasks" title={t("letters.tasks")} />
      <Unsent items={unsent} />
      {serves() ? <Copied read={read} /> : <p class="notice">{t("failure.not_allowed")}</p>}
      {read.value && open.length === 0 && <p class="officer-empty">{t("letters.tasks_empty")}</p>}
      <Papers of={open} />
    </main>
  );
}

/** On the way to the tasks. */
export function MyPapers() {
  const { open } = usePapers();
  if (open.length === 0) return null;
  return (
    <Link class="officer-strip" href="/officer/papers">
      <span>{t("letters.papers_n", { count: open.length })}</span>
      <span aria-hidden="true">›</span>
    </Link>
  );
}

/** What is to be handed over to whoever answers at a door. */
export function PapersAtDoor({ subject }: { subject: string }) {
  const { open } = usePapers();
  return <Papers of={open.filter((one) => one.subject === subject)} />;
}

function Papers({ of }: { of: Task[] }) {
  return <>{of.map((one) => <Paper key={one.id} one={one} />)}</>;
}

function Paper({ one }: { one: Task }) {
  return (
    <details class="case-fold officer-fold">
      <summary>
        <span>
          <strong>{one.title}</strong>
          <span class="quiet">{[one.subject_name ?? one.subject, one.code].filter(Boolean).join(" · ")}</span>
          <span class={one.late ? "officer-late" : "quiet"}>{t(one.late ? "letters.late" : "letters.due", { at: exact(one.due_at), ago: relative(one.due_at) })}</span>
        </span>
      </summary>
      <ServeHere one={one} />
    </details>
  );
}

function ServeHere({ one }: { one: Task }) {
  const draft = useDraft(`paper/${one.document}`, (): Serving & { photo: Taken | null } => ({ ...newServing(), photo: null }));
  const said = draft.value;
  if (!said) return null;
  const keep = async () => {
    const { photo, ...serving } = said;
    const service = { ...serving, served_at: new Date().toISOString() };
    const title = t("letters.row_paper", { title: one.title, name: one.subject_name ?? one.code });
    await enqueuePaper(title, photo && { ...photo, role: "document" }, (sha256) => ({ document: one.document, service: serviceOf(service, sha256) }));
    draft.clear();
  };
  return (
    <PaperForm draft={draft} keep={keep}>
      <ServeFields
        said={said}
        say={draft.change}
        receipt={<Shots photos={said.photo ? [said.photo] : []} setPhotos={(all) => draft.change({ photo: all.at(-1) ?? null })} label={t("letters.take_receipt")} />}
      />
    </PaperForm>
  );
}
