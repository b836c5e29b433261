/** One complaint with its case as it stands; who complained only on asking, which is noted. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { CaseFacts, categoryName, Clocks, Glyph, standing, Timeline } from "../cases";
import { useWhole } from "../cases/whole";
import { placeName } from "../manager/names";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { type Complaint, fetchComplaint } from "./asking";
import { Callback } from "./callback";
import { sourceOf } from "./list";
import { Accesses, Revealed } from "./person";

export function ComplaintPage({ id }: { id: string }) {
  const read = useReading(`complaint/${id}`, () => fetchComplaint(id));
  // Grows with every look at the person, so that the list of looks has it.
  const [looks, setLooks] = useState(0);
  const one = read.value;
  return (
    <>
      <div class="complaints-head">
        <h1>{one ? sourceOf(one) : t("complaints.title")}</h1>
        {one && !one.corrected_by && <Link class="button" href={`/complaints/new?corrects=${id}`}>{t("complaints.correct")}</Link>}
      </div>
      {read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      {read.error !== null && !one && <Failed error={read.error} again={read.again} />}
      {!one && read.error === null && <Waiting shape="rows" />}
      {one && (
        <div class="office-sides">
          <div class="complaints-side">
            <Matter one={one} />
            <OfCase number={one.case.number} />
          </div>
          <div class="complaints-side">
            <Revealed id={id} onLook={() => setLooks(looks + 1)} />
            <Callback one={one} onNoted={read.again} />
            <Accesses id={id} looks={looks} />
          </div>
        </div>
      )}
    </>
  );
}

function Matter({ one }: { one: Complaint }) {
  const place = one.match.frontage.name ?? one.match.parking.name;
  return (
    <section class="office-part" aria-labelledby="complaints-matter">
      <header><h2 id="complaints-matter">{t("complaints.matter")}</h2></header>
      {one.corrected_by && <p class="notice">{t("complaints.was_corrected")} <Link href={`/complaints/${one.corrected_by}`}>{t("complaints.the_new_one")}</Link></p>}
      <p class="complaints-said">{one.text}</p>
      <dl class="office-facts">
        <dt>{t("complaints.received")}</dt><dd><time>{exact(one.received_at)}</time></dd>
        <dt>{t("complaints.category")}</dt><dd>{one.category ? categoryName(one.category) : t("complaints.unsorted")}</dd>
        <dt>{t("complaints.where")}</dt><dd>{[place, one.address].filter(Boolean).join(" · ") || "–"}</dd>
        <dt>{t("complaints.township")}</dt><dd>{one.township ? placeName(one.township) : t("officer.where.outside")}</dd>
        <dt>{t("complaints.because")}</dt><dd>{one.because.map((reason) => <p key={reason.code}>{either(reason.text, reason.text_en)}</p>)}</dd>
        {one.corrects && <><dt>{t("complaints.corrects")}</dt><dd><Link href={`/complaints/${one.corrects}`}>{t("complaints.the_old_one")}</Link></dd></>}
      </dl>
    </section>
  );
}

function OfCase({ number }: { number: string }) {
  const { read, error, reload } = useWhole(number);
  const whole = read?.value;
  return (
    <section class="office-part" aria-labelledby="complaints-case">
      <header>
        <h2 id="complaints-case" class="numbers">{number}</h2>
        {whole && <span class="complaints-stands"><Glyph of={standing(whole.case)} quiet /> {either(whole.case.state_name, whole.case.state_name_en)}</span>}
      </header>
      {error !== null && !whole && <Failed error={error} again={() => void reload()} />}
      {!whole && error === null && <Waiting shape="rows" />}
      {whole && (
        <>
          <CaseFacts one={whole.case} reports={whole.reports} />
          <h3>{t("case.clocks")}</h3>
          <Clocks clocks={whole.clocks} />
          <h3>{t("case.history")}</h3>
          <Timeline entries={whole.history} />
        </>
      )}
    </section>
  );
}
