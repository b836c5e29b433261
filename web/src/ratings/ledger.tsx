/** How one subject stands, and its ledger with the running score; points by hand are entered here. */
import { useState } from "preact/hooks";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { enter, fetchEvents, fetchSubject, type SubjectRating } from "./asking";
import { Colour } from "./names";
import "./ratings.css";

const ENTERING = ["officer", "handler", "checker", "zone_manager", "admin"];

export function Ledger({ code }: { code: string }) {
  const [tick, setTick] = useState(0);
  const read = useReading(`ratings/subject/${code}`, () => fetchSubject(code), { tick });
  if (!read.value) return read.error !== null ? <Failed error={read.error} again={read.again} /> : <Waiting shape="rows" />;
  const one = read.value;
  return (
    <div class="ratings-ledger">
      <p class="ratings-score"><strong class="numbers">{one.score}</strong> <Colour of={one.colour} /> {one.stars && <span>{t("ratings.five_star", { n: one.good_months })}</span>}</p>
      <p class="quiet numbers">{t("ratings.made_of", { base: one.base, plus: one.plus, minus: one.minus })}</p>
      {!one.chain_whole && <p class="notice bad" role="alert">{t("ratings.chain_broken")}</p>}
      {one.ledger.length === 0 && <p class="office-empty">{t("ratings.no_entries")}</p>}
      <Entries of={one} />
      {ENTERING.includes(session.value?.user.role ?? "") && <ByHand code={one.subject.code} done={() => setTick(tick + 1)} />}
    </div>
  );
}

function Entries({ of }: { of: SubjectRating }) {
  return (
    <ol class="ratings-entries">
      {[...of.ledger].reverse().map((one) => (
        <li key={one.id} class={one.voided ? "voided" : ""}>
          <p>
            <strong>{one.name ? either(one.name, one.name_en ?? one.name) : either(one.action_name, one.action_name_en)}</strong>
            {one.points && <span class="numbers"> {one.action.endsWith("plus") ? "+" : "−"}{one.points}{one.left !== one.points && !one.voided && ` (${t("ratings.left", { left: one.left ?? "0" })})`}</span>}
            {one.score && <span class="ratings-after numbers">{one.score}</span>}
          </p>
          {one.voided && <p class="quiet">{t("ratings.voided")}</p>}
          {(one.reason || one.case) && <p>{[one.case, one.reason].filter(Boolean).join(" · ")}</p>}
          <p class="quiet numbers">{[one.on, one.by ?? t("ratings.by_itself"), exact(one.recorded_at)].filter(Boolean).join(" · ")}</p>
        </li>
      ))}
    </ol>
  );
}

function ByHand({ code, done }: { code: string; done: () => void }) {
  const [event, setEvent] = useState("");
  const [on, setOn] = useState(today());
  const [reason, setReason] = useState("");
  const [id, setId] = useState(() => crypto.randomUUID());
  const doing = useDoing();
  const events = useReading("ratings/events", fetchEvents);
  const submit = (pressed: SubmitEvent) => {
    pressed.preventDefault();
    void doing.run(async () => {
      await enter(id, { subject: code, event, on, reason, attachments: [] });
      // The next one is another entry; the same one sent again is not.
      setId(crypto.randomUUID());
      setReason("");
      done();
    });
  };
  return (
    <details>
      <summary>{t("ratings.by_hand")}</summary>
      <form class="office-form" onSubmit={submit}>
        <label class="field"><span>{t("ratings.event")}</span>
          <select required value={event} onChange={({ currentTarget }) => setEvent(currentTarget.value)}>
            <option value="">{t("ratings.choose")}</option>
            {(events.value ?? []).map((one) => <option key={one.code} value={one.code}>{one.kind === "plus" ? "+" : "−"} {either(one.name, one.name_en)}</option>)}
          </select>
        </label>
        <label class="field"><span>{t("ratings.happened_on")}</span><input type="date" required max={today()} value={on} onInput={({ currentTarget }) => setOn(currentTarget.value)} /></label>
        <label class="field wide"><span>{t("ratings.reason")}</span><textarea required maxLength={1000} rows={2} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} /></label>
        <div class="office-buttons"><button class="button main" disabled={doing.busy}>{t("ratings.do_enter")}</button></div>
        {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
      </form>
    </details>
  );
}
