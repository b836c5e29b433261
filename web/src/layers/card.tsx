/** One zone: what is known of it, what can be done with it, and how it came about. */
import { useEffect, useState } from "preact/hooks";
import { placeName } from "../manager/names";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { fetchVersions, type Version, type Zone, zoneOf } from "./asking";
import { begin, type Job } from "./draft";
import { area_m2, pathsOf, type Shape } from "./geometry";
import { squareMetres } from "./measures";
import { lookAt } from "./picking";
import { change, query } from "./query";
import { looked } from "./saving";
import { edited, editing, zones } from "./zones";

export function Card() {
  const { kind, code } = query.value;
  const read = useReading(`layers.versions/${kind}/${code}`, () => fetchVersions(kind, code), { tick: edited.value });
  useEffect(() => () => void (looked.value = null), []);
  const back = () => change({ code: "" });
  const [newest] = read.value ?? [];
  const gone = newest && (newest.properties.valid_to !== null || newest.properties.withdrawn);
  const zone = zones.value.get(code) ?? (newest ? zoneOf(newest as Parameters<typeof zoneOf>[0]) : null);
  return (
    <section class="office-part" aria-labelledby="layers-card">
      <header><h2 id="layers-card">{zone ? `${zone.code} ${zone.name}` : code}</h2><button type="button" class="button" onClick={back}>{t("layers.back")}</button></header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!zone && read.error === null && <Waiting shape="rows" rows={3} />}
      {gone && <p class="notice">{t("layers.ended", { day: newest.properties.valid_to ?? "—" })}</p>}
      {zone && <Facts zone={zone} />}
      {zone && !gone && editing.value && <Jobs zone={zone} />}
      {read.value && <History versions={read.value} />}
    </section>
  );
}

function Facts({ zone }: { zone: Zone }) {
  const paths = pathsOf(zone.shape);
  return (
    <dl class="office-facts numbers">
      <dt>{t("layers.version")}</dt><dd>{zone.version}{zone.sample && ` · ${t("layers.sample")}`}</dd>
      <dt>{t("layers.valid")}</dt><dd>{t("layers.since", { day: zone.valid_from ?? "—" })}</dd>
      <dt>{t("layers.township")}</dt><dd>{zone.township ? placeName(zone.township) : "—"}</dd>
      {zone.shape.type !== "Point" && <><dt>{t("layers.area")}</dt><dd>{t("layers.about", { area: squareMetres(area_m2(paths)) })} · {t("layers.corners_n", { n: paths.reduce((sum, { points }) => sum + points.length, 0) })}</dd></>}
      {Object.entries(zone.own).map(([name, value]) => <><dt key={name}>{name}</dt><dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd></>)}
      <dt>{t("layers.source")}</dt><dd>{zone.source}</dd>
    </dl>
  );
}

const DRAWN: readonly Job[] = ["shape", "split", "border", "merge"];

function Jobs({ zone }: { zone: Zone }) {
  const point = zone.shape.type === "Point";
  const jobs = DRAWN.filter((job) => (point ? job === "shape" : job !== "split" || zone.kind !== "township"));
  return (
    <div class="office-buttons">
      <button type="button" class="button" onClick={() => lookAt(zone.shape)}>{t("layers.show")}</button>
      {jobs.map((job) => <button key={job} type="button" class="button layers-draw" onClick={() => begin(job, [zone])}>{t(`layers.job_${job}`)}</button>)}
      <button type="button" class="button" onClick={() => begin("attributes", [zone])}>{t("layers.job_attributes")}</button>
      <button type="button" class="button grave" onClick={() => begin("close", [zone])}>{t("layers.job_close")}</button>
    </div>
  );
}

function History({ versions }: { versions: readonly Version[] }) {
  const [shown, setShown] = useState<number | null>(null);
  const show = ({ geometry, properties: { version } }: Version) => {
    const off = shown === version;
    setShown(off ? null : version);
    looked.value = off ? null : (geometry as Shape);
    if (!off) lookAt(geometry as Shape);
  };
  return (
    <section class="office-part" aria-labelledby="layers-history">
      <header><h2 id="layers-history">{t("layers.history")}</h2></header>
      <ol class="layers-versions" reversed>
        {versions.map((one) => {
          const { version, valid_from, valid_to, withdrawn, recorded_at, edit, source } = one.properties;
          return (
            <li key={version}>
              <span class="numbers"><strong>{t("layers.version_n", { n: version })}</strong> {withdrawn ? t("layers.withdrawn") : t(valid_to ? "layers.from_to" : "layers.since", { day: valid_from ?? "—", to: valid_to ?? "" })}</span>
              <span class="quiet">{edit ? `${t(`layers.action_${edit.action as "draw"}`)} · ${edit.note} · ${edit.by}` : source} · <time dateTime={recorded_at}>{exact(recorded_at)}</time></span>
              <button type="button" class="plain" aria-pressed={shown === version} onClick={() => show(one)}>{t(shown === version ? "layers.hide_shape" : "layers.show_shape")}<span class="unseen"> {version}</span></button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
