/** One step of a proceeding: the fields that the server says come with it. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { Failed } from "../ui/failing";
import { either, t } from "../words";
import { type Offered, type Proceeding, type StepInputs, takeStep } from "./asking";
import { Officers } from "./officers";

export const OUTCOMES = ["warning", "penalty", "mitigated", "no_penalty_may", "no_penalty_shall"] as const;
const HOW = ["in_person", "left", "post", "electronic", "public_notice"] as const;
export const FILES_MAX = 20;
const FINES: readonly string[] = ["penalty", "mitigated"];

interface Taking {
  of: Proceeding;
  step: Offered;
  close: () => void;
  done: (after: Proceeding) => void;
}

export function StepForm({ of, step, close, done }: Taking) {
  const [inputs, setInputs] = useState<StepInputs>(() => begun(of, step));
  const files = useAttaching(FILES_MAX);
  const doing = useDoing();
  const set = (part: Partial<StepInputs>) => setInputs({ ...inputs, ...part });
  const asks = (name: keyof StepInputs) => step.requires.includes(name) || step.takes.includes(name);
  const must = (name: keyof StepInputs) => step.requires.includes(name);
  const send = async () => done(await takeStep(of.number, step.step, { ...said(inputs), ...(files.digests.length > 0 && { attachments: files.digests }), version: of.version }));
  const fine = !inputs.outcome || FINES.includes(inputs.outcome);
  return (
    <form class="enforcement-form" onSubmit={(event) => { event.preventDefault(); void doing.run(send); }}>
      <h3>{either(step.step_name, step.step_name_en)}</h3>
      {asks("officers") && <Officers chosen={inputs.officers ?? []} choose={(officers) => set({ officers })} />}
      {asks("outcome") && (
        <label class="field">
          <span>{t("enforcing.outcome")}</span>
          <select required value={inputs.outcome ?? ""} onChange={({ currentTarget }) => set({ outcome: currentTarget.value as NonNullable<StepInputs["outcome"]> })}>
            <option value="" disabled />
            {OUTCOMES.map((one) => <option key={one} value={one}>{t(`enforcing.outcome_${one}`)}</option>)}
          </select>
        </label>
      )}
      {asks("amount_yuan") && fine && (
        <label class="field">
          <span>{t("enforcing.amount", { least: of.item?.amount_min_yuan ?? "", most: of.item?.amount_max_yuan ?? "" })}</span>
          <input type="number" min={0} step="0.01" inputMode="decimal" value={inputs.amount_yuan ?? ""} onInput={({ currentTarget }) => set({ amount_yuan: currentTarget.value || null })} />
        </label>
      )}
      {asks("waived_yuan") && !fine && (
        <label class="field">
          <span>{t("enforcing.waived")}</span>
          <input type="number" min={0} step="0.01" inputMode="decimal" value={inputs.waived_yuan ?? ""} onInput={({ currentTarget }) => set({ waived_yuan: currentTarget.value || null })} />
        </label>
      )}
      {asks("correction") && (
        <label class="field wide"><span>{t("enforcing.correction")}</span><textarea rows={2} maxLength={2000} value={inputs.correction ?? ""} onInput={({ currentTarget }) => set({ correction: currentTarget.value || null })} /></label>
      )}
      {asks("days") && (
        <label class="field"><span>{t("enforcing.days")}</span><input type="number" min={1} max={365} value={inputs.days ?? ""} onInput={({ currentTarget }) => set({ days: Number(currentTarget.value) || null })} /></label>
      )}
      {asks("corrected") && (
        <label class="field">
          <span>{t("enforcing.corrected")}</span>
          <select required value={inputs.corrected === undefined || inputs.corrected === null ? "" : String(inputs.corrected)} onChange={({ currentTarget }) => set({ corrected: currentTarget.value === "true" })}>
            <option value="" disabled />
            <option value="true">{t("enforcing.yes")}</option>
            <option value="false">{t("enforcing.no")}</option>
          </select>
        </label>
      )}
      {asks("how") && (
        <label class="field">
          <span>{t("enforcing.how")}</span>
          <select required value={inputs.how ?? ""} onChange={({ currentTarget }) => set({ how: currentTarget.value })}>
            <option value="" disabled />
            {HOW.map((one) => <option key={one} value={one}>{t(`enforcing.how_${one}`)}</option>)}
          </select>
        </label>
      )}
      {asks("paid") && (
        <label class="wide enforcement-check"><input type="checkbox" checked={inputs.paid ?? false} onChange={({ currentTarget }) => set({ paid: currentTarget.checked })} /> <span>{t("enforcing.paid")}</span></label>
      )}
      {asks("note") && (
        <label class="field wide"><span>{t("enforcing.note")}</span><textarea rows={3} maxLength={2000} required={must("note")} value={inputs.note ?? ""} onInput={({ currentTarget }) => set({ note: currentTarget.value || null })} /></label>
      )}
      {asks("attachments") && <Attach of={files} />}
      {doing.error !== null && <Failed error={doing.error} />}
      <div class="enforcement-buttons">
        <button type="submit" class="button main" disabled={doing.busy || files.waiting}>{doing.busy ? t("wait.loading") : either(step.step_name, step.step_name_en)}</button>
        <button type="button" class="button" onClick={close}>{t("enforcing.cancel")}</button>
      </div>
    </form>
  );
}

/** What is known already: who took the last step, what was proposed, what is put right. */
function begun(of: Proceeding, step: Offered): StepInputs {
  const inputs: StepInputs = {};
  const asks = (name: string) => step.requires.includes(name) || step.takes.includes(name);
  if (asks("officers")) inputs.officers = of.officers.map(({ account }) => account);
  if (asks("outcome") && of.outcome) inputs.outcome = of.outcome;
  if (asks("amount_yuan") && of.outcome && FINES.includes(of.outcome) && of.amount_yuan) inputs.amount_yuan = of.amount_yuan;
  if (asks("correction") && of.item) inputs.correction = of.item.correction;
  return inputs;
}

/** A fine that was typed before another outcome was chosen does not go along. */
function said(inputs: StepInputs): StepInputs {
  const { amount_yuan, waived_yuan, ...rest } = inputs;
  const fine = !inputs.outcome || FINES.includes(inputs.outcome);
  return { ...rest, ...(fine && amount_yuan ? { amount_yuan } : {}), ...(!fine && waived_yuan ? { waived_yuan } : {}) };
}
