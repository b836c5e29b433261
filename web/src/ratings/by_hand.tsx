/** Points by hand: which event of the rules, when, why and with what to show for it; what it comes to stands there first. */
import { useState } from "preact/hooks";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { enter, fetchEvents, tryEntry } from "./asking";
import { Colour } from "./names";

const FILES_MAX = 20;
const ENTERING = ["officer", "handler", "checker", "zone_manager", "admin"];

export function mayEnter(): boolean {
  return ENTERING.includes(session.value?.user.role ?? "");
}

export function ByHand({ code, done }: { code: string; done: () => void }) {
  const [event, setEvent] = useState("");
  const [on, setOn] = useState(today());
  const [reason, setReason] = useState("");
  const files = useAttaching(FILES_MAX);
  const [id, setId] = useState(() => crypto.randomUUID());
  const doing = useDoing();
  const events = useReading(`ratings/events/${on}`, () => fetchEvents(on));
  const submit = (pressed: SubmitEvent) => {
    pressed.preventDefault();
    void doing.run(async () => {
      await enter(id, { subject: code, event, on, reason, attachments: files.digests });
      // The next one is another entry; the same one sent again is not.
      setId(crypto.randomUUID());
      setEvent("");
      setReason("");
      files.items.forEach(files.drop);
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
        <label class="field"><span>{t("ratings.happened_on")}</span><input type="date" required max={today()} value={on} onInput={({ currentTarget }) => currentTarget.value && setOn(currentTarget.value)} /></label>
        <label class="field wide"><span>{t("ratings.reason")}</span><textarea required maxLength={1000} rows={2} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} /></label>
        <Attach of={files} label={t("ratings.evidence")} />
        {event && <Trial code={code} event={event} on={on} />}
        <div class="office-buttons"><button class="button main" disabled={doing.busy || files.waiting}>{t("ratings.do_enter")}</button></div>
        {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
      </form>
    </details>
  );
}

function Trial({ code, event, on }: { code: string; event: string; on: string }) {
  const read = useReading(`ratings/trial/${code}/${event}/${on}`, () => tryEntry({ subject: code, event, on }));
  const told = read.value;
  if (!told || read.stale) return <div class="wide">{read.error === null ? <Waiting /> : <Failed error={read.error} again={read.again} />}</div>;
  return (
    <p class="wide ratings-trial" role="status">
      {t(`ratings.trial_${told.kind}`, { points: told.points })} <strong class="numbers">{told.score} → {told.score_after}</strong> <Colour of={told.colour_after} />
    </p>
  );
}
