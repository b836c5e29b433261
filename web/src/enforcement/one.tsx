/** One proceeding: how it stands, what comes next, and every step that was taken. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { useDoing } from "../office/doing";
import { Attached } from "../ui/attached";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { fetchProceeding, savePaper, type Proceeding, type StepName } from "./asking";
import { StepForm } from "./step_form";
import { Term } from "./term";

export function ProceedingPage({ number }: { number: string }) {
  const [tick, setTick] = useState(0);
  const read = useReading(`proceeding/${number}`, () => fetchProceeding(number), { tick });
  const one = read.value;
  return (
    <>
      <Link class="enforcement-back" href="/enforcement">‹ {t("office.enforcement")}</Link>
      {read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      <header class="enforcement-head">
        <h1>{one ? `${one.party.name} · ${one.item ? either(one.item.name, one.item.name_en) : ""}` : number}</h1>
        {one && <span class={`enforcement-state ${one.ended_at ? "ended" : ""}`}>{either(one.state_name, one.state_name_en)}</span>}
      </header>
      {read.error !== null && !one && <Failed error={read.error} again={read.again} />}
      {!one && read.error === null && <Waiting shape="rows" />}
      {one && (
        <div class="office-sides">
          <div class="office-part">
            <Next of={one} done={() => setTick(tick + 1)} />
            <Steps of={one} />
          </div>
          <Facts of={one} />
        </div>
      )}
    </>
  );
}

interface Going {
  of: Proceeding;
  done: (after: Proceeding) => void;
}

function Next({ of, done }: Going) {
  if (of.ended_at) return null;
  return (
    <section class="office-part" aria-labelledby="enforcement-next">
      <header><h2 id="enforcement-next">{t("enforcing.next")}</h2></header>
      <Choices of={of} done={done} />
    </section>
  );
}

/** What can be done now, and what a condition still forbids. */
export function Choices({ of, done }: Going) {
  const [open, setOpen] = useState<StepName | null>(null);
  const step = of.allowed_steps.find((one) => one.step === open);
  if (of.ended_at) return null;
  return (
    <>
      {!step && (
        <div class="enforcement-buttons">
          {of.allowed_steps.map((one, place) => (
            <button key={one.step} type="button" class={place === 0 ? "button main" : "button"} onClick={() => setOpen(one.step)}>{either(one.step_name, one.step_name_en)}</button>
          ))}
          {of.allowed_steps.length === 0 && <p class="quiet">{t("enforcing.nothing_to_do")}</p>}
        </div>
      )}
      {step && <StepForm key={step.step} of={of} step={step} close={() => setOpen(null)} done={(after) => { setOpen(null); done(after); }} />}
      {of.blocked_steps.length > 0 && (
        <ul class="enforcement-blocked">
          {of.blocked_steps.map((one) => <li key={one.step}><b>{either(one.step_name, one.step_name_en)}</b> {either(one.reason, one.reason_en)}</li>)}
        </ul>
      )}
    </>
  );
}

function Steps({ of }: { of: Proceeding }) {
  const doing = useDoing();
  return (
    <section class="office-part" aria-labelledby="enforcement-steps">
      <header><h2 id="enforcement-steps">{t("enforcing.steps")}</h2></header>
      <ol class="enforcement-steps">
        {[...of.steps].reverse().map((step) => (
          <li key={step.nth} class={step.means}>
            <p>
              <b>{either(step.step_name, step.step_name_en)}</b>
              <span class="enforcement-means">{t(`enforcing.means_${step.means}`)}</span>
              <time class="quiet numbers" dateTime={step.at}>{exact(step.at)}</time>
            </p>
            {typeof step.said["note"] === "string" && <p>{step.said["note"]}</p>}
            <Attached digests={(step.said["attachments"] as string[] | undefined) ?? []} />
            <p class="quiet">
              {step.officers.length > 0 ? step.officers.map(({ name, certificate }) => `${name} ${certificate}`).join(" · ") : step.by_name}
              {" · "}{t("enforcing.entry", { n: step.ledger_seq })}
            </p>
            {step.paper && <button type="button" class="plain" disabled={doing.busy} onClick={() => void doing.run(() => savePaper(of.number, step.nth))}>{step.paper} (PDF)</button>}
          </li>
        ))}
      </ol>
      {doing.error !== null && <Failed error={doing.error} />}
    </section>
  );
}

function Facts({ of }: { of: Proceeding }) {
  return (
    <aside class="office-part">
      <header><h2>{t("enforcing.facts")}</h2></header>
      <dl class="office-facts">
        <dt>{t("enforcing.number")}</dt><dd class="numbers">{of.number}</dd>
        <dt>{t("enforcing.case")}</dt><dd class="numbers">{of.case}</dd>
        <dt>{t("enforcing.procedure")}</dt><dd>{t(`enforcing.procedure_${of.procedure}`)}</dd>
        <dt>{t("enforcing.party")}</dt><dd>{of.party.name}</dd>
        <dt>{t("enforcing.body")}</dt><dd>{of.body.name}</dd>
        {of.item && <><dt>{t("enforcing.basis")}</dt><dd>{of.item.basis.title} {of.item.basis.clause}</dd></>}
        {of.item && <><dt>{t("enforcing.range")}</dt><dd class="numbers">{of.item.amount_min_yuan} – {of.item.amount_max_yuan}</dd></>}
        {of.outcome && <><dt>{t("enforcing.outcome")}</dt><dd>{t(`enforcing.outcome_${of.outcome}`)} {of.amount_yuan !== "0.00" && <span class="numbers">{of.amount_yuan}</span>}</dd></>}
        {of.decision && of.decision.waived_yuan !== "0.00" && <><dt>{t("enforcing.waived")}</dt><dd class="numbers">{of.decision.waived_yuan}</dd></>}
      </dl>
      {of.major.length > 0 && <p class="notice">{t("enforcing.major", { why: of.major.map((rule) => either(rule.name, rule.name_en)).join("、") })}</p>}
      {of.clocks.length > 0 && (
        <ul class="enforcement-clocks">
          {of.clocks.map((clock) => (
            <li key={`${clock.clock}${clock.began_on}`}><Term of={clock} /></li>
          ))}
        </ul>
      )}
    </aside>
  );
}
