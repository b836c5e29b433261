/** Where the photo was taken, how well that is known, and which zone the server would answer, and why. */
import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, Failure, type Schema } from "../api/client";
import type { LonLat } from "../map";
import { percent } from "../cases/facts";
import { Failed } from "../ui/failing";
import { InReach } from "../ui/in_sheets";
import { capital, either, t } from "../words";
import { chooseDatum, DATUMS, datum, type Datum, heading, trouble } from "./here";
import { backToDevice, capturedAt, change, type Making, place, redatum } from "./making";
import { LazyMap } from "./lazy_map";
import { useOnline } from "./online";

type Match = Schema<"Match">;
type Candidate = Schema<"CandidateOut">;
const SETTLE_MS = 300;
const CANDIDATES_SHOWN = 4;

export function Where({ report }: { report: Making }) {
  const { match, error, busy } = useMatch(report);
  const [picking, setPicking] = useState(false);
  const { spot } = report;
  return (
    <section class="officer-part" aria-labelledby="officer-where">
      <h2 id="officer-where">{t("officer.where.title")}</h2>
      <div aria-live="polite" aria-busy={busy}>
        {!spot && <p class="notice">{t(trouble.value ? `officer.position.${trouble.value}` : "officer.position.awaited")}</p>}
        {match ? <Verdict match={match} hint={report.hint} /> : spot && <p class="officer-verdict quiet">{t(busy ? "officer.where.asking" : "officer.where.later")}</p>}
        {error instanceof Failure && !error.unreached && <Failed error={error} />}
      </div>
      <div class="officer-spot">
        {spot && (
          <span class="numbers">
            {t(spot.source === "manual" ? "officer.where.by_hand" : "officer.where.by_phone")} ±{Math.round(spot.accuracy_m)} m
          </span>
        )}
        {spot?.source === "manual" ? (
          <button type="button" class="plain" onClick={backToDevice}>
            {t("officer.where.back_to_phone")}
          </button>
        ) : (
          <DatumChoice />
        )}
        <Bearing report={report} />
        <button type="button" class="plain" onClick={() => setPicking(true)}>
          {t("officer.where.correct")}
        </button>
      </div>
      {picking && <Picker center={match?.position ?? spot} accuracy_m={spot?.accuracy_m ?? 0} close={() => setPicking(false)} />}
    </section>
  );
}

function DatumChoice() {
  return (
    <select
      class="officer-datum"
      aria-label={t("officer.datum.label")}
      value={datum.value}
      onChange={({ currentTarget }) => {
        chooseDatum(currentTarget.value as Datum);
        redatum(currentTarget.value as Datum);
      }}
    >
      {DATUMS.map((known) => (
        <option key={known} value={known}>
          {t(`officer.datum.${known}`)}
        </option>
      ))}
    </select>
  );
}

function Bearing({ report: { bearing_deg } }: { report: Making }) {
  const now = heading.value;
  if (bearing_deg !== null)
    return (
      <button type="button" class="plain numbers" onClick={() => change({ bearing_deg: null })}>
        {t("officer.where.bearing", { degrees: bearing_deg })} ×
      </button>
    );
  if (now === null) return null;
  // While the camera is open the page hears no compass: the officer points once more, or goes without.
  return (
    <button type="button" class="plain numbers" onClick={() => change({ bearing_deg: now })}>
      {t("officer.where.take_bearing", { degrees: now })}
    </button>
  );
}

function Verdict({ match, hint }: { match: Match; hint: string | null }) {
  const { frontage, parking, township } = match;
  const fronts = match.candidates.filter((candidate) => candidate.kind === "frontage").sort((a, b) => b.probability - a.probability);
  const others = fronts.filter((candidate) => candidate.code !== frontage.code).slice(0, CANDIDATES_SHOWN);
  return (
    <>
      <p class="officer-verdict" data-verdict={frontage.verdict}>
        <strong>{frontage.name ?? t("officer.where.none")}</strong>
        {frontage.name && <span class="numbers">{percent(frontage.probability)}</span>}
      </p>
      <p class="quiet">{[capital(t(`verdict.${frontage.verdict}`)), township.name ?? t("officer.where.outside"), parking.verdict === "certain" || parking.verdict === "likely" ? parking.name : null].filter(Boolean).join(" · ")}</p>
      {others.length > 0 && (
        <div class="officer-chips" role="group" aria-label={t("officer.where.other")}>
          {others.map((candidate) => (
            <Choice key={candidate.code} candidate={candidate} />
          ))}
        </div>
      )}
      {hint && (
        <button type="button" class="plain" onClick={() => change({ hint: null })}>
          {t("officer.where.undo_hint")}
        </button>
      )}
      <details class="officer-why">
        <summary>{t("officer.where.why")}</summary>
        <ul>
          {match.why.map((reason) => (
            <li key={reason.code + reason.text}>{either(reason.text, reason.text_en)}</li>
          ))}
        </ul>
      </details>
    </>
  );
}

function Choice({ candidate: { code, name, probability } }: { candidate: Candidate }) {
  return (
    <button type="button" class="officer-chip" onClick={() => change({ hint: code })}>
      {name} <span class="numbers">{percent(probability)}</span>
    </button>
  );
}

/** What the server would say now; asked again when anything it depends on changes, and when the network comes back. */
function useMatch(report: Making): { match: Match | null; error: unknown; busy: boolean } {
  const { spot, bearing_deg, category, hint } = report;
  const [found, setFound] = useState<{ key: string; match: Match } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const online = useOnline();
  const asked = spot && {
    lon: spot.lon, lat: spot.lat, datum: spot.datum, accuracy_m: spot.accuracy_m, at: capturedAt(report),
    ...(bearing_deg !== null && { bearing_deg }), ...(category && { category }), ...(hint && { hint }),
  };
  const key = JSON.stringify(asked);
  useEffect(() => {
    if (!asked || !online) return undefined;
    let stale = false;
    setBusy(true);
    const timer = setTimeout(() => {
      answer(api.GET("/api/v1/match", { params: { query: asked } }))
        .then(
          (match) => !stale && (setFound({ key, match }), setError(null)),
          (failed: unknown) => !stale && (setFound(null), setError(failed)),
        )
        .finally(() => !stale && setBusy(false));
    }, SETTLE_MS);
    return () => {
      stale = true;
      clearTimeout(timer);
      setBusy(false);
    };
  }, [key, online]);
  // While a new answer is awaited the old one stands, dimmed; without network it would be an answer to another question.
  return { match: busy || found?.key === key ? (found?.match ?? null) : null, error, busy };
}

/** The map is moved until its cross stands where the photo was taken. */
function Picker({ center, accuracy_m, close }: { center: { lon: number; lat: number } | null; accuracy_m: number; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [picked, setPicked] = useState<LonLat | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="officer-map-sheet" aria-label={t("officer.where.correct")} onClose={close}>
      <LazyMap
        layers={["zones", "parking"]}
        {...(center && { center: [center.lon, center.lat] as LonLat, zoom: 18 })}
        opened={(map) => {
          if (center) {
            setPicked([center.lon, center.lat]);
            map.showPosition([center.lon, center.lat], accuracy_m);
          }
          map.pickPoint(setPicked);
        }}
      />
      <p class="officer-acts">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          {t("officer.close")}
        </button>
        <button
          type="button"
          class="button main"
          disabled={!picked}
          onClick={() => {
            if (picked) place(...picked);
            dialog.current?.close();
          }}
        >
          {t("officer.where.take")}
        </button>
      </p>
      <InReach />
    </dialog>
  );
}
