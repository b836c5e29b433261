/** What can be done with a case now, each with what it asks for; built from what the server allows. */
import { useEffect, useState } from "preact/hooks";
import { Failure } from "../api/client";
import { Failed } from "../ui/failing";
import { capital, either, maybe, t } from "../words";
import { type ActionDraft, start } from "../officer/queue";
import { act, actionKey, bodies, categories, type Action, type ActionName, type Case, type Clock, type Inputs, type Report } from "./calls";
import { Assignee } from "./assignee";
import { Pending, unsentOf } from "./pending";
import { ReplyForm } from "./reply";

const FIRST: ActionName[] = ["register", "dispatch", "accept", "start", "reply", "pass", "close", "approve_extension", "resume"];
const GRAVE = new Set<ActionName>(["cancel", "refuse", "merge", "refuse_extension"]);
/** Not a condition to be met, but that there is nothing of the kind. */
const NOTHING_OF_IT = new Set(["milestone_runs", "extension_pending", "zone_chosen"]);
/** Taken where the zones are drawn, not by a form. */
const OF_THE_MAP = new Set<ActionName>(["choose_zone", "release_zone"]);
const UNITS = ["work_hour", "work_day", "work_minute", "hour", "day"] as const;
const HOURS = "+08:00";

/** Values that are put into a form beforehand, as a suggestion that was chosen. */
export type Draft = Partial<Pick<Inputs, "assignee" | "body" | "note" | "into">> & { assignee_name?: string };

interface Acting {
  one: Case;
  clocks: Clock[];
  /** Reports of the case: a reply looks whether an after-photo is there. */
  reports: Report[];
  /** The action whose form is open, if any. */
  open: ActionName | null;
  onOpen: (action: ActionName | null) => void;
  draft?: Draft;
  onDone: (after: Case, action: ActionName, before: Case) => void;
  /** Somebody was first: what the server said. */
  onLost: (lost: Failure) => void;
  /** Where an action may wait for network: takes it when the server cannot be reached. */
  later?: (draft: ActionDraft) => Promise<void>;
}

export function ordered(actions: Action[]): Action[] {
  const rank = (one: Action) => (FIRST.indexOf(one.action) + FIRST.length + 1) % (FIRST.length + 1);
  return [...actions].sort((a, b) => rank(a) - rank(b));
}

/** The action that takes the case on its way; null where only others are allowed. */
export function mainAction(actions: Action[]): ActionName | null {
  const first = ordered(actions)[0]?.action;
  return first && FIRST.includes(first) ? first : null;
}

export function Actions(props: Acting) {
  const { one, open, onOpen } = props;
  useEffect(start, []);
  const unsent = unsentOf(one.number);
  if (unsent.length) return <>{unsent.map((item) => <Pending key={item.id} item={item} />)}</>;
  const allowed = ordered(one.allowed_actions).filter((each) => !OF_THE_MAP.has(each.action));
  const action = allowed.find((each) => each.action === open);
  if (action?.action === "reply") return <ReplyForm key={one.number} one={one} reports={props.reports} close={() => onOpen(null)} />;
  if (action) return <ActionForm key={`${one.number}${action.action}`} {...props} action={action} />;
  return (
    <div class="case-actions">
      {!allowed.length && <p class="quiet">{t("case.nothing_to_do")}</p>}
      {allowed.map((each, place) => (
        <button type="button" key={each.action} onClick={() => onOpen(each.action)}
          class={`button ${place === 0 && FIRST.includes(each.action) ? "main" : ""} ${GRAVE.has(each.action) ? "grave" : ""}`}>
          {capital(either(each.name, each.name_en))}
        </button>
      ))}
      {one.blocked_actions.filter((each) => !NOTHING_OF_IT.has(each.guard) && !OF_THE_MAP.has(each.action)).map((each) => (
        <p key={each.action} class="quiet case-blocked">{capital(either(each.name, each.name_en))}{t("case.colon")}{either(each.reason, each.reason_en)}</p>
      ))}
    </div>
  );
}

function ActionForm({ one, clocks, action, draft, onOpen, onDone, onLost, later }: Acting & { action: Action }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // One key for as long as the form is open: sending it again after a lost answer acts once.
  const [key] = useState(actionKey);
  const [seen, setSeen] = useState(one.version);
  const moved = one.version !== seen;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const inputs = readInputs(new FormData(event.currentTarget as HTMLFormElement));
    try {
      onDone(await act(one.number, action.action, seen, inputs, key), action.action, one);
    } catch (failed) {
      setBusy(false);
      if (failed instanceof Failure && failed.code === "transition_refused") onLost(failed);
      else if (later && failed instanceof Failure && failed.unreached) await wait(inputs).catch(setError);
      else setError(failed);
    }
  }
  async function wait(inputs: Partial<Inputs>): Promise<void> {
    const title = `${either(action.name, action.name_en)} ${one.number}`;
    // The same key: should the first try have come through after all, this one is answered as it was.
    await later?.({ id: key, title, case: one.number, action: action.action, body: { ...inputs, version: seen } });
    onOpen(null);
  }
  return (
    <form class="case-form" onSubmit={(event) => void submit(event)} aria-label={either(action.name, action.name_en)}>
      <h3>{capital(either(action.name, action.name_en))}</h3>
      {moved && (
        <div class="notice bad" role="alert">
          <p>{t("case.moved_on")}</p>
          <button type="button" class="plain" onClick={() => setSeen(one.version)}>{t("case.act_anyway")}</button>
        </div>
      )}
      <Fields names={action.requires} required clocks={clocks} number={one.number} {...(draft ? { draft } : {})} />
      <Fields names={action.takes} clocks={clocks} number={one.number} {...(draft ? { draft } : {})} />
      {error !== null && <Failed error={error} />}
      <div class="case-send">
        <button class={`button main`} disabled={busy || moved}>{busy ? t("case.acting") : capital(either(action.name, action.name_en))}</button>
        <button type="button" class="button" disabled={busy} onClick={() => onOpen(null)}>{t("case.not_now")}</button>
      </div>
    </form>
  );
}

/** Fields of the members that an action asks for; `readInputs` reads them back. */
export function Fields({ names, required = false, clocks = [], draft = {}, number }: { names: string[]; required?: boolean; clocks?: Clock[]; draft?: Draft; number: string }) {
  return <>{names.map((name) => <Input key={name} name={name} required={required} clocks={clocks} draft={draft} number={number} />)}</>;
}

function Input({ name, required, clocks, draft, number }: { name: string; required: boolean; clocks: Clock[]; draft: Draft; number: string }) {
  const given = draft[name as keyof Draft];
  const [value, setValue] = useState(given ?? "");
  useEffect(() => { if (given !== undefined) setValue(given ?? ""); }, [given]);
  const label = <span>{t(`input.${name}` as "input.note")}{!required && <span class="quiet"> {t("input.optional")}</span>}</span>;
  const typed = { name, required, value: value ?? "", onInput: (event: Event) => setValue((event.currentTarget as HTMLInputElement).value) };
  switch (name) {
    case "note":
    case "reason":
      return <label class="field">{label}<textarea {...typed} rows={2} maxLength={2000} /></label>;
    case "body":
    case "category": {
      const choices = name === "body" ? [...bodies.value] : [...categories.value].map(([code, one]) => [code, either(one.name, one.name_en)] as const);
      if (value && !choices.some(([code]) => code === value)) choices.push([value, value]);
      return (
        <label class="field">
          {label}
          <select {...typed}>
            <option value="">{required ? "" : t(name === "body" ? "input.as_it_is" : "input.category_stays")}</option>
            {choices.map(([code, text]) => <option key={code} value={code}>{text}</option>)}
          </select>
        </label>
      );
    }
    case "assignee":
      return <Assignee label={label} required={required} draft={draft} number={number} />;
    case "assisting":
      return (
        <fieldset class="case-choices">
          <legend>{label}</legend>
          {[...bodies.value].map(([code, text]) => <label key={code}><input type="checkbox" name="assisting" value={code} /> {text}</label>)}
        </fieldset>
      );
    case "amount":
      return <label class="field">{label}<input {...typed} type="number" inputMode="numeric" min={1} max={10000} /></label>;
    case "unit":
      return <label class="field">{label}<select name="unit" required={required}>{UNITS.map((unit) => <option key={unit} value={unit}>{t(`unit.${unit}`)}</option>)}</select></label>;
    case "until":
      return <label class="field">{label}<input {...typed} type="datetime-local" /></label>;
    case "clock":
      return (
        <label class="field">{label}
          <select name="clock" required={required}>
            {clocks.filter((one) => one.state === "running").map((one) => <option key={one.name} value={one.name}>{either(one.name_zh, one.name_en)}</option>)}
          </select>
        </label>
      );
    case "parts":
      return <Parts />;
    default:
      return <label class="field">{label}<input {...typed} maxLength={200} /></label>;
  }
}

function Parts() {
  const [rows, setRows] = useState(1);
  return (
    <fieldset class="case-choices">
      <legend>{t("input.parts")}</legend>
      {Array.from({ length: rows }, (_, row) => (
        <div class="case-part" key={row}>
          <select name="part_category" required aria-label={t("input.category")}>
            {[...categories.value].map(([code, one]) => <option key={code} value={code}>{either(one.name, one.name_en)}</option>)}
          </select>
          <input name="part_note" required maxLength={2000} aria-label={t("input.note")} />
        </div>
      ))}
      <button type="button" class="plain" onClick={() => setRows(rows + 1)}>{t("input.more_parts")}</button>
    </fieldset>
  );
}

/** What was typed, as the API takes it: nothing for what was left empty. */
export function readInputs(form: FormData): Partial<Inputs> {
  const inputs: Record<string, unknown> = {};
  for (const [name, raw] of form) {
    const value = String(raw).trim();
    if (!value || name.startsWith("part_") || name === "assisting") continue;
    inputs[name] = name === "amount" ? Number(value) : name === "until" ? `${value}:00${HOURS}` : value;
  }
  const assisting = form.getAll("assisting").map(String);
  if (assisting.length) inputs["assisting"] = assisting;
  const notes = form.getAll("part_note").map(String);
  const kinds = form.getAll("part_category").map(String);
  if (notes.length) inputs["parts"] = notes.map((note, place) => ({ note, category: kinds[place] }));
  return inputs as Partial<Inputs>;
}

/** A lost race: what happened meanwhile, and that the actions below are those that are possible now. */
export function ConflictNotice({ lost, last, close }: { lost: Failure; last: string | null; close: () => void }) {
  const { reason, reason_en, state } = lost.problem as Record<string, string>;
  return (
    <div class="notice bad case-conflict" role="alert">
      <p><strong>{t("case.lost")}</strong> {either(reason ?? "", reason_en ?? "")}</p>
      {last && <p>{t("case.happened", { what: last })}</p>}
      {state && <p class="quiet">{t("case.stands", { state: maybe(`state.${state}`) ?? state })}</p>}
      <button type="button" class="plain" onClick={close}>{t("case.understood")}</button>
    </div>
  );
}
