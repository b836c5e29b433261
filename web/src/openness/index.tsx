/** Publishing: decisions that are due, drafts somebody else approves, what is public now. */
import { useState } from "preact/hooks";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { either, exact, relative, t } from "../words";
import { draft, fetchPublications, fetchUnpublished, type Item, type Unpublished } from "./asking";
import "./openness.css";
import { One } from "./one";

const AHEAD_DAYS = 30;

export default function Openness() {
  const [open, setOpen] = useState<string | null>(null);
  const [tick, setTick] = useState(0);
  const due = useReading("openness/due", () => fetchUnpublished(AHEAD_DAYS), { tick });
  const late = due.value?.items.filter((one) => one.days_late === null || one.days_late > 0).length ?? 0;
  return (
    <>
      <h1>{due.value ? t(late ? "openness.answer" : "openness.answer_none", { n: late }) : t("openness.title")}</h1>
      <section class="office-part" aria-labelledby="openness-due">
        <header><h2 id="openness-due">{t("openness.due")}</h2><a href="/open" target="_blank" rel="noreferrer">{t("openness.see")}</a></header>
        {!due.value && (due.error === null ? <Waiting shape="rows" /> : <Failed error={due.error} again={due.again} />)}
        {due.value?.items.length === 0 && <p class="office-empty">{t("openness.nothing_due")}</p>}
        {due.value && due.value.items.length > 0 && <Due items={due.value.items} onOpen={setOpen} />}
      </section>
      <List state="draft" tick={tick} onOpen={setOpen} />
      <List state="public" tick={tick} onOpen={setOpen} />
      <List state="withdrawn" tick={tick} onOpen={setOpen} />
      {open && (
        <Sheet title={t("openness.one")} onClosed={() => { setOpen(null); setTick(tick + 1); }}>
          {(close) => <One id={open} onDone={close} />}
        </Sheet>
      )}
    </>
  );
}

function Due({ items, onOpen }: { items: Unpublished[]; onOpen: (id: string) => void }) {
  const doing = useDoing();
  const begin = async (decision: string) => {
    const id = crypto.randomUUID();
    await draft(id, decision);
    onOpen(id);
  };
  return (
    <>
      {doing.error !== null && <Failed error={doing.error} />}
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="openness-due">
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t("openness.item")}</th><th scope="col" class="words">{t("openness.outcome")}</th><th scope="col" class="words">{t("openness.body")}</th>
              <th scope="col" class="words">{t("openness.case")}</th><th scope="col">{t("openness.decided_on")}</th><th scope="col">{t("openness.due_on")}</th><th scope="col"><span class="unseen">{t("openness.do")}</span></th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.decision}>
                <th scope="row">{one.item}</th>
                <td class="words">{t(`openness.outcome_${one.outcome}`)}</td><td class="words">{one.body.name}</td><td class="words">{one.case}</td>
                <td>{one.decided_on}</td>
                <td>{one.due_on === null ? <em class="office-bad">{t("openness.no_rule")}</em> : lateness(one)}</td>
                <td>
                  {one.draft
                    ? <button type="button" class="plain" onClick={() => onOpen(one.draft!)}>{t("openness.open_draft")}</button>
                    : <button type="button" class="button" disabled={doing.busy || one.due_on === null} onClick={() => void doing.run(() => begin(one.decision))}>{t("openness.draft")}</button>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function lateness({ due_on, days_late }: Unpublished) {
  const late = days_late ?? 0;
  return <>{due_on} {late > 0 ? <em class="office-bad">{t("openness.late", { n: late })}</em> : <span class="quiet">{t("openness.left", { n: -late })}</span>}</>;
}

function List({ state, tick, onOpen }: { state: Item["state"]; tick: number; onOpen: (id: string) => void }) {
  const [older, setOlder] = useState<Item[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  const read = useReading(`openness/${state}`, () => fetchPublications(state), { tick });
  const items = [...(read.value?.items ?? []), ...older];
  const cursor = next === undefined ? read.value?.next : next;
  const load = async () => {
    const page = await fetchPublications(state, cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  if (state === "withdrawn" && items.length === 0) return null;
  const id = `openness-${state}`;
  return (
    <section class="office-part" aria-labelledby={id}>
      <header><h2 id={id}>{t(`openness.state_${state}`)}</h2></header>
      {!read.value && (read.error === null ? <Waiting shape="rows" rows={2} /> : <Failed error={read.error} again={read.again} />)}
      {state !== "withdrawn" && read.value && items.length === 0 && <p class="office-empty">{t(`openness.none_${state}`)}</p>}
      <ul class="openness-list">
        {items.map((one) => (
          <li key={one.id}>
            <p>{either(one.text, one.text_en)}</p>
            <p class="quiet">
              {one.body.name} · {t("openness.drafted", { by: one.drafted_by })} <time dateTime={one.drafted_at} title={exact(one.drafted_at)}>{relative(one.drafted_at)}</time>
              {one.published_on && ` · ${t("openness.published", { by: one.published_by ?? "", on: one.published_on })}`}
              {one.withdrawn_reason && ` · ${t("openness.withdrawn", { why: one.withdrawn_reason })}`}
            </p>
            <button type="button" class="plain" onClick={() => onOpen(one.id)}>{t(state === "draft" && !one.mine && mayApprove() ? "openness.look_and_approve" : "openness.look")}</button>
          </li>
        ))}
      </ul>
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("openness.older")}</button>}
    </section>
  );
}

/** Approving and taking back is the district's. */
export function mayApprove(): boolean {
  const user = session.value?.user;
  return user !== undefined && user.organisation.kind === "district" && (user.role === "reviewer" || user.role === "admin");
}
