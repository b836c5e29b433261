/** The district and its townships: named, opened and closed by the district's administrators. Codes are given, never made up. */
import { useState } from "preact/hooks";
import { Failure, session } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { type Body, changeBody, createBody, fetchBodies, fetchBodyChanges, undoBodyChange } from "./asking";
import { History } from "./history";
import { bodies } from "./known";

const EMPTY = { code: "", name: "", body_name: "", body_name_en: "" };
type Named = typeof EMPTY;

export function Bodies({ admin }: { admin: boolean }) {
  const [tick, setTick] = useState(0);
  const [open, setOpen] = useState<string | null>(null);
  const read = useReading("people/bodies", async () => (bodies.value = await fetchBodies()), { tick });
  const keeps = admin && session.value?.user.organisation.kind === "district";
  const changed = () => setTick((had) => had + 1);
  const chosen = read.value?.find(({ code }) => code === open);
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="people-bodies">
      <header>
        <h2 id="people-bodies">{t("people.bodies")}</h2>
        {keeps && <button type="button" class="button main" onClick={() => setOpen("")}>{t("people.new_body")}</button>}
      </header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && (
        <div class="office-scroll" tabIndex={0} role="group" aria-label={t("people.bodies")}>
          <table class="office-table">
            <thead>
              <tr><th scope="col">{t("people.body_place")}</th><th scope="col" class="words">{t("people.code")}</th><th scope="col" class="words">{t("people.body_name")}</th><th scope="col" class="words">{t("people.state")}</th><th scope="col">{t("people.people")}</th></tr>
            </thead>
            <tbody>
              {read.value.map((one) => (
                <tr key={one.code}>
                  <th scope="row">{keeps ? <button type="button" class="plain" onClick={() => setOpen(one.code)}>{one.name}</button> : one.name}</th>
                  <td class="words numbers">{one.code}</td>
                  <td class="words">{one.body_name} <span class="quiet">{one.body_name_en}</span></td>
                  <td class="words">{t(one.closed_at ? "people.closed" : "people.open")}</td>
                  <td class="numbers">{one.people ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {open === "" && <NewBody changed={changed} onClosed={() => setOpen(null)} />}
      {open && chosen && <One key={open} one={chosen} tick={tick} changed={changed} onClosed={() => setOpen(null)} />}
    </section>
  );
}

function NewBody({ changed, onClosed }: { changed: () => void; onClosed: () => void }) {
  const [fields, setFields] = useState(EMPTY);
  const { busy, error, run } = useDoing();
  const make = async (event: SubmitEvent, close: () => void) => {
    event.preventDefault();
    if (!(await run(() => createBody(fields)))) return;
    changed();
    close();
  };
  return (
    <Sheet title={t("people.new_body")} onClosed={onClosed}>
      {(close) => (
        <form class="office-form" onSubmit={(event) => void make(event, close)}>
          <label class="field"><span>{t("people.code")}</span><input value={fields.code} required pattern="[0-9]{9}" inputMode="numeric" title={t("people.code_help")} onInput={({ currentTarget }) => setFields({ ...fields, code: currentTarget.value })} /></label>
          <Names fields={fields} set={(part) => setFields({ ...fields, ...part })} />
          <p class="quiet wide">{t("people.code_help")}</p>
          {error !== null && <Failed error={error} />}
          <div class="office-buttons"><button class="button main" disabled={busy}>{busy ? t("people.making") : t("people.make")}</button></div>
        </form>
      )}
    </Sheet>
  );
}

function Names({ fields, set }: { fields: Named; set: (part: Partial<Named>) => void }) {
  return (
    <>
      {(["name", "body_name", "body_name_en"] as const).map((name) => (
        <label class="field" key={name}>
          <span>{t(`people.fact_${name}`)}</span>
          <input value={fields[name]} required maxLength={100} onInput={({ currentTarget }) => set({ [name]: currentTarget.value })} />
        </label>
      ))}
    </>
  );
}

function One({ one, tick, changed, onClosed }: { one: Body; tick: number; changed: () => void; onClosed: () => void }) {
  const { busy, error, run } = useDoing();
  const [fields, setFields] = useState<Named>({ code: one.code, name: one.name, body_name: one.body_name, body_name_en: one.body_name_en });
  const late = error instanceof Failure && error.code === "record_changed";
  const change = async (said: Parameters<typeof changeBody>[1]) => (await run(() => changeBody(one, said))) && changed();
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const { code: _, ...names } = fields;
    void change(names);
  };
  const same = (["name", "body_name", "body_name_en"] as const).every((name) => fields[name] === one[name]);
  return (
    <Sheet title={`${one.name} ${one.code}`} onClosed={onClosed}>
      {() => (
        <>
          <form class="office-form" onSubmit={save}>
            <Names fields={fields} set={(part) => setFields({ ...fields, ...part })} />
            {error !== null && <Failed error={error} {...(late && { again: changed })} />}
            <div class="office-buttons">
              <button class="button main" disabled={busy || same}>{t("people.save")}</button>
              {one.kind === "township" && <button type="button" class={`button ${one.closed_at ? "" : "grave"}`} disabled={busy} onClick={() => void change({ closed: !one.closed_at })}>{t(one.closed_at ? "people.reopen" : "people.close")}</button>}
            </div>
          </form>
          <History id={one.code} tick={tick} ask={() => fetchBodyChanges(one.code)} undo={(version) => undoBodyChange(one.code, version)} onUndone={changed} />
        </>
      )}
    </Sheet>
  );
}
