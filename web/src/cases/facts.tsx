/** Where a case is, whose it is, and why it came here. */
import { either, exact, maybe, t } from "../words";
import { session } from "../api/client";
import { bodies, categoryName, type Case, type Report } from "./calls";
import { left, now } from "./standing";

type Match = Report["properties"]["match"];

export function CaseFacts({ one, reports }: { one: Case; reports: Report[] }) {
  const opening = reports.find((report) => one.reports.some(({ id, relation }) => id === report.id && relation === "opened")) ?? reports[0];
  const match = opening?.properties.match;
  const duty = opening?.properties.duty;
  return (
    <>
      <dl class="case-facts">
        <dt>{t("case.place")}</dt>
        <dd>{one.zone?.chosen_at ? <Chosen zone={one.zone} /> : match ? place(match) : t("case.place_unknown")}</dd>
        <dt>{t("case.category")}</dt>
        <dd>{categoryName(one.category)}{one.emergency && <strong class="case-emergency"> {t("case.emergency")}</strong>}</dd>
        {duty && <><dt>{t("case.duty")}</dt><dd><Carried duty={duty} /></dd></>}
        <dt>{t("case.body")}</dt>
        <dd>{one.department ?? one.body.name}{one.township && one.township.name !== one.body.name && <span class="quiet"> · {one.township.name}</span>}</dd>
        {one.assignee_name && <><dt>{t("case.assignee")}</dt><dd>{one.assignee === session.value?.user.id ? t("case.assigned_to_me") : one.assignee_name}</dd></>}
        <dt>{t("case.opened")}</dt>
        <dd><time>{exact(one.opened_at)}</time>{one.round > 0 && ` · ${t("case.reworked", { n: one.round })}`}</dd>
        {one.due_at && <><dt>{t("case.due")}</dt><dd><time>{exact(one.due_at)}</time>{!one.closed_at && <span class="numbers quiet"> {left(one.due_at, now.value)}</span>}</dd></>}
        {one.suspended_until && <><dt>{t("case.suspended_until")}</dt><dd><time>{exact(one.suspended_until)}</time></dd></>}
        {one.extension && <><dt>{t("case.extension")}</dt><dd>{one.extension.amount} {t(`unit.${one.extension.unit}`)}: {one.extension.reason}</dd></>}
        {opening?.properties.note && <><dt>{t("case.note")}</dt><dd class="case-said">{opening.properties.note}</dd></>}
        {(one.parent || one.children.length > 0 || one.merged_into || one.merged.length > 0) && <Family one={one} />}
      </dl>
      {opening && <Why report={opening} />}
    </>
  );
}

/** What the shop answers for here, as it was written on the day the photo was taken. */
function Carried({ duty: { duty, items, rulebook } }: { duty: NonNullable<Report["properties"]["duty"]> }) {
  return (
    <>
      {t(`duty.${duty}`)}: {items.map(({ name, name_en, severity }) => `${either(name, name_en)} (${t(`severity.${severity}`)})`).join(t("duty.between"))}
      <span class="quiet"> {rulebook.name}</span>
    </>
  );
}

/** What a person said stands before what the match says. */
function Chosen({ zone }: { zone: NonNullable<Case["zone"]> }) {
  const by = t("case.zone_chosen_by", { name: zone.chosen_by_name ?? "" });
  return <>{zone.name} {zone.share !== null && <span class="numbers quiet">{percent(zone.share)} ·</span>} <span class="quiet" title={exact(zone.chosen_at!)}>{by}</span></>;
}

/** The zone it was matched to, or that there is none that is sure. */
function place(match: Match): preact.JSX.Element {
  const found = [match.frontage, match.parking].find((one) => one.verdict === "certain" || one.verdict === "likely");
  const verdict = found ?? match.frontage;
  return (
    <>
      {verdict.name ?? t(`verdict.${verdict.verdict}`)} {found && <span class="numbers quiet">{percent(found.probability)}</span>}
      {verdict.name && !found && <span class="quiet"> {t(`verdict.${verdict.verdict}`)}</span>}
    </>
  );
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function Family({ one }: { one: Case }) {
  const others = [
    ...(one.parent ? [`${t("case.parent")} ${one.parent.number}`] : []),
    ...one.children.map((child) => `${child.number} ${maybe(`state.${child.state}`) ?? child.state} ${bodies.value.get(child.body.code) ?? child.body.name}`),
    ...(one.merged_into ? [`${t("case.merged_into")} ${one.merged_into}`] : []),
    ...one.merged.map((number) => `${t("case.merged")} ${number}`),
  ];
  return <><dt>{t("case.family")}</dt><dd>{others.map((other) => <p key={other}>{other}</p>)}</dd></>;
}

function Why({ report }: { report: Report }) {
  const { match, routing, findings, position } = report.properties;
  return (
    <details class="case-why">
      <summary>{t("case.why")}</summary>
      <ul>
        {[...match.why, routing].map((reason, place) => <li key={place}>{either(reason.text, reason.text_en)}</li>)}
        {findings.map((finding, place) => <li key={`f${place}`} class="case-finding">{either(finding.text, finding.text_en)}</li>)}
      </ul>
      <p class="quiet numbers">
        {match.position.lon.toFixed(6)}, {match.position.lat.toFixed(6)} · {position.datum}
        {match.moved_m > 1 && ` · ${t("case.moved", { m: Math.round(match.moved_m) })}`} · ±{Math.round(position.accuracy_m)} m
      </p>
    </details>
  );
}
