/** Several selected cases and one action on all of them; and what was done last, with its way back. */
import { useEffect, useState } from "preact/hooks";
import { actionKey, Fields, fetchCase, ordered, readInputs, type Action, type Case } from "../cases";
import { Failed } from "../ui/failing";
import { capital, either, t } from "../words";
import { actOnEach, done, undo } from "./desk";
import { ticked } from "./rows";

const BATCH_MAX = 100;
/** Actions whose inputs differ from case to case. */
const SINGLE = new Set(["merge", "split", "milestone", "choose_zone", "release_zone"]);

export function Batch() {
  const numbers = [...ticked.value];
  if (!numbers.length) return null;
  return (
    <section class="desk-batch" aria-label={t("desk.batch_selected", { n: numbers.length })}>
      <p><b class="numbers">{t("desk.batch_selected", { n: numbers.length })}</b>
        <button type="button" class="plain" onClick={() => (ticked.value = new Set())}>{t("desk.batch_cancel")}</button></p>
      {numbers.length > BATCH_MAX ? <p class="quiet">{t("desk.batch_max", { n: BATCH_MAX })}</p> : <Common numbers={numbers} />}
    </section>
  );
}

function Common({ numbers }: { numbers: string[] }) {
  const [cases, setCases] = useState<Case[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [chosen, setChosen] = useState<Action | null>(null);
  const which = numbers.join();
  useEffect(() => {
    let gone = false;
    setChosen(null);
    Promise.all(numbers.map(fetchCase)).then((came) => !gone && setCases(came), (failed: unknown) => !gone && setError(failed));
    return () => { gone = true; };
  }, [which]);
  if (error !== null) return <Failed error={error} />;
  if (!cases) return <p class="quiet" role="status">{t("desk.batch_loading")}</p>;
  const [first, ...rest] = cases;
  const common = ordered(first?.allowed_actions ?? []).filter(({ action }) => !SINGLE.has(action) && rest.every((one) => one.allowed_actions.some((other) => other.action === action)));
  if (chosen) return <BatchForm key={chosen.action} action={chosen} cases={cases} back={() => setChosen(null)} />;
  if (!common.length) return <p class="quiet">{t("desk.batch_hint")}</p>;
  return <div class="case-actions">{common.map((action) => <button type="button" class="button" key={action.action} onClick={() => setChosen(action)}>{capital(either(action.name, action.name_en))}</button>)}</div>;
}

function BatchForm({ action, cases, back }: { action: Action; cases: Case[]; back: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [key] = useState(actionKey);
  const name = capital(either(action.name, action.name_en));
  // People are of the body that is named, or of that of the first; a case elsewhere is refused with the reason.
  const first = cases[0]!.number;
  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      await actOnEach(action, cases, readInputs(new FormData(event.currentTarget as HTMLFormElement)), key);
      ticked.value = new Set();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <form class="case-form" aria-label={name} onSubmit={(event) => void submit(event)}>
      <Fields names={action.requires} required number={first} />
      <Fields names={action.takes.filter((taken) => taken !== "reports" && taken !== "assisting")} number={first} />
      {error !== null && <Failed error={error} />}
      <div class="case-send">
        <button class="button main" disabled={busy}>{busy ? t("case.acting") : `${name} ×${cases.length}`}</button>
        <button type="button" class="button" onClick={back} disabled={busy}>{t("case.not_now")}</button>
      </div>
    </form>
  );
}

export function DoneNotice() {
  const last = done.value;
  if (!last) return null;
  return (
    <div class="desk-done" role="status">
      <p>{last.words}</p>
      {last.back && <button type="button" class="button" onClick={() => void undo()}>{t("desk.undo")} <kbd aria-hidden="true">Z</kbd></button>}
      {last.refused.length > 0 && (
        <details open>
          <summary>{t("desk.batch_failed", { n: last.refused.length })}</summary>
          <ul>{last.refused.map(({ number, why }) => <li key={number}><span class="numbers">{number}</span> {why}</li>)}</ul>
        </details>
      )}
      <button type="button" class="desk-icon" aria-label={t("case.close_dialog")} onClick={() => (done.value = null)}>✕</button>
    </div>
  );
}
