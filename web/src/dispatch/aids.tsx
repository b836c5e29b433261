/** What helps to decide: candidates of an unsure match, what could be the same thing, who could go. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, session, type Schema } from "../api/client";
import { percent, type Case } from "../cases";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { either, relative, t } from "../words";
import { candidates, chooseCandidate, chosenCandidate, draft, form, openCase } from "./desk";

export function Candidates() {
  if (!candidates.value.length) return null;
  return (
    <section class="desk-part">
      <h3>{t("desk.candidates")}</h3>
      <ol class="desk-candidates">
        {candidates.value.map((one, place) => (
          <li key={one.code}>
            <button type="button" aria-pressed={chosenCandidate.value?.code === one.code} onClick={() => chooseCandidate(place + 1)}>
              <kbd>{place + 1}</kbd><span>{one.name}</span><span class="numbers quiet">{one.distance_m.toFixed(1)} m</span><b class="numbers">{percent(one.probability)}</b>
            </button>
          </li>
        ))}
      </ol>
      <p class="quiet desk-small">{t("desk.candidates_hint")}</p>
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
              const body = officer.body.code === one.body.code ? {} : { body: officer.body.code };
              draft.value = { ...draft.value, ...body, note: t("desk.assist_suggested", { name: officer.name }) };
              form.value = "dispatch";
            }}>{t("desk.choose_body")}</button>
          )}
        </li>
      ))}
    </ul>
  );
}
