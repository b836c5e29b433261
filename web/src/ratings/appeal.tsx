/** An appeal as it is taken down for a shop, and as a reviewer decides it. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { appeal, decideAppeal, type Entry, fetchSubject } from "./asking";

export function AppealForm({ list, of, done }: { list: string; of: Entry; done: () => void }) {
  const read = useReading(`ratings/subject/${of.subject.code}`, () => fetchSubject(of.subject.code));
  const [chosen, setChosen] = useState<number[]>([]);
  const [grounds, setGrounds] = useState("");
  const doing = useDoing();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void doing.run(() => appeal(list, of.subject.code, chosen, grounds)).then((made) => made && done());
  };
  const minus = read.value?.entries.filter(({ kind }) => kind === "minus") ?? [];
  return (
    <form class="office-form" onSubmit={submit}>
      {!read.value && (read.error !== null ? <Failed error={read.error} again={read.again} /> : <Waiting />)}
      {minus.length > 0 && (
        <fieldset class="wide ratings-contested">
          <legend>{t("ratings.contested")}</legend>
          {minus.map((one) => (
            <label key={one.id}>
              <input type="checkbox" checked={chosen.includes(one.id)} onChange={({ currentTarget }) => setChosen(currentTarget.checked ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))} />
              <span>{one.on} · {either(one.name, one.name_en)} −{one.points}{one.case ? ` · ${one.case}` : ""}</span>
            </label>
          ))}
        </fieldset>
      )}
      <label class="field wide"><span>{t("ratings.grounds")}</span><textarea required maxLength={4000} rows={4} value={grounds} onInput={({ currentTarget }) => setGrounds(currentTarget.value)} /></label>
      <div class="office-buttons"><button class="button main" disabled={doing.busy}>{t("ratings.do_appeal")}</button></div>
      {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
    </form>
  );
}

export function DecisionForm({ of, done }: { of: Entry; done: () => void }) {
  const [reason, setReason] = useState("");
  const [upheld, setUpheld] = useState<boolean | null>(null);
  const doing = useDoing();
  const made = of.appeal;
  if (!made) return null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (upheld === null) return;
    void doing.run(() => decideAppeal(made.id, upheld, reason)).then((came) => came && done());
  };
  return (
    <form class="office-form" onSubmit={submit}>
      <blockquote class="wide ratings-grounds"><p>{made.grounds}</p><p class="quiet numbers">{exact(made.made_at)} · {made.made_by}</p></blockquote>
      <fieldset class="wide ratings-contested">
        <legend>{t("ratings.decision")}</legend>
        {([true, false] as const).map((one) => (
          <label key={String(one)}><input type="radio" name="upheld" required checked={upheld === one} onChange={() => setUpheld(one)} /><span>{t(one ? "ratings.uphold" : "ratings.reject")}</span></label>
        ))}
      </fieldset>
      <label class="field wide"><span>{t("ratings.reason")}</span><textarea required maxLength={4000} rows={3} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} /></label>
      <div class="office-buttons"><button class="button main" disabled={doing.busy || upheld === null}>{t("ratings.do_decide")}</button></div>
      {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
    </form>
  );
}
