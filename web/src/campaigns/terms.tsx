/** What may change while a campaign runs, and how it comes to its end. */
import { useState } from "preact/hooks";
import { Failure } from "../api/client";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { Sheet } from "../ui/sheet";
import { t } from "../words";
import { type Campaign, change, fetchProgress, type Goal, type Terms } from "./asking";
import { Goals } from "./goals";
import { useReading } from "../ui/reading";

interface Asked {
  of: Campaign;
  done: () => void;
}

export function Change({ of, done }: Asked) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>{t("campaigns.change")}</button>
      {open && <Sheet title={t("campaigns.change")} onClosed={() => setOpen(false)}>{(close) => <ChangeForm of={of} done={() => { close(); done(); }} />}</Sheet>}
    </>
  );
}

function ChangeForm({ of, done }: Asked) {
  // As it was opened: what somebody else changed meanwhile is refused, not overwritten.
  const [was] = useState(of);
  const [name, setName] = useState(of.name);
  const [note, setNote] = useState(of.note);
  const [to, setTo] = useState(of.to);
  const [visits, setVisits] = useState(of.target_visits);
  const [goals, setGoals] = useState<Goal[]>(of.goals);
  const parts = useReading(`campaign-progress/${of.id}`, () => fetchProgress(of.id), { seen: false });
  const doing = useDoing();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const terms: Terms = { version: was.version, name: name.trim(), note: note.trim(), to, target_visits: visits, goals };
    if (await doing.run(() => change(of.id, terms))) done();
  };
  return (
    <form class="office-form" onSubmit={(event) => void submit(event)}>
      <p class="quiet wide">{t("campaigns.checklist_fixed")}</p>
      <label class="field wide"><span>{t("campaigns.name")}</span><input required maxLength={200} value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} /></label>
      <label class="field"><span>{t("manager.to")}</span><input type="date" required min={of.from} value={to} onInput={({ currentTarget }) => currentTarget.value && setTo(currentTarget.value)} /></label>
      <label class="field"><span>{t("campaigns.target_visits")}</span><input type="number" required min={0} max={1000} value={visits} onInput={({ currentTarget }) => setVisits(Math.trunc(Number(currentTarget.value)) || 0)} /></label>
      <label class="field wide"><span>{t("campaigns.note")}</span><textarea rows={3} maxLength={4000} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} /></label>
      <div class="wide"><Goals parts={parts.value?.townships ?? []} goals={goals} set={setGoals} /></div>
      {to < today() && <p class="notice wide">{t("campaigns.ends_in_past", { day: to })}</p>}
      {doing.error !== null && <Lost error={doing.error} />}
      <div class="office-buttons"><button class="button main" disabled={doing.busy || !name.trim()}>{t(doing.busy ? "campaigns.saving" : "campaigns.save")}</button></div>
    </form>
  );
}

function Lost({ error }: { error: unknown }) {
  const first = error instanceof Failure && error.code === "campaign_changed";
  return (
    <div class="wide">
      <Failed error={error} />
      {first && <p class="quiet">{t("campaigns.changed_meanwhile")}</p>}
    </div>
  );
}

export function End({ of, done }: Asked) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button grave" onClick={() => setOpen(true)}>{t("campaigns.end")}</button>
      {open && <Sheet title={t("campaigns.end")} onClosed={() => setOpen(false)}>{(close) => <EndForm of={of} done={() => { close(); done(); }} />}</Sheet>}
    </>
  );
}

function EndForm({ of, done }: Asked) {
  const [was] = useState(of);
  const [how, setHow] = useState<"today" | "cancel">(of.state === "planned" ? "cancel" : "today");
  const [why, setWhy] = useState("");
  const doing = useDoing();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const terms: Terms = how === "today" ? { version: was.version, to: today() } : { version: was.version, cancelled_because: why.trim() };
    if (await doing.run(() => change(of.id, terms))) done();
  };
  return (
    <form class="office-form" onSubmit={(event) => void submit(event)}>
      <fieldset class="campaigns-choices wide">
        <legend class="unseen">{t("campaigns.end")}</legend>
        {of.state === "running" && <label class="campaigns-choice"><input type="radio" name="how" checked={how === "today"} onChange={() => setHow("today")} /><span>{t("campaigns.end_today")}</span></label>}
        <label class="campaigns-choice"><input type="radio" name="how" checked={how === "cancel"} onChange={() => setHow("cancel")} /><span>{t("campaigns.end_cancel")}</span></label>
      </fieldset>
      {how === "cancel" && <label class="field wide"><span>{t("campaigns.why")}</span><input required maxLength={1000} value={why} onInput={({ currentTarget }) => setWhy(currentTarget.value)} /></label>}
      {doing.error !== null && <Lost error={doing.error} />}
      <div class="office-buttons"><button class="button main" disabled={doing.busy || (how === "cancel" && !why.trim())}>{t(doing.busy ? "campaigns.saving" : "campaigns.do_end")}</button></div>
    </form>
  );
}
