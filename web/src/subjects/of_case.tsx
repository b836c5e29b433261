/** Who answers for the place of a case, as it was when the first report of it was taken. */
import { Link } from "wouter-preact";
import { session } from "../api/client";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { fetchOfCase } from "./asking";

/** They have no page of subjects. */
const AT_THE_STREET = new Set(["officer", "checker"]);

export default function OfCase({ number }: { number: string }) {
  const read = useReading(`subjects/case/${number}`, () => fetchOfCase(number));
  const one = read.value;
  const of = one?.subject;
  const person = of?.responsible;
  const role = session.value?.user.role ?? "";
  return (
    <section class="case-block" aria-label={t("subject.title")}>
      <h3>{t("subject.title")}</h3>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!one && read.error === null && <Waiting shape="rows" rows={1} />}
      {one && !of && <p class="quiet">{t(one.zone ? "subject.unknown" : "subject.no_zone")}</p>}
      {one && of && (
        <dl class="case-facts">
          <dt>{t("subject.who")}</dt>
          <dd>{of.name} {AT_THE_STREET.has(role) ? <span class="numbers quiet">{of.code}</span> : <Link class="numbers" href={`/subjects/${of.code}`}>{of.code}</Link>}</dd>
          <dt>{t("subject.answers")}</dt>
          <dd>
            {person ? <>{person.name} <span class="quiet">{person.capacity || t(person.rank === 2 ? "subject.rank_2" : "subject.rank_1")}</span></> : <span class="quiet">{t("subject.nobody")}</span>}
            {person?.phone && <> · <a class="numbers" href={`tel:${person.phone}`}>{person.phone}</a></>}
          </dd>
          <dt>{t("subject.on")}</dt>
          <dd class="numbers">{one.on}{of.kind === "vacant" && <span class="quiet"> · {t("subject.vacant")}</span>}</dd>
        </dl>
      )}
    </section>
  );
}
