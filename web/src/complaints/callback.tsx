/** The call after the case ended: where it stands, and noting one. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { capital, t } from "../words";
import { type Complaint, noteCall } from "./asking";

const SATISFACTIONS = [5, 4, 3, 2, 1] as const;

export function Callback({ one, onNoted }: { one: Complaint; onNoted: () => void }) {
  const [reached, setReached] = useState(true);
  const [satisfaction, setSatisfaction] = useState(0);
  const [note, setNote] = useState("");
  const noting = useDoing();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void noting.run(async () => {
      await noteCall(one.id, { reached, satisfaction: reached && satisfaction ? satisfaction : null, note: note.trim() || null });
      setNote("");
      onNoted();
    });
  };
  return (
    <section class="office-part" aria-labelledby="complaints-callback">
      <header><h2 id="complaints-callback">{t("complaints.callback")}</h2><span role="status">{capital(t(`complaints.callback_${one.callback}`))}</span></header>
      {one.callback === "due" && (
        <form class="office-form" onSubmit={submit}>
          <div class="office-choice wide" role="group" aria-label={t("complaints.callback")}>
            <button type="button" aria-pressed={reached} onClick={() => setReached(true)}>{t("complaints.reached")}</button>
            <button type="button" aria-pressed={!reached} onClick={() => setReached(false)}>{t("complaints.not_reached")}</button>
          </div>
          {reached && (
            <label class="field wide"><span>{t("complaints.satisfaction")}</span>
              <select required value={satisfaction || ""} onChange={({ currentTarget }) => setSatisfaction(Number(currentTarget.value))}>
                <option value="">{t("complaints.choose")}</option>
                {SATISFACTIONS.map((one) => <option key={one} value={one}>{t(`complaints.satisfaction_${one}`)}</option>)}
              </select>
            </label>
          )}
          <label class="field wide"><span>{t("complaints.note")} {t("records.optional")}</span>
            <textarea rows={2} maxLength={2000} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
          </label>
          {noting.error !== null && <Failed error={noting.error} />}
          <div class="office-buttons"><button class="button main" disabled={noting.busy}>{t("complaints.note_call")}</button></div>
        </form>
      )}
    </section>
  );
}
