/** One subject: who answers, for what ground, since when; everything it was before; and what can be changed. */
import { Suspense } from "preact/compat";
import { useErrorBoundary, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, maybe, t } from "../words";
import { fetchSubject, saveDoor, type Subject } from "./asking";
import { type Block, BLOCKS } from "./blocks";
import { type Change, CHANGES, Changing } from "./changing";
import { Ground } from "./ground";
import { keeps, kindName, span, tradeName, useTrades } from "./known";

export function SubjectPage({ code }: { code: string }) {
  const [, go] = useLocation();
  const [tick, setTick] = useState(0);
  const [change, setChange] = useState<Change | null>(null);
  const read = useReading(`subjects/one/${code}`, () => fetchSubject(code), { tick });
  const trades = useTrades();
  const one = read.value;
  const role = session.value?.user.role;
  const done = (shown: string) => (shown === code ? setTick((had) => had + 1) : go(`/subjects/${shown}`));
  return (
    <>
      <p><Link href="/subjects">‹ {t("subjects.register")}</Link></p>
      {read.copied_at && <p class="notice" role="status">{t("subjects.copied", { at: exact(read.copied_at) })}</p>}
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!one && read.error === null && <Waiting what={t("subjects.loading")} shape="rows" />}
      {one && (
        <div class="office-sides">
          <div class="subjects-side">
            <Facts one={one} trades={trades} />
            {keeps() && one.state !== "merged" && <Changes one={one} onChosen={setChange} />}
            <Persons one={one} />
            <Before one={one} trades={trades} />
            {BLOCKS.filter(({ roles }) => role && roles.includes(role)).map((block) => <Practice key={block.name} of={block} code={code} />)}
          </div>
          <div class="subjects-side">
            <Ground one={one} />
            <History one={one} />
          </div>
        </div>
      )}
      {one && change && <Changing of={one} change={change} trades={trades} onDone={done} onClosed={() => setChange(null)} />}
    </>
  );
}

const others = (codes: readonly string[]) => codes.map((code) => <Link key={code} class="subjects-other numbers" href={`/subjects/${code}`}>{code}</Link>);

function Facts({ one, trades }: { one: Subject; trades: ReadonlyMap<string, string> }) {
  const { busy, error, run } = useDoing();
  const door = () => run(() => saveDoor(one.code));
  return (
    <section class="office-part" aria-labelledby="subject-facts">
      <header>
        <h2 id="subject-facts">{one.name}</h2>
        {one.zones.length > 0 && <button type="button" class="button" disabled={busy} onClick={() => void door()}>{t(busy ? "subjects.door_making" : "subjects.door")}</button>}
      </header>
      {error !== null && <Failed error={error} />}
      <dl class="office-facts">
        <dt>{t("subjects.code")}</dt><dd class="numbers">{one.code}{one.sample && <span class="quiet"> · {t("subjects.sample")}</span>}</dd>
        <dt>{t("subjects.state")}</dt><dd>{t(`subjects.state_${one.state}`)}{one.merged_into && <> {others([one.merged_into])}</>}</dd>
        <dt>{t("subjects.kind")}</dt><dd>{kindName(one.kind)}</dd>
        <dt>{t("subjects.trade")}</dt><dd>{tradeName(one.trade, trades)}</dd>
        <dt>{t("subjects.licence")}</dt><dd class="numbers">{one.licence ?? "–"}</dd>
        <dt>{t("subjects.township")}</dt><dd>{one.township_name ?? "–"}</dd>
        {one.successor_of && <><dt>{t("subjects.successor_of")}</dt><dd>{others([one.successor_of])}</dd></>}
        {one.successors.length > 0 && <><dt>{t("subjects.successors")}</dt><dd>{others(one.successors)}</dd></>}
        {one.merged.length > 0 && <><dt>{t("subjects.merged")}</dt><dd>{others(one.merged)}</dd></>}
      </dl>
    </section>
  );
}

function Changes({ one, onChosen }: { one: Subject; onChosen: (change: Change) => void }) {
  const possible = CHANGES.filter((change) => one.zones.length > 0 || (change !== "succeed" && change !== "end"));
  return (
    <div class="office-buttons" role="group" aria-label={t("subjects.changes")}>
      {possible.map((change) => <button key={change} type="button" class="button" onClick={() => onChosen(change)}>{t(`subjects.do_${change}`)}</button>)}
    </div>
  );
}

function Persons({ one }: { one: Subject }) {
  return (
    <section class="office-part" aria-labelledby="subject-persons">
      <header><h2 id="subject-persons">{t("subjects.persons")}</h2></header>
      {one.persons.length === 0 && <p class="office-empty">{t("subjects.nobody")}</p>}
      <ul class="subjects-rows">
        {one.persons.map((person) => (
          <li key={`${person.rank}${person.valid_from}`} class={person.valid_to ? "quiet" : ""}>
            <span>{t(`subjects.rank_${person.rank as 1 | 2}`)}</span>
            <span><strong>{person.name}</strong> {person.capacity}{person.phone && <> · <a class="numbers" href={`tel:${person.phone}`}>{person.phone}</a></>}</span>
            <span class="numbers quiet">{span(person)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What it was called and held to be before; nothing of one that was always as it is. */
function Before({ one, trades }: { one: Subject; trades: ReadonlyMap<string, string> }) {
  if (one.versions.length < 2) return null;
  return (
    <section class="office-part" aria-labelledby="subject-before">
      <header><h2 id="subject-before">{t("subjects.before")}</h2></header>
      <ul class="subjects-rows">
        {one.versions.map((version) => (
          <li key={version.valid_from} class={version.valid_to ? "quiet" : ""}>
            <span>{version.name}</span>
            <span>{kindName(version.kind)} · {tradeName(version.trade, trades)} · <span class="numbers">{version.licence ?? "–"}</span></span>
            <span class="numbers quiet">{span(version)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function History({ one }: { one: Subject }) {
  return (
    <section class="office-part" aria-labelledby="subject-history">
      <header><h2 id="subject-history">{t("subjects.history")}</h2></header>
      <ol class="subjects-history">
        {one.changes.map((change, place) => (
          <li key={place}>
            <p><strong>{maybe(`subjects.did_${change.action}`) ?? change.action}</strong> · {change.reason}</p>
            <Told told={change.told} />
            <p class="quiet"><time dateTime={change.at}>{exact(change.at)}</time> · {change.by ?? t("subjects.by_file")}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Told({ told }: { told: Record<string, unknown> }) {
  const zones = Array.isArray(told["zones"]) ? told["zones"].join(" ") : "";
  const codes = ["by", "after", "into", "from"].map((name) => told[name]).filter((code): code is string => typeof code === "string");
  const parts = Object.entries(told).flatMap(([name, value]) => {
    if (typeof value !== "object" || value === null || !("after" in value)) return [];
    const { before, after } = value as { before: unknown; after: unknown };
    return [`${maybe(`subjects.${name}`) ?? name}: ${String(before ?? "–")} → ${String(after ?? "–")}`];
  });
  if (typeof told["after"] === "string" && typeof told["rank"] === "number") parts.push(`${t(`subjects.rank_${told["rank"] as 1 | 2}`)}: ${String(told["before"] ?? "–")} → ${told["after"]}`);
  const day = typeof told["from_day"] === "string" ? t("subjects.since", { from: told["from_day"] }) : "";
  return <p>{[...parts, zones, day].filter(Boolean).join(" · ")} {others(codes.filter((code) => code.startsWith("S-")))}</p>;
}

/** One that cannot be fetched or drawn leaves the rest as it is. */
function Practice({ of: { block: Shown }, code }: { of: Block; code: string }) {
  const [error, again] = useErrorBoundary();
  if (error) return <Failed error={error} again={again} />;
  return <Suspense fallback={<Waiting shape="rows" rows={2} />}><Shown code={code} /></Suspense>;
}
