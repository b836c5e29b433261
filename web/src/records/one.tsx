/** One record as its form read when it was filled in, with its photos, and the way to correct it. */
import { Link } from "wouter-preact";
import { answer, api, session } from "../api/client";
import { AttachedPhoto } from "../ui/attached";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { nameOf, type RecordOut } from "./forms";
import { scoreOf, thing } from "./list";

export function RecordPage({ id }: { id: string }) {
  const read = useReading(`record/${id}`, () => answer(api.GET("/api/v1/records/{record_id}", { params: { path: { record_id: id } } })));
  const one = read.value;
  return (
    <>
      {one && <h1>{nameOf(one.form)} · {thing(one)}</h1>}
      {read.error !== null && !one && <Failed error={read.error} again={read.again} />}
      {!one && read.error === null && <Waiting shape="case" />}
      {one && <Whole one={one} />}
    </>
  );
}

function Whole({ one }: { one: RecordOut }) {
  const mine = one.by.account === session.value?.user.id;
  return (
    <>
      {one.corrected_by && <p class="notice" role="status">{t("records.was_corrected")} <Link href={`/records/${one.corrected_by}`}>{t("records.the_new_one")}</Link></p>}
      {one.corrects && <p class="notice">{t("records.is_correction")} <Link href={`/records/${one.corrects}`}>{t("records.the_old_one")}</Link></p>}
      <section class="office-part" aria-labelledby="record-score">
        <header>
          <h2 id="record-score">{t("records.score")} {scoreOf(one)}</h2>
          <div class="office-buttons">
            {mine && !one.corrected_by && <Link class="button" href={`/records/new/${one.form.code}?corrects=${one.id}`}>{t("records.correct")}</Link>}
            <Link class="plain" href={`/records?form=${one.form.code}`}>{t("records.all_of_form")}</Link>
          </div>
        </header>
        {one.heads.length > 0 && <Bars heads={one.heads} />}
      </section>
      <section class="office-part" aria-labelledby="record-answers">
        <header><h2 id="record-answers">{t("records.answers")}</h2></header>
        <dl class="office-facts">
          {one.answers.map((said) => (
            <div key={said.code} class="records-fact">
              <dt>{either(said.label, said.label_en)}</dt>
              <dd>{said.type === "photos" ? <Photos digests={said.value as string[]} /> : <Said said={said} />}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="office-part" aria-labelledby="record-facts">
        <header><h2 id="record-facts">{t("records.facts")}</h2></header>
        <dl class="office-facts">
          <div class="records-fact"><dt>{t("records.at")}</dt><dd>{exact(one.at)}</dd></div>
          <div class="records-fact"><dt>{t("records.by")}</dt><dd>{one.by.name} · {one.by.body_name}</dd></div>
          {one.outside_roster !== null && <div class="records-fact"><dt>{t("records.shift")}</dt><dd>{t(one.outside_roster ? "records.outside_roster" : "records.on_roster")}</dd></div>}
          {one.visit && <div class="records-fact"><dt>{t("records.visit")}</dt><dd>{t(`records.visit_${one.visit}`)}</dd></div>}
          {one.means && <div class="records-fact"><dt>{t("records.means")}</dt><dd>{t(`records.means_${one.means}`)}</dd></div>}
          <div class="records-fact"><dt>{t("records.form")}</dt><dd>{t("records.version", { version: one.form.version })}{one.form.sample && ` · ${t("records.sample")}`}</dd></div>
        </dl>
      </section>
    </>
  );
}

export function Bars({ heads }: { heads: RecordOut["heads"] }) {
  return (
    <ul class="records-bars">
      {heads.map((head) => (
        <li key={head.code}>
          <span>{nameOf(head)}</span>
          <meter min={0} max={100} value={head.score ?? 0} aria-label={nameOf(head)} />
          <span class="numbers">{scoreOf(head)}</span>
        </li>
      ))}
    </ul>
  );
}

function Said({ said }: { said: RecordOut["answers"][number] }) {
  if (said.type === "yes_no") return <>{t(said.value ? "records.yes" : "records.no")}</>;
  if (said.value_name) return <>{either(said.value_name, said.value_name_en ?? said.value_name)}</>;
  return <>{String(said.value)}{said.unit ? ` ${said.unit}` : ""}</>;
}

function Photos({ digests }: { digests: string[] }) {
  return <ul class="records-photos">{digests.map((sha256, place) => <li key={sha256}><AttachedPhoto sha256={sha256} name={t("records.photo_n", { n: place + 1 })} /></li>)}</ul>;
}
