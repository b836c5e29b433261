/** What was found in the file, and which of its columns stands for what; read again where that is to be otherwise. */
import type { Signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { either, t } from "../words";
import { type Fault, type Import, type Options, optionsOf, readAgain } from "./asking";
import { type Choices, columnsOf, keepColumns } from "./choices";
import { megabytes } from "./file";
import { ColumnChoice, fieldsOf, HowForm, OWN } from "./how";
import { addressFor } from "./query";

interface Shown {
  one: Import;
  choices: Signal<Choices>;
}

const DATUM_FAULTS = ["datum_suspicion", "datum_mixed"];

export function Found({ one, choices }: Shown) {
  const read = one.read!;
  const names = read.columns.map(({ column }) => column!);
  const remembered = columnsOf(one.kind, names);
  const [options, setOptions] = useState<Options>(() => ({ ...optionsOf(one), columns: remembered ?? read.mapping }));
  const [, go] = useLocation();
  const doing = useDoing();
  const again = (next: Options) =>
    doing.run(async () => {
      const made = await readAgain(one.id, { ...next, columns: chosen(next.columns) });
      keepColumns(one.kind, names, chosen(next.columns));
      go(addressFor(made.id));
    });
  const differs = JSON.stringify([chosen(options.columns), options.datum, options.crs, options.encoding]) !==
    JSON.stringify([chosen(read.mapping), ...["datum", "crs", "encoding"].map((name) => optionsOf(one)[name as "datum"])]);
  return (
    <>
      <dl class="office-facts">
        <dt>{t("importing.format")}</dt><dd>{t("importing.format_told", { format: read.format, zones: read.features, size: megabytes(one.size_bytes) })}{read.layer && ` · ${read.layer}`}</dd>
        <dt>{t("importing.encoding")}</dt><dd>{read.encoding?.toUpperCase() ?? "—"}</dd>
        <dt>{t("importing.crs_found")}</dt><dd>{read.crs}</dd>
      </dl>
      {one.faults.filter(({ code }) => DATUM_FAULTS.includes(code)).map((fault) => (
        <Datum key={fault.number} fault={fault} choices={choices} busy={doing.busy} again={(datum) => void again({ ...options, datum })} />
      ))}
      <form
        class="importing-columns"
        onSubmit={(event) => {
          event.preventDefault();
          void again(options);
        }}
      >
        <h3>{t("importing.columns")}</h3>
        <p class="quiet">{remembered ? t("importing.columns_remembered") : t("importing.columns_guessed")}</p>
        <div class="office-form">
          {fieldsOf(one.kind).map((name) => (
            <ColumnChoice
              key={name} name={name} columns={names} value={(options.columns as Record<string, string>)[name]}
              choose={(column) => setOptions({ ...options, columns: { ...options.columns, [name]: column } })}
            />
          ))}
        </div>
        <div class="office-scroll" tabIndex={0} role="group" aria-label={t("importing.samples")}>
          <table class="office-table">
            <thead><tr><th scope="col">{t("importing.column")}</th><th scope="col" class="words">{t("importing.example")}</th><th scope="col" class="words">{t("importing.becomes")}</th></tr></thead>
            <tbody>
              {read.columns.map(({ column, example }) => (
                <tr key={column}><td>{column}</td><td class="words">{example}</td><td class="words">{becomes(column!, options.columns as Record<string, string>)}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
        <details class="importing-how">
          <summary>{t("importing.how")}</summary>
          <HowForm options={options} change={setOptions} columns={[]} />
        </details>
        {doing.error !== null && <Failed error={doing.error} />}
        <div class="office-buttons">
          <button class={`button ${differs ? "main" : ""}`} disabled={!differs || doing.busy}>{t("importing.read_again")}</button>
          <span class="quiet">{differs ? t("importing.read_again_why") : t("importing.read_so")}</span>
        </div>
      </form>
    </>
  );
}

/** Only what stands for something. */
function chosen(columns: Options["columns"]): Record<string, string> {
  return Object.fromEntries(Object.entries(columns ?? {}).filter(([, column]) => column).sort());
}

function becomes(column: string, columns: Record<string, string>): string {
  const field = Object.entries(columns).find(([, theirs]) => theirs === column)?.[0];
  if (!field) return t("importing.as_property", { name: column });
  const name = t(`importing.field_${field as "code"}`);
  return (OWN as readonly string[]).includes(field) ? name : t("importing.as_property", { name });
}

interface Doubt {
  fault: Fault;
  choices: Signal<Choices>;
  busy: boolean;
  again: (datum: "gcj02") => void;
}

/** The file as it was declared does not fit what is there: read it as what it fits, or say that it is right. */
function Datum({ fault, choices, busy, again }: Doubt) {
  const other = fault.params["datum"] as "gcj02";
  return (
    <div class="notice bad importing-doubt" role="alert">
      <p><strong>{either(fault.text, fault.text_en)}</strong></p>
      <p>{fault.code === "datum_mixed" ? t("importing.mixed_advice") : t("importing.suspicion_evidence", { share: Math.round(Number(fault.params["fit_share"]) * 100), datum: t(`importing.datum_${other}`) })}</p>
      {fault.code === "datum_suspicion" && (
        <div class="office-buttons">
          <button type="button" class="button main" disabled={busy} onClick={() => again(other)}>{t("importing.read_as", { datum: t(`importing.datum_${other}`) })}</button>
          <label class="importing-tick">
            <input type="checkbox" checked={choices.value.confirm_datum} onChange={({ currentTarget }) => (choices.value = { ...choices.value, confirm_datum: currentTarget.checked })} />
            {t("importing.confirm_datum")}
          </label>
        </div>
      )}
    </div>
  );
}
