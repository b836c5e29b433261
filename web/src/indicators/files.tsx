/** Files of what the page shows. A large one says how far it is and can be stopped, here and at the server. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Failed } from "../ui/failing";
import { save } from "../ui/saving";
import { t } from "../words";
import { fetchFile, type Progress } from "./asking";
import { count } from "./measures";
import { daysOf, query, whereOf } from "./query";

const DATUMS = ["wgs84", "cgcs2000", "gcj02", "bd09"] as const;
const TICK_MS = 500;

export function Files() {
  const of = query.value;
  const days = daysOf(of);
  const [datum, setDatum] = useState<(typeof DATUMS)[number]>("wgs84");
  const asked = (more: Record<string, string>) => new URLSearchParams({ ...days, ...whereOf(of), ...more });
  const name = `indicators_${days.from}_${days.to}`;
  const key = `${asked({})}/${datum}`;
  return (
    <section class="office-part" aria-labelledby="indicators-files">
      <header><h2 id="indicators-files">{t("indicators.files")}</h2></header>
      <div class="indicators-files">
        <label class="field"><span>{t("indicators.datum")}</span>
          <select value={datum} onChange={({ currentTarget }) => setDatum(currentTarget.value as "wgs84")}>
            {DATUMS.map((one) => <option key={one} value={one}>{t(`indicators.datum_${one}`)}</option>)}
          </select>
        </label>
        <Taking key={`xlsx/${key}`} what="xlsx" address={`/api/v1/indicators.xlsx?${asked({ by: of.by, coverage: "true", datum })}`} name={`${name}.xlsx`} />
        <Taking key={`csv/${key}`} what="csv" address={`/api/v1/indicators/cases.csv?${asked({ datum })}`} name={`${name}.csv`} />
        <Taking key={`geojson/${key}`} what="geojson" address={`/api/v1/indicators/cases.geojson?${asked({ datum })}`} name={`${name}.geojson`} />
        <Taking key={`pdf/${key}`} what="pdf" address={`/api/v1/indicators/report.pdf?${asked({})}`} name={`report_${days.from}_${days.to}.pdf`} />
      </div>
      <p class="quiet">{t("indicators.files_hint")}</p>
    </section>
  );
}

/** One file: a button, then how far it is with a way to stop it, then what came of it. */
export function Taking({ what, address, name }: { what: "xlsx" | "csv" | "geojson" | "pdf"; address: string; name: string }) {
  const [stop, setStop] = useState<AbortController | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [said, setSaid] = useState("");
  const running = useRef<AbortController | null>(null);
  // Whoever goes elsewhere waits for it no more.
  useEffect(() => () => running.current?.abort(), []);
  const take = async () => {
    const mine = (running.current = new AbortController());
    setStop(mine);
    setError(null);
    setSaid("");
    try {
      save(await fetchFile(address, mine.signal, heard.set), name);
      setSaid(t("indicators.taken", { name }));
    } catch (failed) {
      if (mine.signal.aborted) setSaid(t("indicators.stopped"));
      else setError(failed);
    } finally {
      running.current = null;
      heard.set(null);
      setStop(null);
    }
  };
  const heard = useHeard();
  return (
    <div class="indicators-taking">
      {stop ? <Running progress={heard.progress} cancel={() => stop.abort()} what={t(`indicators.take_${what}`)} /> : <button type="button" class="button" onClick={() => void take()}>{t(`indicators.take_${what}`)}</button>}
      <span class="quiet" role="status">{said}</span>
      {error !== null && <Failed error={error} />}
    </div>
  );
}

/** What a stream tells a hundred times a second, shown twice a second. */
function useHeard(): { progress: Progress | null; set: (progress: Progress | null) => void } {
  const newest = useRef<Progress | null>(null);
  const [progress, setProgress] = useState<Progress | null>(null);
  useEffect(() => {
    const timer = setInterval(() => setProgress(newest.current), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return { progress, set: (heard) => void (newest.current = heard) };
}

function Running({ progress, cancel, what }: { progress: Progress | null; cancel: () => void; what: string }) {
  const [began] = useState(Date.now);
  const [now, setNow] = useState(began);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const megabytes = ((progress?.bytes ?? 0) / 1e6).toFixed(1);
  const words = progress
    ? progress.rows === null ? t("indicators.reading", { mb: megabytes }) : t("indicators.reading_rows", { mb: megabytes, rows: count(progress.rows) })
    : t("indicators.making", { s: Math.round((now - began) / 1000) });
  return (
    <span class="indicators-running">
      <progress aria-label={what} max={1} {...(progress?.share != null ? { value: progress.share } : {})} />
      <span class="quiet numbers">{words}</span>
      <button type="button" class="plain" onClick={cancel}>{t("indicators.stop_it", { what })}</button>
    </span>
  );
}
