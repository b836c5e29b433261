/** A file of subjects: checked first, row by row; applied exactly as it was looked at. */
import { useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failure } from "../api/client";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { type Fates, sendFile } from "./asking";

const FATES = ["new", "changed", "unchanged", "faulty"] as const;

export function FilePage() {
  const [file, setFile] = useState<File | null>(null);
  const [day, setDay] = useState(today);
  const [came, setCame] = useState<Fates | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const { busy, error, run } = useDoing();
  const check = (chosen: File | null, from: string) => {
    setFile(chosen);
    setDay(from);
    setCame(null);
    if (chosen && from) void run(async () => setCame(await sendFile(chosen, from)));
  };
  const apply = () => file && came && run(async () => setCame(await sendFile(file, day, came.plan)));
  const outdated = error instanceof Failure && error.code === "subject_import_outdated";
  const waits = came !== null && !came.applied && came.counts.faulty === 0 && came.counts.new + came.counts.changed > 0;
  return (
    <section class="office-part" aria-labelledby="subjects-file">
      <header><h2 id="subjects-file">{t("subjects.file")}</h2></header>
      <p class="quiet subjects-about">{t("subjects.file_about")}</p>
      <form class="office-form" onSubmit={(event) => event.preventDefault()}>
        <label class="button subjects-choose">
          <span>{file ? file.name : t("subjects.file_choose")}</span>
          <input ref={input} class="unseen" type="file" disabled={busy} accept=".xlsx,.csv" onChange={({ currentTarget }) => check(currentTarget.files?.[0] ?? null, day)} />
        </label>
        <label class="field">
          <span>{t("subjects.from_day")}</span>
          <input type="date" value={day} required disabled={busy} onInput={({ currentTarget }) => check(file, currentTarget.value)} />
        </label>
      </form>
      {error !== null && <Refused error={error} {...(outdated && { again: () => check(file, day) })} />}
      {busy && <p role="status">{t(came ? "subjects.file_applying" : "subjects.file_checking")}</p>}
      {came && (
        <>
          {!busy && (
            <p class="notice" role="status">
              {t(came.applied ? "subjects.file_applied" : "subjects.file_checked")} {FATES.map((fate) => t(`subjects.fate_${fate}`, { n: came.counts[fate] })).join(" · ")}
            </p>
          )}
          {waits && <div class="office-buttons"><button type="button" class="button main" disabled={busy} onClick={() => void apply()}>{t("subjects.file_apply")}</button></div>}
          <Rows of={came} />
        </>
      )}
    </section>
  );
}

function Refused({ error, again }: { error: unknown; again?: () => void }) {
  const found = error instanceof Failure && Array.isArray(error.problem["errors"]) ? (error.problem["errors"] as { path: string; message: string }[]) : [];
  return (
    <>
      <Failed error={error} {...(again && { again })} />
      <ul class="subjects-faults">{found.map(({ path, message }) => <li key={path + message}>{message}</li>)}</ul>
    </>
  );
}

function Rows({ of }: { of: Fates }) {
  if (of.items.length === 0) return null;
  const all = of.counts.new + of.counts.changed + of.counts.faulty;
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-label={t("subjects.file_rows")}>
      <table class="office-table">
        <thead>
          <tr>
            <th scope="col">{t("subjects.line")}</th>
            <th scope="col" class="words">{t("subjects.name")}</th>
            <th scope="col" class="words">{t("subjects.fate")}</th>
            <th scope="col" class="words">{t("subjects.file_what")}</th>
          </tr>
        </thead>
        <tbody>
          {of.items.map((row) => (
            <tr key={row.line}>
              <th scope="row" class="numbers">{row.line}</th>
              <td class="words">{row.name}{row.code && <> <Link class="numbers" href={`/subjects/${row.code}`}>{row.code}</Link></>}</td>
              <td class={`words ${row.fate === "faulty" ? "office-bad" : ""}`}>{t(`subjects.is_${row.fate as (typeof FATES)[number]}`)}</td>
              <td class="words">{row.faults.length > 0 ? row.faults.map(({ path, message }) => <p key={path + message}>{message}</p>) : row.changes.map(changeName).join("、")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {of.listed < all && <p class="quiet">{t("subjects.file_more", { n: all - of.listed })}</p>}
    </div>
  );
}

function changeName(change: string): string {
  if (change.startsWith("person_")) return t(`subjects.rank_${change.slice(-1) as "1"}`);
  return change.startsWith("zone ") ? `${t("subjects.zone")} ${change.slice("zone ".length)}` : t(`subjects.${change as "name"}`);
}
