/** One list on its way: proposed, open to appeals, published; who is on it, what they say against it, and what became of that. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { DAY_MS, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { AppealForm, DecisionForm } from "./appeal";
import { beginNotice, type Entry, fetchPublication, type Publication, publish, replay, withdraw } from "./asking";
import { Ledger } from "./ledger";
import { Colour, stateOf } from "./names";

const APPEALING = ["acceptor", "intake", "handler", "officer", "zone_manager", "admin"];

export function PublicationPage({ id }: { id: string }) {
  const read = useReading(`ratings/publication/${id}`, () => fetchPublication(id));
  return (
    <>
      <Link class="ratings-back" href="/ratings">‹ {t("ratings.title")}</Link>
      {read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      {read.value ? <Shown of={read.value} again={read.again} /> : <h1>{t("ratings.title")}</h1>}
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
    </>
  );
}

function Shown({ of, again }: { of: Publication; again: () => void }) {
  const user = session.value?.user;
  const district = user?.organisation.kind === "district";
  const keeps = district && ["zone_manager", "admin"].includes(user?.role ?? "");
  return (
    <>
      <section class="office-part">
        <h1>{t(`ratings.is_${of.state}`, { on: of.on, red: of.red, black: of.black, until: of.notice_until ?? "" })}</h1>
        <dl class="office-facts numbers">
          <dt>{t("ratings.state")}</dt><dd>{stateOf(of)}</dd>
          <dt>{t("ratings.made")}</dt><dd>{exact(of.made_at)} · {of.made_by}</dd>
          {of.noticed_at && <><dt>{t("ratings.notice")}</dt><dd>{exact(of.noticed_at)} – {of.notice_until}</dd></>}
          {of.appeal_until && <><dt>{t("ratings.appeal_until")}</dt><dd>{of.appeal_until} · {appealing(of.appeal_until)}</dd></>}
          {of.published_at && <><dt>{t("ratings.published_at")}</dt><dd>{exact(of.published_at)}</dd></>}
          {of.withdrawn_at && <><dt>{t("ratings.withdrawn_at")}</dt><dd>{exact(of.withdrawn_at)} · {of.withdrawn_because}</dd></>}
        </dl>
        {(of.state === "noticed" || of.state === "published") && <p class="quiet">{t("ratings.appeal_how")} {t(`ratings.meanwhile_${of.state}`)}</p>}
        {keeps && <Steps of={of} again={again} />}
        {district && (keeps || user?.role === "reviewer") && <Replay id={of.id} />}
      </section>
      <Entries of={of} again={again} />
    </>
  );
}

/** How long one may still appeal. */
function appealing(until: string): string {
  const left = (Date.parse(until) - Date.parse(today())) / DAY_MS;
  return left < 0 ? t("ratings.appeal_over") : t(left ? "ratings.appeal_left" : "ratings.appeal_today", { n: left });
}

/** What comes next; a button that cannot be pressed says why. */
function Steps({ of, again }: { of: Publication; again: () => void }) {
  const doing = useDoing();
  const [taking, setTaking] = useState(false);
  const [reason, setReason] = useState("");
  const run = (ask: () => Promise<unknown>) => void doing.run(ask).then((done) => done && again());
  const runs = of.state === "noticed" && of.notice_until !== null && today() <= of.notice_until;
  const waits = runs ? t("ratings.notice_runs", { until: of.notice_until! }) : of.state === "noticed" && of.open_appeals > 0 ? t("ratings.appeals_wait", { n: of.open_appeals }) : "";
  return (
    <>
      <div class="office-buttons">
        {of.state === "proposed" && <button type="button" class="button main" disabled={doing.busy} onClick={() => run(() => beginNotice(of.id))}>{t("ratings.begin_notice")}</button>}
        {of.state === "noticed" && <button type="button" class="button main" disabled={doing.busy || waits !== ""} onClick={() => run(() => publish(of.id))}>{t("ratings.publish")}</button>}
        {of.state !== "withdrawn" && <button type="button" class="button" onClick={() => setTaking(true)}>{t("ratings.withdraw")}</button>}
        {waits && <p class="quiet" role="status">{waits}</p>}
      </div>
      {doing.error !== null && <Failed error={doing.error} />}
      {taking && (
        <Sheet title={t("ratings.withdraw")} onClosed={() => setTaking(false)}>
          {(close) => (
            <form class="office-form" onSubmit={(event) => { event.preventDefault(); close(); run(() => withdraw(of.id, reason)); }}>
              <label class="field wide"><span>{t("ratings.reason")}</span><textarea required maxLength={1000} rows={3} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} /></label>
              <div class="office-buttons"><button class="button main">{t("ratings.withdraw")}</button></div>
            </form>
          )}
        </Sheet>
      )}
    </>
  );
}

function Replay({ id }: { id: string }) {
  const doing = useDoing();
  const [same, setSame] = useState<boolean | null>(null);
  return (
    <div class="office-buttons">
      <button type="button" class="plain" disabled={doing.busy} onClick={() => void doing.run(async () => setSame((await replay(id)).same))}>{t("ratings.replay")}</button>
      {same !== null && <p role="status" class={same ? "ratings-same" : "office-bad"}>{t(same ? "ratings.replayed_same" : "ratings.replayed_other")}</p>}
      {doing.error !== null && <Failed error={doing.error} />}
    </div>
  );
}

function Entries({ of, again }: { of: Publication; again: () => void }) {
  const [opened, setOpened] = useState<Entry | null>(null);
  const [what, setWhat] = useState<"ledger" | "appeal" | "decide">("ledger");
  const role = session.value?.user.role ?? "";
  const open = (one: Entry, next: typeof what) => { setWhat(next); setOpened(one); };
  const inTime = (of.state === "noticed" || of.state === "published") && of.appeal_until !== null && today() <= of.appeal_until;
  if (of.entries.length === 0) return <p class="office-empty">{t("ratings.empty_list")}</p>;
  return (
    <section class="office-part" aria-labelledby="ratings-entries">
      <header><h2 id="ratings-entries">{t("ratings.on_list")}</h2></header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="ratings-entries">
        <table class="office-table numbers">
          <thead>
            <tr>
              <th scope="col">{t("ratings.subject")}</th><th scope="col" class="words">{t("ratings.where")}</th><th scope="col" class="words">{t("ratings.list")}</th>
              <th scope="col">{t("ratings.score")}</th><th scope="col" class="words">{t("ratings.appeal")}</th>
            </tr>
          </thead>
          <tbody>
            {of.entries.map((one) => (
              <tr key={one.subject.code}>
                <th scope="row"><button type="button" class="plain ratings-name" onClick={() => open(one, "ledger")}>{one.subject.name ?? one.subject.code}</button></th>
                <td class="words">{[one.subject.street, one.subject.township_name].filter(Boolean).join(" · ")}</td>
                <td class="words"><Colour of={one.colour} />{one.correction && <> → <Colour of={one.correction.colour} /></>}</td>
                <td>{one.score}{one.correction && ` → ${one.correction.score}`}</td>
                <td class="words">
                  {one.appeal && <span>{t(one.appeal.upheld === null ? "ratings.appeal_open" : one.appeal.upheld ? "ratings.appeal_upheld" : "ratings.appeal_rejected")} </span>}
                  {one.appeal?.upheld === null && role === "reviewer" && <button type="button" class="plain" onClick={() => open(one, "decide")}>{t("ratings.decide")}</button>}
                  {!one.appeal && inTime && APPEALING.includes(role) && <button type="button" class="plain" onClick={() => open(one, "appeal")}>{t("ratings.take_appeal")}</button>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {opened && (
        <Sheet title={`${opened.subject.name ?? opened.subject.code} · ${t(`ratings.sheet_${what}`)}`} onClosed={() => setOpened(null)}>
          {(close) => {
            const done = () => { close(); again(); };
            if (what === "appeal") return <AppealForm list={of.id} of={opened} done={done} />;
            if (what === "decide") return <DecisionForm of={opened} done={done} />;
            return <Ledger code={opened.subject.code} />;
          }}
        </Sheet>
      )}
    </section>
  );
}
