/** What helps to decide: candidates of an unsure match, what could be the same thing, who could go. */
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { answer, api, session, type Schema } from "../api/client";
import { percent, type Case, type Report } from "../cases";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, relative, t } from "../words";
import { candidates, choiceFailed, chooseZone, draft, form, openCase, releaseZone } from "./desk";
import { nearest, nearestRead, readingOf } from "./nearest";

/** Zones it could be: drawn and chosen by key while nobody is sure, a click away where the match is. */
export function Candidates({ one, report }: { one: Case; report: Report | undefined }) {
  const chosen = one.zone?.chosen_at ? one.zone : null;
  const unsure = !one.zone || chosen !== null;
  const [correcting, setCorrecting] = useState(false);
  const can = one.allowed_actions.some(({ action }) => action === "choose_zone");
  const datum = readingOf(report);
  const read = useReading(can && datum && report ? `desk.read/${report.properties.id}/${datum}` : null, () => nearestRead(report!, datum!), { seen: false });
  const found = !can ? [] : datum ? (read.stale ? [] : read.value ?? []) : nearest(report);
  const drawn = unsure || correcting || datum !== null;
  // With what is shown, not after it: a key may follow at once.
  useLayoutEffect(() => {
    candidates.value = drawn ? found : [];
    return () => { candidates.value = []; };
  }, [one.number, one.version, report?.properties.id, drawn, can, read.value]);
  useEffect(() => setCorrecting(false), [one.number]);
  if (!found.length && !(datum && can)) return null;
  const list = (
    <ol class="desk-candidates">
      {found.map((zone, rank) => (
        <li key={`${zone.kind} ${zone.code}`}>
          <button type="button" aria-pressed={one.zone?.code === zone.code} onClick={() => chooseZone(one, zone)}>
            <kbd>{rank + 1}</kbd><span>{zone.name}</span><span class="numbers quiet">{zone.distance_m.toFixed(1)} m</span><b class="numbers">{zone.probability > 0 && percent(zone.probability)}</b>
          </button>
        </li>
      ))}
    </ol>
  );
  const failed = choiceFailed.value !== null && <Failed error={choiceFailed.value} />;
  if (!unsure && !datum) {
    return (
      <details class="desk-part" open={correcting} onToggle={(event) => setCorrecting(event.currentTarget.open)}>
        <summary>{t("desk.candidates_correct")}</summary>
        {list}
        {failed}
      </details>
    );
  }
  return (
    <section class="desk-part">
      <h3>{t(datum ? "desk.candidates_read" : "desk.candidates", { datum: datum?.toUpperCase() ?? "" })}</h3>
      {datum && <p class="desk-small">{t("desk.candidates_read_why")}</p>}
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {datum && !read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      {datum && read.value?.length === 0 && <p class="quiet desk-small">{t("desk.candidates_read_none")}</p>}
      {list}
      {failed}
      {chosen
        ? <p class="desk-small"><button type="button" class="plain" onClick={() => releaseZone(one)}>{t("desk.zone_release")}</button></p>
        : found.length > 0 && <p class="quiet desk-small">{t("desk.candidates_hint")}</p>}
    </section>
  );
}

type Duplicate = Schema<"Duplicate">;

export function Duplicates({ one }: { one: Case }) {
  const [found, setFound] = useState<Duplicate[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let gone = false;
    setFound(null);
    answer(api.GET("/api/v1/cases/{number}/duplicates", { params: { path: { number: one.number }, query: { limit: 3 } } }))
      .then((came) => !gone && setFound(came.items), (failed: unknown) => !gone && setError(failed));
    return () => { gone = true; };
  }, [one.number]);
  const merges = one.allowed_actions.some(({ action }) => action === "merge");
  if (!found?.length && error === null) return null;
  return (
    <details class="desk-part" open={found?.some(({ score }) => score >= 0.5)}>
      <summary>{t("desk.duplicates")} <span class="numbers">{found?.length ?? ""}</span></summary>
      {error !== null && <Failed error={error} />}
      <ul class="desk-aids">
        {found?.map((other) => (
          <li key={other.number}>
            <p><b class="numbers">{other.number}</b> · {t(`state.${other.state as Case["state"]}`)} · <span class="numbers">{t("desk.score", { n: percent(other.score) })} · {Math.round(other.distance_m)} m</span></p>
            <p class="quiet">{other.reasons.map((reason) => either(reason.text, reason.text_en)).join(" · ")}</p>
            <button type="button" class="plain" onClick={() => openCase(other.number)}>{t("desk.open_case")}</button>
            {merges && <button type="button" class="plain" onClick={() => { draft.value = { ...draft.value, into: other.number }; form.value = "merge"; }}>{t("desk.merge_here")}</button>}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Asked for only when it is opened: each position that is shown is noted where the officer sees it. */
export function Officers({ one }: { one: Case }) {
  const [open, setOpen] = useState(false);
  if (session.value?.user.role !== "dispatcher" || one.closed_at) return null;
  return (
    <details class="desk-part" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("desk.officers")}</summary>
      {open && <Suggested key={one.number} one={one} />}
    </details>
  );
}

function Suggested({ one }: { one: Case }) {
  const [found, setFound] = useState<Schema<"OfficerOut">[] | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    answer(api.GET("/api/v1/cases/{number}/officers", { params: { path: { number: one.number }, query: { limit: 5 } } }))
      .then((came) => setFound(came.items), setError);
  }, [one.number]);
  if (error !== null) return <Failed error={error} />;
  if (!found) return <Waiting shape="rows" rows={2} />;
  if (!found.length) return <p class="quiet">{t("desk.officers_none")}</p>;
  const dispatches = one.allowed_actions.some(({ action }) => action === "dispatch");
  return (
    <ul class="desk-aids">
      {found.map((officer) => (
        <li key={officer.account}>
          <p><b>{officer.name}</b> · {officer.body.name}</p>
          <p class="quiet">
            {t(`desk.on_duty_${officer.on_duty}`)} · {t("desk.officer_open", { n: officer.open_cases })}
            {officer.fix && ` · ${Math.round(officer.fix.distance_m)} m · ${relative(officer.fix.at)}`}
          </p>
          <p class="quiet">{officer.reasons.map((reason) => either(reason.text, reason.text_en)).join(" · ")}</p>
          {dispatches && (
            <button type="button" class="plain" onClick={() => {
              // People of the bureau go wherever it answers: the case stays with its body.
              const body = officer.area === "district" || officer.body.code === one.body.code ? {} : { body: officer.body.code };
              draft.value = { ...draft.value, ...body, assignee: officer.account, assignee_name: officer.name };
              form.value = "dispatch";
            }}>{t("desk.choose_officer")}</button>
          )}
        </li>
      ))}
    </ul>
  );
}
