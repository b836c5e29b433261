/** One sample: what it says, how anybody draws it again, who looks at which case, and what was found. */
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { categoryName } from "../cases";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { fetchSample, type Sample, saveCases } from "./asking";
import { Cases } from "./cases";
import { between, FiguresTable, rate } from "./figures";
import { narrowed } from "./list";
import { Proof } from "./proof";

/** What a checker sent on the street stands here this soon after. */
const ANEW_MS = 4000;

export function SamplePage({ id }: { id: string }) {
  const [tick, setTick] = useState(0);
  const read = useReading(`recheck/${id}`, () => fetchSample(id), { tick });
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setTick((before) => before + 1), ANEW_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <Link class="rechecks-back" href="/rechecks">‹ {t("office.rechecks")}</Link>
      {read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      {read.value ? <Shown of={read.value} again={read.again} /> : <h1>{t("rechecks.title")}</h1>}
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
    </>
  );
}

function Shown({ of, again }: { of: Sample; again: () => void }) {
  const saving = useDoing();
  return (
    <>
      <section class="rechecks-answer">
        <h1>{answerOf(of)}</h1>
        <dl class="office-facts numbers">
          <dt>{t("rechecks.period")}</dt><dd>{of.from} – {of.to}</dd>
          <dt>{t("rechecks.of")}</dt><dd>{narrowed(of)}{of.category && <span class="unseen"> {categoryName(of.category)}</span>}</dd>
          <dt>{t("rechecks.drawn")}</dt><dd>{t("rechecks.drawn_of", { n: of.drawn, of: of.population })}</dd>
          <dt>{t("rechecks.drawn_at")}</dt><dd>{exact(of.drawn_at)}</dd>
        </dl>
      </section>
      <FiguresTable figures={of.figures} total={of.total} />
      <Cases of={of} again={again} />
      <p class="office-buttons">
        <button type="button" class="button" disabled={saving.busy} onClick={() => void saving.run(() => saveCases(of.id, of.seed))}>{t("rechecks.csv")}</button>
      </p>
      {saving.error !== null && <Failed error={saving.error} />}
      <Proof of={of} />
    </>
  );
}

function answerOf({ total }: Sample): string {
  if (total.checked === 0) return t("rechecks.answer_open", { n: total.drawn });
  const said = { rate: rate(total.rate), checked: total.checked, held: total.held, all: total.population, between: between(total), left: total.drawn - total.checked };
  return t(total.checked < total.drawn ? "rechecks.answer_so_far" : "rechecks.answer", said);
}
