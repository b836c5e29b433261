/** One import: while it is read, how far that is; then its steps, any of which can be gone back to. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { Applied } from "./applied";
import { Apply } from "./apply";
import { dayAfter, fetchImport, type Import } from "./asking";
import { choicesOf } from "./choices";
import { Difference } from "./difference";
import { Failing } from "./failing";
import { Found } from "./found";
import { Report } from "./report";
import { change, PLACE, query, type Step, STEPS } from "./query";
import { useTicking } from "./ticking";

const UNDER_WAY = ["waiting", "reading"];

export function Wizard({ id }: { id: string }) {
  const [going, setGoing] = useState(true);
  const tick = useTicking(going);
  const read = useReading(`importing.${id}`, async () => {
    const one = await fetchImport(id);
    setGoing(UNDER_WAY.includes(one.state));
    return one;
  }, { tick });
  const one = read.value;
  return (
    <>
      <header class="importing-head">
        <p><Link href={PLACE}>{t("importing.all")}</Link></p>
        <h1>{one ? `${t(`importing.kind_${one.kind}`)} · ${one.file_name}` : t("importing.title")}</h1>
      </header>
      {read.error !== null && !one && <Failed error={read.error} again={read.again} />}
      {!one && read.error === null && <Waiting shape="rows" />}
      {one && UNDER_WAY.includes(one.state) && <UnderWay one={one} />}
      {one?.state === "failed" && <Failing one={one} />}
      {one?.state === "applied" && <Applied one={one} />}
      {one?.state === "reported" && <Steps one={one} again={read.again} />}
    </>
  );
}

function UnderWay({ one }: { one: Import }) {
  const { progress } = one;
  return (
    <section class="importing-box" aria-label={t("importing.reading")}>
      <p role="status">{progress ? t(`importing.phase_${progress.phase as "read"}`) : t("importing.in_turn")}</p>
      <progress max={progress?.total ?? 1} value={progress?.done ?? 0} aria-label={t("importing.reading")} />
      <p class="quiet">{t("importing.may_leave")}</p>
    </section>
  );
}

function Steps({ one, again }: { one: Import; again: () => void }) {
  const of = query.value;
  const kept = useMemo(() => choicesOf(one.id, of.undoes ? { gone: "close", valid_from: optionDay(one) } : {}), [one.id]);
  useEffect(() => kept.end, [kept]);
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  // A step is a page: whoever reads it by ear begins at its heading.
  useEffect(() => {
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [of.step]);
  const Page = PAGES[of.step];
  return (
    <>
      <nav class="importing-steps" aria-label={t("importing.steps")}>
        <ol>
          {STEPS.map((step, place) => (
            <li key={step}>
              <button type="button" {...(of.step === step && { "aria-current": "step" as const })} onClick={() => go(step)}>
                <span aria-hidden="true">{place + 1}</span> {t(`importing.step_${step}`)}
                {step === "report" && one.errors ? <em class="office-bad numbers"> {one.errors}</em> : null}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      {of.undoes && <p class="notice">{t("importing.undoing")}</p>}
      <section class="office-part" aria-labelledby="importing-step">
        <header><h2 id="importing-step" ref={heading} tabIndex={-1}>{t(`importing.step_${of.step}`)}</h2></header>
        <Page one={one} choices={kept.choices} again={again} />
      </section>
      <Onwards step={of.step} />
    </>
  );
}

const PAGES = { found: Found, report: Report, difference: Difference, apply: Apply };

const go = (step: Step): void => change({ step, fault: "", zone: "", fate: "", code: "" });

function Onwards({ step }: { step: Step }) {
  const place = STEPS.indexOf(step);
  const [before, after] = [STEPS[place - 1], STEPS[place + 1]];
  return (
    <p class="office-buttons">
      {before && <button type="button" class="button" onClick={() => go(before)}>← {t(`importing.step_${before}`)}</button>}
      {after && <button type="button" class="button main" onClick={() => go(after)}>{t("importing.onwards", { step: t(`importing.step_${after}`) })}</button>}
    </p>
  );
}

function optionDay(one: Import): string {
  const told = one.options["valid_from"];
  return typeof told === "string" ? told : dayAfter(one);
}

