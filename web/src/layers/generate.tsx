/** Frontage strips drawn along chosen streets: told how, watched, looked at, and only then handed to the import that compares. */
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api, fetched, type Schema } from "../api/client";
import { placeName, townships } from "../manager/names";
import { useDoing } from "../office/doing";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { either, maybe, t } from "../words";
import { previewed, streetsInView } from "./comparing";
import type { Painted } from "./painting";
import type { Shape } from "./geometry";
import { lookAt } from "./picking";
import { view } from "./zones";

type Drawing = Schema<"DrawingOut">;
const LOOK_AGAIN_MS = 1000;
const RULES = [["max_setback_m", 15], ["max_gap_m", 4], ["min_front_m", 1.5], ["corner_reach_m", 15], ["pavement_m", 3.5]] as const;
const DATUMS = ["", "wgs84", "cgcs2000", "gcj02", "bd09"] as const;
const GOES_ON = ["waiting", "reading"];
const TOWNSHIP = /^\d{9}$/;
/** Kept over a visit to another part of the page: the worker goes on meanwhile. */
let last: string | null = null;

export function Generate() {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [id, setId] = useState(last);
  const open = (made: Drawing | null) => {
    last = made?.id ?? null;
    setId(last);
    setDrawing(made);
    setError(null);
  };
  const look = () => {
    if (!id) return;
    answer(api.GET("/api/v1/zones/drawings/{drawing_id}", { params: { path: { drawing_id: id }, query: { limit: 200 } } })).then(
      (came) => (setDrawing(came), setError(null)),
      setError,
    );
  };
  const goesOn = drawing !== null && GOES_ON.includes(drawing.state);
  useEffect(() => {
    if (!id) return;
    const timer = setInterval(look, LOOK_AGAIN_MS);
    if (drawing && !goesOn) clearInterval(timer);
    return () => clearInterval(timer);
  }, [id, goesOn, drawing === null]);
  useEffect(() => () => void (previewed.value = []), []);
  return (
    <section class="office-part" aria-labelledby="layers-generate">
      <header>
        <h2 id="layers-generate">{t("layers.generate")}</h2>
        {id && !goesOn && <button type="button" class="button" onClick={() => (previewed.value = [], open(null))}>{t("layers.generate_other")}</button>}
      </header>
      {!id && <Ask ordered={open} />}
      {error !== null && <Failed error={error} again={look} />}
      {drawing && <One drawing={drawing} told={setDrawing} />}
    </section>
  );
}

function Ask({ ordered }: { ordered: (made: Drawing) => void }) {
  const names = streetsInView.value;
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set());
  const [buildings, setBuildings] = useState<File | null>(null);
  const [township, setTownship] = useState("");
  const [from, setFrom] = useState(moved(today(), 1));
  const [datum, setDatum] = useState("");
  const [rules, setRules] = useState<Record<string, number>>({});
  const { busy, error, run } = useDoing();
  const chosen = names.filter((name) => !without.has(name));
  const toggle = (name: string) => {
    const next = new Set(without);
    if (!next.delete(name)) next.add(name);
    setWithout(next);
  };
  const send = (event: Event) => {
    event.preventDefault();
    if (!buildings || !view.value || !chosen.length) return;
    const options = { township, valid_from: from, ...(datum && { datum }), rules, chosen: { names: chosen, bbox: view.value.bounds } };
    const body = new FormData();
    body.append("buildings", buildings);
    body.append("options", JSON.stringify(options));
    void run(async () => {
      const response = await fetched("/api/v1/zones/frontage/drawings", { method: "POST", body });
      ordered((await response.json()) as Drawing);
    });
  };
  return (
    <form class="office-form layers-form" onSubmit={send}>
      <p class="wide quiet">{t("layers.generate_what")}</p>
      <fieldset class="wide layers-choice">
        <legend>{t("layers.streets_in_view", { n: chosen.length, all: names.length })}</legend>
        {!names.length && <p class="office-empty">{t("layers.no_streets")}</p>}
        <div class="layers-streets">
          {names.map((name) => <label key={name} class="layers-check"><input type="checkbox" checked={!without.has(name)} onChange={() => toggle(name)} /> {name}</label>)}
        </div>
      </fieldset>
      <label class="field wide"><span>{t("layers.buildings")}</span><input type="file" required onChange={({ currentTarget }) => setBuildings(currentTarget.files?.[0] ?? null)} /></label>
      <label class="field"><span>{t("layers.datum")}</span>
        <select value={datum} onChange={({ currentTarget }) => setDatum(currentTarget.value)}>{DATUMS.map((one) => <option key={one} value={one}>{one ? one.toUpperCase() : t("layers.datum_file")}</option>)}</select>
      </label>
      <label class="field"><span>{t("layers.township")}</span>
        <select required value={township} onChange={({ currentTarget }) => setTownship(currentTarget.value)}>
          <option value="" disabled>{t("layers.choose")}</option>
          {[...townships.value.keys()].filter((code) => TOWNSHIP.test(code)).sort().map((code) => <option key={code} value={code}>{placeName(code)}</option>)}
        </select>
      </label>
      <label class="field"><span>{t("layers.strips_from")}</span><input type="date" required value={from} onChange={({ currentTarget }) => currentTarget.value && setFrom(currentTarget.value)} /></label>
      {RULES.map(([name, usual]) => (
        <label key={name} class="field"><span>{t(`layers.rule_${name}`)}</span>
          <input type="number" min={0} max={200} step="any" value={rules[name] ?? usual} onChange={({ currentTarget }) => Number.isFinite(currentTarget.valueAsNumber) && setRules({ ...rules, [name]: currentTarget.valueAsNumber })} />
        </label>
      ))}
      {error !== null && <Failed error={error} />}
      <div class="office-buttons"><button type="submit" class="button main" disabled={busy || !chosen.length || !buildings}>{t(busy ? "layers.sending" : "layers.generate_start")}</button></div>
    </form>
  );
}

function One({ drawing, told }: { drawing: Drawing; told: (drawing: Drawing) => void }) {
  const { id, state, progress, problem, summary, import_id, findings } = drawing;
  const { busy, error, run } = useDoing();
  const preview = useDoing();
  const cancel = () => run(async () => told(await answer(api.POST("/api/v1/zones/drawings/{drawing_id}/cancel", { params: { path: { drawing_id: id } } }))));
  useEffect(() => {
    if (import_id) void preview.run(async () => (previewed.value = await fetchStrips(import_id)));
  }, [import_id]);
  return (
    <div class="layers-rematch">
      <p role="status"><strong>{t(`layers.drawing_${state}`)}</strong>{progress && ` · ${maybe(`layers.phase_${progress.phase}`) ?? progress.phase}`}</p>
      {GOES_ON.includes(state) && (
        <>
          <progress aria-label={t(`layers.drawing_${state}`)} {...(progress && { value: progress.done, max: progress.total })} />
          <button type="button" class="button grave" disabled={busy} onClick={() => void cancel()}>{t("layers.generate_cancel")}</button>
        </>
      )}
      {problem && <div class="notice bad" role="alert"><p>{either(problem.text, problem.text_en)}</p><ul>{((problem.detail["faults"] as string[] | undefined) ?? []).map((fault) => <li key={fault}>{fault}</li>)}</ul></div>}
      {error !== null && <Failed error={error} />}
      {preview.error !== null && <Failed error={preview.error} />}
      {summary && (
        <>
          <p class="numbers">{t("layers.strips_n", { n: summary.zones })}</p>
          <p class="notice">{t("layers.not_kept")}</p>
          {import_id && <Link class="button main" href={`/importing/${import_id}?step=difference`}>{t("layers.to_difference")}</Link>}
          <h3>{t("layers.findings", { n: Object.values(summary.finding_counts).reduce((sum, n) => sum + n, 0) })}</h3>
          <ul class="layers-list">
            {findings.features.map((one) => (
              <li key={one.id}>
                <button type="button" onClick={() => lookAt(one.geometry as Shape)}>
                  <strong>{t(`layers.finding_${one.properties.kind}`)}</strong>
                  <span class="quiet numbers">{one.properties.street} {one.properties.ids.join("、")} {one.properties.size.toFixed(1)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** The strips as they were drawn, before anything of them is kept. */
async function fetchStrips(import_id: string): Promise<Painted[]> {
  const response = await fetched(`/api/v1/zones/imports/${import_id}/file`);
  const made = (await response.json()) as { features: { geometry: Painted["shape"]; properties: { code: string; name: string } }[] };
  const strips = made.features.map(({ geometry, properties: { code, name } }): Painted => ({ code, name, look: "added", shape: geometry }));
  const [first] = strips;
  if (first) lookAt(first.shape);
  return strips;
}
