/** Whether a case may be let off: what is known, which conditions hold and why. It offers; a person decides. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failure, session } from "../api/client";
import { caseAddress } from "../cases/address";
import { Attached } from "../ui/attached";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { type Fact, fetchDecision, fetchHelp, type Help, type Offer, type Said } from "./asking";
import { Decide } from "./decide";
import "./leniency.css";

const DECIDING = ["handler", "reviewer", "zone_manager", "admin"];
/** These say in a sentence why nothing can be offered; nothing went wrong. */
const QUIET = ["leniency_subject_unknown", "rulebook_missing"];

export default function LeniencyOfCase({ number }: { number: string }) {
  const [said, setSaid] = useState<Said>({});
  const [tick, setTick] = useState(0);
  const decided = useReading(`leniency/${number}`, () => fetchDecision(number), { tick });
  const help = useReading(`leniency/help/${number}/${JSON.stringify(said)}`, () => fetchHelp(number, said), { tick });
  const quiet = help.error instanceof Failure && QUIET.includes(help.error.code);
  return (
    <section class="case-block leniency" aria-label={t("leniency.title")}>
      <h3>{t("leniency.title")}</h3>
      {decided.value && <p class="leniency-decided"><strong>{t(`leniency.${decided.value.branch}`)}</strong> {t("leniency.was_decided", { on: decided.value.decided_on, by: decided.value.decided_by ?? "", yuan: decided.value.waived_yuan })}</p>}
      {decided.value?.education && <p>{t("leniency.educated", { on: decided.value.educated_on ?? "", how: decided.value.education })}</p>}
      {decided.value && <Attached digests={decided.value.attachments} />}
      {help.error !== null && (quiet ? <p class="quiet">{t(`leniency.${(help.error as Failure).code}` as "leniency.rulebook_missing")}</p> : <Failed error={help.error} again={help.again} />)}
      {!help.value && help.error === null && <Waiting />}
      {help.value && !decided.value && help.error === null && <Asked of={help.value} stale={help.stale} number={number} said={said} say={setSaid} done={() => setTick(tick + 1)} />}
    </section>
  );
}

interface Asking {
  of: Help;
  stale: boolean;
  number: string;
  said: Said;
  say: (said: Said) => void;
  done: () => void;
}

function Asked({ of, stale, number, said, say, done }: Asking) {
  const [row, setRow] = useState<string | null>(null);
  if (of.offers.length === 0) return <p class="quiet">{t("leniency.nothing_listed")}</p>;
  const spoken = new Set(of.offers.flatMap(({ conditions }) => conditions.flatMap(({ facts }) => facts)));
  const facts = of.facts.filter(({ fact }) => spoken.has(fact));
  const answered = (fact: string, value: Said[string] | null) => {
    const next = { ...said };
    if (value === null) delete next[fact];
    else next[fact] = value;
    say(next);
  };
  const may = DECIDING.includes(session.value?.user.role ?? "");
  return (
    <div class={stale ? "leniency-all stale" : "leniency-all"}>
      <p class="quiet">{t("leniency.for", { subject: of.subject_name ?? of.subject, book: of.rulebook.name })}</p>
      <dl class="leniency-facts">
        {facts.map((one) => <KnownFact key={one.fact} of={one} say={(value) => answered(one.fact, value)} />)}
      </dl>
      <ul class="leniency-offers">
        {of.offers.map((one) => (
          <li key={one.code} data-offered={String(one.offered)}>
            <Offered of={one} facts={facts} />
            {one.offered && may && (row === one.code
              ? <Decide number={number} offer={one} said={said} done={done} close={() => setRow(null)} />
              : <button type="button" class="button" onClick={() => setRow(one.code)}>{t("leniency.decide")}</button>)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the system knows stands there; the rest is asked. */
function KnownFact({ of, say }: { of: Fact; say: (value: Said[string] | null) => void }) {
  const name = either(of.name, of.name_en);
  const id = `leniency-fact-${of.fact}`;
  const yes = { true: t("leniency.yes"), false: t("leniency.no") };
  if (of.source === "system") {
    return <><dt id={id} tabindex={-1}>{name}</dt><dd>{valueOf(of)} <span class="quiet">{t("leniency.by_system")}</span> <Cases of={of} /></dd></>;
  }
  const choices = of.kind === "yes_no" ? Object.entries(yes) : of.choices.map(({ code, name: chinese, name_en }) => [code!, either(chinese!, name_en!)] as const);
  const told = (text: string) => say(text === "" ? null : of.kind === "yes_no" ? text === "true" : of.kind === "number" ? Number(text) : text);
  return (
    <>
      <dt><label for={id}>{name}</label></dt>
      <dd class="field">
        {of.kind === "number"
          ? <input id={id} type="number" min={0} step="any" value={of.value === null ? "" : String(of.value)} onChange={({ currentTarget }) => told(currentTarget.value)} />
          : (
            <select id={id} value={of.value === null ? "" : String(of.value)} onChange={({ currentTarget }) => told(currentTarget.value)}>
              <option value="">{t("leniency.not_answered")}</option>
              {choices.map(([code, words]) => <option key={code} value={code}>{words}</option>)}
            </select>
          )}
      </dd>
    </>
  );
}

/** Where a fact of the system comes from. */
function Cases({ of }: { of: Fact }) {
  return <>{of.cases.map((number) => <Link key={number} class="leniency-case" href={caseAddress(number)}>{number}</Link>)}</>;
}

/** What a condition rests on: each fact as it is known, leading to where it is told or asked. */
function Why({ facts }: { facts: Fact[] }) {
  return <span class="leniency-why">{facts.map((one) => <a key={one.fact} href={`#leniency-fact-${one.fact}`} onClick={goTo}>{either(one.name, one.name_en)}: {valueOf(one)}</a>)}</span>;
}

/** The address of the case stays as it is. */
function goTo(event: MouseEvent) {
  event.preventDefault();
  const row = document.getElementById((event.currentTarget as HTMLAnchorElement).hash.slice(1));
  row?.scrollIntoView({ block: "center" });
  row?.focus();
}

function valueOf({ value, kind, choices }: Fact): string {
  if (value === null) return t("leniency.not_answered");
  if (kind === "yes_no") return t(value ? "leniency.yes" : "leniency.no");
  const choice = choices.find(({ code }) => code === value);
  return choice ? either(choice.name!, choice.name_en!) : String(value);
}

function Offered({ of, facts }: { of: Offer; facts: Fact[] }) {
  const stands = of.offered === null ? "open" : of.offered ? "yes" : "no";
  return (
    <>
      <p><strong>{either(of.branch_name, of.branch_name_en)}</strong> · {either(of.behaviour, of.behaviour_en)}</p>
      <ul class="leniency-conditions">
        {of.conditions.map((one) => (
          <li key={one.code}>
            <span class={`leniency-tick ${one.holds === null ? "open" : one.holds ? "yes" : "no"}`} aria-hidden="true">{one.holds === null ? "?" : one.holds ? "✓" : "✗"}</span>
            <span>{either(one.text, one.text_en)} <span class="unseen">{t(one.holds === null ? "leniency.unknown" : one.holds ? "leniency.holds" : "leniency.fails")}</span> <Why facts={facts.filter(({ fact }) => one.facts.includes(fact))} /></span>
          </li>
        ))}
      </ul>
      <p class={`leniency-reason ${stands}`}>{either(of.reason, of.reason_en)}</p>
    </>
  );
}
