/** The work that goes on: what to do next, what the shape would do to its neighbours, and what is told with it. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { session, Failure } from "../api/client";
import { placeName, townships } from "../manager/names";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { maybe, t } from "../words";
import type { Zone } from "./asking";
import { bordered, giveUp, growing, job, type Job, worked } from "./draft";
import { Rows } from "./list";
import { squareMetres } from "./measures";
import { lookAt, toggle } from "./picking";
import { query } from "./query";
import { type Form, keepTrying, ready, save, trial, tryFailed, trying } from "./saving";
import type { Shape } from "./geometry";
import { zones } from "./zones";

const TOWNSHIP = /^\d{9}$/;

export function Work() {
  const heading = useRef<HTMLHeadingElement>(null);
  // With what is shown, not after it: whoever goes on by a key has it where they are.
  useLayoutEffect(() => heading.current?.focus(), []);
  useEffect(keepTrying, []);
  const doing = job.value;
  const of = worked.value;
  if (!doing) return null;
  const waits = doing === "border" && !bordered.value;
  return (
    <section class="office-part" aria-labelledby="layers-work">
      <header><h2 id="layers-work" tabIndex={-1} ref={heading}>{t(`layers.job_${doing}`)}{of.length > 0 && doing !== "merge" && ` · ${of.map(({ code }) => code).join(" | ")}`}</h2></header>
      <p>{t(waits ? "layers.do_border_choose" : growing.value ? `layers.do_${doing as "draw" | "split"}` : `layers.then_${doing}`)}</p>
      {waits && of.length === 2 && <p class="notice bad" role="alert">{t("layers.no_border")}</p>}
      {(doing === "merge" || waits) && <Others chosen={of} />}
      {(doing === "draw" || doing === "shape") && <Trying />}
      {!waits && <Telling key={of.map(({ code }) => code).join()} job={doing} zones={of} />}
      {waits && <button type="button" class="button" onClick={giveUp}>{t("layers.give_up")}</button>}
    </section>
  );
}

/** Zones to go with those of the work: those chosen first, then their neighbours. */
function Others({ chosen }: { chosen: readonly Zone[] }) {
  const codes = new Set(chosen.map(({ code }) => code));
  const near = [...zones.value.values()].filter(({ code }) => !codes.has(code)).sort((a, b) => apart(a, chosen[0]!) - apart(b, chosen[0]!)).slice(0, 12);
  return (
    <>
      {job.value === "merge" && (
        <ul class="layers-chips">{chosen.map((zone) => <li key={zone.code}><button type="button" class="office-chip" onClick={() => toggle(zone)}>{zone.code} <span aria-hidden="true">✕</span><span class="unseen">{t("layers.leave_out")}</span></button></li>)}</ul>
      )}
      <Rows zones={near} />
    </>
  );
}

const first = ({ shape }: Zone): [number, number] => (shape.coordinates as unknown[]).flat(4).slice(0, 2) as [number, number];
function apart(one: Zone, other: Zone): number {
  const [[x, y], [toX, toY]] = [first(one), first(other)];
  return Math.hypot(toX - x, toY - y);
}

function Trying() {
  const told = trial.value;
  const overlaps = told?.overlaps ?? [];
  const gaps = told?.gaps ?? [];
  const go = (shape: unknown) => lookAt(shape as Shape);
  return (
    <div class="layers-trial" role="status">
      {trying.value && !told && <p class="quiet">{t("layers.trying")}</p>}
      {tryFailed.value !== null && !told && <Failed error={tryFailed.value} />}
      {told && <p class="numbers"><strong>{squareMetres(told.area_m2)}</strong> {!overlaps.length && !gaps.length && t("layers.fits")}</p>}
      {overlaps.map((one) => (
        <p key={one.other} class="numbers"><i class="overlap" aria-hidden="true" />{t("layers.overlaps", { code: one.other, area: squareMetres(one.area_m2) })} <button type="button" class="plain" onClick={() => go(one.geometry)}>{t("layers.look")}<span class="unseen"> {one.other}</span></button></p>
      ))}
      {gaps.map((one, place) => (
        <p key={place} class="numbers"><i class="gap" aria-hidden="true" />{t(`layers.gap_${one.why}`, { area: squareMetres(one.area_m2) })} <button type="button" class="plain" onClick={() => go(one.geometry)}>{t("layers.look")}<span class="unseen"> {place + 1}</span></button></p>
      ))}
    </div>
  );
}

function starting(doing: Job, zone: Zone | undefined): Form {
  const mine = session.value?.user.organisation.code ?? "";
  return {
    code: doing === "split" && zone ? `${zone.code}-2` : "",
    name: doing === "attributes" || doing === "split" ? (zone?.name ?? "") : "",
    township: zone ? zone.township : TOWNSHIP.test(mine) ? mine : null,
    properties: zone?.own ?? {},
    keep: zone?.code ?? "",
    note: "", valid_from: null, rematch: false, trim: true, allow_overlap: false,
  };
}

function Telling({ job: doing, zones: of }: { job: Job; zones: readonly Zone[] }) {
  const [form, setForm] = useState(() => starting(doing, of[0]));
  const { busy, error, run } = useDoing();
  const put = (part: Partial<Form>) => setForm({ ...form, ...part });
  const send = (event: Event) => {
    event.preventDefault();
    void run(() => save(form));
  };
  const overlapping = (doing === "draw" || doing === "shape") && (trial.value?.overlaps.length ?? 0) > 0;
  const named = doing === "draw" || doing === "split";
  const past = form.valid_from !== null && form.valid_from <= today();
  return (
    <form class="office-form layers-form" onSubmit={send}>
      {named && <label class="field"><span>{t("layers.code")}</span><input required maxLength={64} pattern="[^\/]+" value={form.code} onInput={({ currentTarget }) => put({ code: currentTarget.value.trim() })} /></label>}
      {(named || doing === "attributes") && <label class="field"><span>{t("layers.name")}</span><input required maxLength={200} value={form.name} onInput={({ currentTarget }) => put({ name: currentTarget.value })} /></label>}
      {(doing === "draw" || doing === "attributes") && query.value.kind !== "township" && (
        <label class="field"><span>{t("layers.township")}</span>
          <select value={form.township ?? ""} onChange={({ currentTarget }) => put({ township: currentTarget.value || null })}>
            <option value="">{t("layers.no_township")}</option>
            {[...townships.value.keys()].filter((code) => TOWNSHIP.test(code)).sort().map((code) => <option key={code} value={code}>{placeName(code)}</option>)}
          </select>
        </label>
      )}
      {(doing === "draw" || doing === "attributes") && <Own of={form.properties} put={(properties) => put({ properties })} />}
      {doing === "merge" && (
        <label class="field"><span>{t("layers.keep")}</span>
          <select value={form.keep} onChange={({ currentTarget }) => put({ keep: currentTarget.value })}>{of.map(({ code, name }) => <option key={code} value={code}>{code} {name}</option>)}</select>
        </label>
      )}
      <label class="field"><span>{t("layers.valid_from")}</span><input type="date" value={form.valid_from ?? ""} onChange={({ currentTarget }) => put({ valid_from: currentTarget.value || null, rematch: false })} /></label>
      <label class="field wide"><span>{t("layers.note")}</span><input required maxLength={1000} value={form.note} onInput={({ currentTarget }) => put({ note: currentTarget.value })} /></label>
      {past && <label class="layers-check wide"><input type="checkbox" checked={form.rematch} onChange={({ currentTarget }) => put({ rematch: currentTarget.checked })} /> {t("layers.past_day")}</label>}
      {overlapping && (
        <fieldset class="wide layers-choice">
          <legend>{t("layers.overlap_what")}</legend>
          <label class="layers-check"><input type="radio" name="overlap" checked={form.trim} onChange={() => put({ trim: true, allow_overlap: false })} /> {t("layers.trim")}</label>
          <label class="layers-check"><input type="radio" name="overlap" checked={form.allow_overlap} onChange={() => put({ trim: false, allow_overlap: true })} /> {t("layers.allow_overlap")}</label>
        </fieldset>
      )}
      {error !== null && <Refused error={error} />}
      <div class="office-buttons">
        <button type="submit" class="button main" disabled={busy || !ready.value}>{t(busy ? "layers.saving" : `layers.save_${doing}`)}</button>
        <button type="button" class="button" onClick={giveUp}>{t("layers.give_up")}</button>
      </div>
    </form>
  );
}

/** Why it was refused: by its reason where there is a sentence, else as the server says it. */
function Refused({ error }: { error: unknown }) {
  const problem = error instanceof Failure ? error.problem : {};
  const own = error instanceof Failure ? (maybe(`layers.refused_${String(problem["reason"])}`) ?? maybe(`layers.failed_${error.code}`)) : null;
  const faults = (problem["errors"] as { path: string; message: string }[] | undefined) ?? [];
  return (
    <div class="wide layers-refused">
      {own ? <p class="notice bad" role="alert">{own}</p> : <Failed error={error} />}
      {faults.length > 0 && <ul>{faults.map(({ path, message }) => <li key={path}>{path} {message}</li>)}</ul>}
    </div>
  );
}

/** What the layer tells of a zone besides: texts are changed here, other values stay what they are unless written anew. */
function Own({ of, put }: { of: Record<string, unknown>; put: (next: Record<string, unknown>) => void }) {
  const [name, setName] = useState("");
  const written = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const meant = (before: unknown, text: string): unknown => {
    if (typeof before === "string") return text;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  };
  const without = (key: string) => Object.fromEntries(Object.entries(of).filter(([one]) => one !== key));
  const more = () => {
    if (!name.trim() || name.trim() in of) return;
    put({ ...of, [name.trim()]: "" });
    setName("");
  };
  return (
    <fieldset class="wide layers-own">
      <legend>{t("layers.own")}</legend>
      {Object.entries(of).map(([key, value]) => (
        <span key={key} class="layers-more">
          <label class="field"><span>{key}</span><input value={written(value)} maxLength={1000} onChange={({ currentTarget }) => put({ ...of, [key]: meant(value, currentTarget.value) })} /></label>
          <button type="button" class="plain" onClick={() => put(without(key))}>{t("layers.remove")}<span class="unseen"> {key}</span></button>
        </span>
      ))}
      <span class="layers-more"><label class="field"><span>{t("layers.own_name")}</span><input value={name} maxLength={60} onInput={({ currentTarget }) => setName(currentTarget.value)} /></label><button type="button" class="button" disabled={!name.trim()} onClick={more}>{t("layers.own_add")}</button></span>
    </fieldset>
  );
}
