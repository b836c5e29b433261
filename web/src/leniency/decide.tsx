/** A decision on a row that is offered: what is waived and why, and how the offender was educated. */
import { useState } from "preact/hooks";
import { Attach, useAttaching } from "../ui/attaching";
import { Failed } from "../ui/failing";
import { today } from "../ui/days";
import { t } from "../words";
import type { Schema } from "../api/client";
import { decide, type Offer, type Said } from "./asking";

const FILES_MAX = 20;

interface Deciding {
  number: string;
  offer: Offer;
  said: Said;
  done: () => void;
  close: () => void;
}

export function Decide({ number, offer, said, done, close }: Deciding) {
  const [id] = useState(() => crypto.randomUUID());
  const [amount, setAmount] = useState("");
  const [imposed, setImposed] = useState("");
  const [reason, setReason] = useState("");
  const [education, setEducation] = useState("");
  const [on, setOn] = useState(today());
  const proof = useAttaching(FILES_MAX);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const less = offer.least_share !== null;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const body = {
        case: number,
        row: offer.code,
        facts: said,
        amount_yuan: amount,
        ...(less ? { imposed_yuan: imposed } : {}),
        reason,
        ...(education ? { education, educated_on: on, attachments: proof.digests } : {}),
      };
      await decide(id, body as Schema<"LeniencyDecisionIn">);
      done();
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="leniency-form" onSubmit={(event) => void submit(event)}>
      <label class="field"><span>{t("leniency.amount")}</span><input type="number" required min={0} step="0.01" inputMode="decimal" value={amount} onInput={({ currentTarget }) => setAmount(currentTarget.value)} /></label>
      {less && (
        <label class="field"><span>{t("leniency.imposed", { share: Math.round((offer.least_share ?? 0) * 100) })}</span>
          <input type="number" required min={0} step="0.01" inputMode="decimal" value={imposed} onInput={({ currentTarget }) => setImposed(currentTarget.value)} />
        </label>
      )}
      <label class="field"><span>{t("leniency.reason")}</span><textarea required maxLength={4000} rows={2} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} /></label>
      <label class="field"><span>{t("leniency.education")}</span><textarea required={!less} maxLength={4000} rows={2} value={education} onInput={({ currentTarget }) => setEducation(currentTarget.value)} /></label>
      <label class="field"><span>{t("leniency.educated_on")}</span><input type="date" required={!less} max={today()} value={on} onInput={({ currentTarget }) => setOn(currentTarget.value)} /></label>
      <Attach of={proof} label={t("leniency.proof")} />
      {error !== null && <Failed error={error} />}
      <div class="leniency-buttons">
        <button class="button main" disabled={busy || proof.waiting}>{t(busy ? "leniency.deciding" : "leniency.do_decide")}</button>
        <button type="button" class="plain" onClick={close}>{t("leniency.cancel")}</button>
      </div>
    </form>
  );
}
