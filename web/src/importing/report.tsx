/** The faults of a file, one after the other: the sentence, the place on the map with its neighbours, the repair taken or not. */
import type { Signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { ShapeMark } from "../map";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { type Fault, type FaultAround, fetchFault, fetchFaults, type Import } from "./asking";
import { type Choices, isAccepted, withRepairs } from "./choices";
import { Ground } from "./ground";
import { placeName } from "../manager/names";
import { change, query } from "./query";

interface Shown {
  one: Import;
  choices: Signal<Choices>;
}

const TYPING = "input, select, textarea, [contenteditable]";
/** Lists further than this are not drawn at once: the walk goes on through all of them. */
const ROWS = 200;

export function Report({ one, choices }: Shown) {
  const of = query.value;
  const read = useReading(`importing.faults.${one.id}`, () => fetchFaults(one), { seen: false });
  const all = read.value ?? one.faults;
  const faults = useMemo(() => all.filter(({ code }) => !of.code || code === of.code), [all, of.code]);
  const place = Math.max(0, faults.findIndex(({ number }) => String(number) === of.fault));
  const fault = faults[place];
  const go = (to: number) => {
    const next = faults[to];
    if (next) change({ fault: String(next.number) }, "replace");
  };
  const step = useRef(go);
  step.current = (by: number) => go(place + by);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest(TYPING)) return;
      if (event.key === "n") step.current(1);
      if (event.key === "p") step.current(-1);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  if (!one.faults.length) return <p class="office-empty">{t("importing.no_faults")}</p>;
  return (
    <>
      <Kinds one={one} faults={all} choices={choices} />
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {fault && (
        <div class="importing-sides">
          <Look one={one} fault={fault} />
          <div class="importing-beside">
            <p class="importing-walk">
              <button type="button" class="button" disabled={place === 0} onClick={() => go(place - 1)} aria-keyshortcuts="p">{t("importing.previous")} <kbd>p</kbd></button>
              <span class="numbers" role="status">{t("importing.fault_of", { n: place + 1, of: faults.length })}</span>
              <button type="button" class="button" disabled={place >= faults.length - 1} onClick={() => go(place + 1)} aria-keyshortcuts="n">{t("importing.next")} <kbd>n</kbd></button>
            </p>
            <Card fault={fault} choices={choices} />
            <ol class="importing-faults" aria-label={t("importing.step_report")}>
              {faults.slice(0, ROWS).map((each, at) => (
                <li key={each.number} {...(at === place && { "aria-current": "true" as const })}>
                  <button type="button" onClick={() => go(at)}>
                    <Severity of={each.severity} /> <span><strong>{each.zone ?? nameOf(each)}</strong> {either(each.text, each.text_en)}</span>
                    {each.zone && each.repair && <span class="quiet">{t(isAccepted(choices.value, each.zone) ? "importing.taken" : "importing.not_taken")}</span>}
                  </button>
                </li>
              ))}
            </ol>
            {faults.length > ROWS && <p class="quiet">{t("importing.more_faults", { n: faults.length - ROWS })}</p>}
          </div>
        </div>
      )}
    </>
  );
}

const nameOf = (fault: Fault): string => (fault.feature === null ? t("importing.whole_file") : t("importing.feature", { n: fault.feature }));

export function Severity({ of }: { of: Fault["severity"] }) {
  return <span class={`importing-severity ${of}`}><span class="unseen">{t(`importing.severity_${of}`)}</span></span>;
}

/** How many there are of each kind, and all their repairs at once. */
function Kinds({ one, faults, choices }: { one: Import; faults: readonly Fault[]; choices: Signal<Choices> }) {
  const of = query.value;
  const chosen = choices.value;
  const listed = faults.filter(({ code, repair, zone }) => repair && zone && (!of.code || code === of.code)).map(({ zone }) => zone!);
  const kept = faults.filter(({ code }) => code === of.code).length;
  const unlisted = of.code ? (one.fault_counts[of.code] ?? 0) - kept : 0;
  return (
    <div class="importing-kinds-of-fault">
      <div class="office-choice">
        <button type="button" aria-pressed={!of.code} onClick={() => change({ code: "", fault: "" }, "replace")}>{t("importing.every_fault")}</button>
        {Object.entries(one.fault_counts).map(([code, count]) => (
          <button key={code} type="button" aria-pressed={of.code === code} onClick={() => change({ code, fault: "" }, "replace")}>
            {t(`importing.fault_${code as "zone_gap"}`)} <span class="numbers">{count}</span>
          </button>
        ))}
      </div>
      {listed.length > 0 && (
        <p class="office-buttons">
          <button type="button" class="button" onClick={() => (choices.value = of.code ? withRepairs(chosen, listed, true) : { ...chosen, all: true, accepted: [], refused: [] })}>
            {of.code ? t("importing.take_kind", { n: new Set(listed).size }) : t("importing.take_all")}
          </button>
          <button type="button" class="button" onClick={() => (choices.value = of.code ? withRepairs(chosen, listed, false) : { ...chosen, all: false, accepted: [], refused: [] })}>
            {of.code ? t("importing.leave_kind") : t("importing.leave_all")}
          </button>
          <span class="quiet" role="status">{t("importing.repairs_taken", { n: new Set(faults.filter(({ repair, zone }) => repair && zone && isAccepted(chosen, zone)).map(({ zone }) => zone)).size })}</span>
        </p>
      )}
      {unlisted > 0 && <p class="notice">{t("importing.unlisted", { n: unlisted })}</p>}
    </div>
  );
}

function Card({ fault, choices }: { fault: Fault; choices: Signal<Choices> }) {
  const { zone, repair } = fault;
  const taken = zone !== null && isAccepted(choices.value, zone);
  const decide = (accept: boolean) => (choices.value = withRepairs(choices.value, [zone!], accept));
  return (
    <article class="importing-card" aria-label={t("importing.this_fault")}>
      <h3><Severity of={fault.severity} /> {zone ?? nameOf(fault)} <span class="quiet">{t(`importing.severity_${fault.severity}`)}</span></h3>
      <p>{either(fault.text, fault.text_en)}</p>
      <p class="quiet" lang={either("en", "zh-CN")}>{either(fault.text_en, fault.text)}</p>
      {repair && zone ? (
        <>
          <p>{repair.township ? t("importing.repair_township", { township: placeName(repair.township) }) : t("importing.repair_shape")}</p>
          <div class="office-choice" role="group" aria-label={t("importing.repair")}>
            <button type="button" aria-pressed={taken} onClick={() => decide(true)}>{t("importing.take")}</button>
            <button type="button" aria-pressed={!taken} onClick={() => decide(false)}>{t("importing.leave")}</button>
          </div>
        </>
      ) : (
        <p class="quiet">{fault.severity === "error" ? t("importing.no_repair_error") : t("importing.no_repair")}</p>
      )}
    </article>
  );
}

function Look({ one, fault }: { one: Import; fault: Fault }) {
  const read = useReading(`importing.fault.${one.id}.${fault.number}`, () => fetchFault(one.id, fault.number), { seen: false });
  const around = read.stale ? null : read.value;
  const shapes = useMemo(() => drawn(fault, around), [fault, around]);
  const here = [fault.geometry, around?.told].filter(Boolean) as unknown as ShapeMark["shape"][];
  return (
    <div class="importing-look">
      <Ground shapes={shapes} at={{ key: around ? String(fault.number) : "", shapes: here }} legend={["told", "repair", "fault", "beside", "before"]} />
      {read.error !== null && !around && <Failed error={read.error} again={read.again} />}
      {!around && read.error === null && <Waiting what={t("importing.looking")} />}
      {around && !here.length && <p class="notice">{t("importing.nowhere")}</p>}
    </div>
  );
}

function drawn(fault: Fault, around: FaultAround | null): ShapeMark[] {
  const marks: ShapeMark[] = [];
  const add = (role: ShapeMark["role"], shape: unknown, label?: string) => {
    if (shape) marks.push({ role, shape: shape as ShapeMark["shape"], label });
  };
  for (const { name, in_force, geometry } of around?.around ?? []) add(in_force ? "before" : "beside", geometry, name);
  add("told", around?.told, fault.zone ?? undefined);
  add("repair", fault.repair?.geometry);
  add("fault", fault.geometry);
  return marks;
}
