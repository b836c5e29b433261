/** A form as its data say it: a field of its kind for each, under the heads they belong to. */
import type { ComponentChildren } from "preact";
import { t } from "../words";
import { type Answers, type Field, type Form, labelOf, nameOf, type Value } from "./forms";
import "./fields.css";

interface Filling {
  form: Form;
  answers: Answers;
  /** undefined: nothing is answered any more. */
  say: (code: string, value: Value | undefined) => void;
  /** What is wrong, by code of the field. */
  wrong?: ReadonlyMap<string, string>;
  /** How photos are taken is the page's. */
  photos: (field: Field) => ComponentChildren;
}

export function Fields({ form, ...filling }: Filling) {
  const loose = form.fields.filter((field) => !field.head);
  return (
    <>
      {form.heads.map((head) => (
        <section key={head.code} class="fields-head" aria-labelledby={`head-${head.code}`}>
          <h2 id={`head-${head.code}`}>{nameOf(head)}</h2>
          <div class="fields">{form.fields.filter((field) => field.head === head.code).map((field) => <One key={field.code} field={field} {...filling} />)}</div>
        </section>
      ))}
      {loose.length > 0 && <div class="fields">{loose.map((field) => <One key={field.code} field={field} {...filling} />)}</div>}
    </>
  );
}

function One({ field, answers, say, wrong, photos }: Omit<Filling, "form"> & { field: Field }) {
  const value = answers[field.code];
  const fault = wrong?.get(field.code);
  const told = fault && <em class="fields-wrong" id={`wrong-${field.code}`}>{fault}</em>;
  const label = <>{labelOf(field)}{field.required ? "" : <small class="quiet"> {t("records.optional")}</small>}</>;
  if (field.type === "photos") return <div class="fields-wide"><p>{label}</p>{photos(field)}{told}</div>;
  if (field.type === "yes_no" || (field.type === "choice" && field.options.length <= 4)) {
    const choices = field.type === "choice" ? field.options.map((one) => ({ key: one.code, word: nameOf(one), value: one.code as Value })) : [true, false].map((yes) => ({ key: String(yes), word: t(yes ? "records.yes" : "records.no"), value: yes as Value }));
    return (
      <fieldset class="fields-choice">
        <legend>{label}</legend>
        {choices.map((one) => (
          <label key={one.key}><input type="radio" name={field.code} checked={value === one.value} onChange={() => say(field.code, one.value)} /><span>{one.word}</span></label>
        ))}
        {told}
      </fieldset>
    );
  }
  const told_by = fault ? { "aria-invalid": true, "aria-describedby": `wrong-${field.code}` } : {};
  return (
    <label class={`field ${field.type === "text" ? "fields-wide" : ""}`}>
      <span>{label}{bounds(field)}</span>
      <Box field={field} value={value} say={(next) => say(field.code, next)} told={told_by} />
      {told}
    </label>
  );
}

function bounds({ type, max, unit }: Field): string {
  if (type === "score") return ` (0–${max})`;
  return unit ? ` (${unit})` : "";
}

function Box({ field, value, say, told }: { field: Field; value: Value | undefined; say: (next: Value | undefined) => void; told: object }) {
  if (field.type === "choice") {
    return (
      <select value={(value as string) ?? ""} onChange={({ currentTarget }) => say(currentTarget.value || undefined)} {...told}>
        <option value="">{t("records.choose")}</option>
        {field.options.map((one) => <option key={one.code} value={one.code}>{nameOf(one)}</option>)}
      </select>
    );
  }
  if (field.type === "text") return <textarea rows={2} maxLength={field.max ?? 2000} value={(value as string) ?? ""} onInput={({ currentTarget }) => say(currentTarget.value || undefined)} {...told} />;
  if (field.type === "date") return <input type="date" value={(value as string) ?? ""} onInput={({ currentTarget }) => say(currentTarget.value || undefined)} {...told} />;
  const whole = field.type === "people_count";
  return (
    <input
      type="number"
      inputMode={whole ? "numeric" : "decimal"}
      min={field.min ?? (field.type === "number" ? undefined : 0)}
      max={field.max}
      step={whole ? 1 : "any"}
      value={(value as number | undefined) ?? ""}
      onInput={({ currentTarget }) => say(Number.isNaN(currentTarget.valueAsNumber) ? undefined : currentTarget.valueAsNumber)}
      {...told}
    />
  );
}
