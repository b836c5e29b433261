/** The opened case: photos, where and whose, clocks, what happened, and what can be done now. */
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { authorized, type Failure } from "../api/client";
import { Actions, CaseFacts, Clocks, ConflictNotice, Glyph, headline, mainAction, now, PhotoPair, standing, Timeline, type ActionName } from "../cases";
import { Practices } from "../cases/blocks";
import { useWhole } from "../cases/whole";
import { Failed, sentence } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { capital, either, relative, t } from "../words";
import { Candidates, Duplicates, Officers } from "./aids";
import { acted, draft, entering, form, opened, openCase, touched } from "./desk";
import { itemOf, putKnown } from "./rows";

const STOPPED_MS = 80;

export function Panel({ number }: { number: string }) {
  const { read, error, reload } = useWhole(number, STOPPED_MS);
  const whole = read?.value;
  const [lost, setLost] = useState<Failure | null>(null);
  const one = whole?.case;
  useEffect(() => {
    if (touched.value.has(number)) void reload();
  }, [touched.value]);
  useLayoutEffect(() => {
    opened.value = one ?? null;
    if (one) putKnown(itemOf(one));
  }, [one]);
  useEffect(() => {
    if (!one || !entering.value) return;
    document.querySelector<HTMLElement>(".desk-panel footer :is(button, input)")?.focus();
    entering.value = false;
  }, [one, entering.value]);
  useEffect(() => () => {
    opened.value = null;
    entering.value = false;
  }, []);

  const wanted = form.value;
  const open = wanted === "first" ? (one ? mainAction(one.allowed_actions) : null) : wanted;
  // Whoever opened a form types into it.
  useEffect(() => {
    if (open) document.querySelector<HTMLElement>(".desk-panel footer :is(textarea, select, input)")?.focus();
  }, [open]);
  const last = whole?.history.at(-1);
  return (
    <aside class="desk-panel" aria-label={t("desk.case_panel", { number })}>
      <header>
        {one && <Glyph of={standing(one, now.value)} />}
        <h2 class="numbers">{number}</h2>
        {one && <span class="desk-step" title={either(one.state_name, one.state_name_en)}>{capital(either(one.state_name, one.state_name_en))}</span>}
        <button type="button" class="desk-icon" aria-label={t("desk.close_panel")} onClick={() => openCase("")}>✕</button>
      </header>
      <div class="desk-panel-body">
        {error !== null && <Failed error={error} again={() => void reload()} />}
        {!one && error === null && <Waiting what={t("wait.case")} shape="case" />}
        {whole && one && (
          <>
            {lost && (
              <ConflictNotice lost={lost} close={() => setLost(null)}
                last={last ? `${headline(last)}, ${relative(last.recorded_at, now.value)}` : null} />
            )}
            <PhotoPair reports={whole.reports} />
            <section class="desk-part"><CaseFacts one={one} reports={whole.reports} /></section>
            <Candidates one={one} report={whole.reports[0]} />
            <Duplicates one={one} />
            <Officers one={one} />
            <section class="desk-part"><h3>{t("case.clocks")}</h3><Clocks clocks={whole.clocks} /></section>
            <section class="desk-part"><h3>{t("case.history")}</h3><Timeline entries={whole.history} /></section>
            <Practices number={number} />
            <Printed number={number} />
          </>
        )}
      </div>
      {whole && one && (
        <footer>
          <Actions one={one} clocks={whole.clocks} reports={whole.reports} open={open} draft={draft.value}
            onOpen={(action: ActionName | null) => { form.value = action; if (!action) draft.value = {}; }}
            onDone={(after, action, before) => { setLost(null); acted(after, action, before); void reload(); }}
            onLost={(failure) => { setLost(failure); form.value = null; void reload(); }} />
        </footer>
      )}
    </aside>
  );
}

/** The file of the case needs the token, so it is fetched and then opened. */
function Printed({ number }: { number: string }) {
  const [state, setState] = useState<"ready" | "busy">("ready");
  const [error, setError] = useState<unknown>(null);
  async function open(): Promise<void> {
    // Opened before anything is awaited: a window that is opened later is taken for one that nobody asked for.
    const page = window.open("", "_blank");
    setState("busy");
    setError(null);
    try {
      const response = await authorized(`/api/v1/cases/${encodeURIComponent(number)}/file.pdf`);
      if (!response.ok) throw new Error(String(response.status));
      const url = URL.createObjectURL(await response.blob());
      if (page) page.location.href = url;
      else Object.assign(document.createElement("a"), { href: url, download: `${number}.pdf` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (failed) {
      page?.close();
      setError(failed);
    }
    setState("ready");
  }
  return (
    <p class="desk-print">
      <button type="button" class="plain" disabled={state === "busy"} onClick={() => void open()}>{state === "busy" ? t("wait.loading") : t("desk.pdf")}</button>
      {error !== null && <span role="alert">{sentence(error)}</span>}
    </p>
  );
}
