/** Forms in force, and what is read and filed by them. */
import { answer, api, type Schema, session } from "../api/client";
import { type Reading, useReading } from "../ui/reading";
import { either } from "../words";

export type RecordOut = Schema<"RecordOut">;
export type Trial = Schema<"RecordTrialOut">;
export type Value = string | number | boolean | string[];
export type Answers = { readonly [code: string]: Value };

interface Named {
  code: string;
  name: string;
  name_en: string;
}

export interface Field {
  code: string;
  label: string;
  label_en: string;
  type: "score" | "yes_no" | "number" | "text" | "choice" | "date" | "people_count" | "photos";
  min?: number;
  max?: number;
  unit?: string;
  options: Named[];
  required: boolean;
  head?: string;
}

export interface Form extends Named {
  about: RecordOut["about"]["kind"];
  zone_kinds: NonNullable<RecordOut["about"]["zone_kind"]>[];
  fills: string[];
  fields: Field[];
  heads: Named[];
  score?: string;
  schedule?: { every: string };
  hot_spot: boolean;
}

export const nameOf = (one: { name: string; name_en: string }): string => either(one.name, one.name_en);
export const labelOf = (one: { label: string; label_en: string }): string => either(one.label, one.label_en);

export const fetchForms = async (): Promise<Form[]> => {
  const { set } = await answer(api.GET("/api/v1/rulebooks/{kind}", { params: { path: { kind: "forms" } } }));
  return (set?.rows ?? []) as unknown as Form[];
};

/** Those in force today, kept for days without network. */
export const useForms = (): Reading<Form[]> => useReading("forms", fetchForms);

export const fills = (form: Form): boolean => form.fills.includes(session.value?.user.role ?? "");

/** What is still wanted before it can be filed. */
export const wanting = (form: Form, answers: Answers): Field[] =>
  form.fields.filter(({ code, required }) => required && (answers[code] === undefined || answers[code] === ""));
