/** The cases of a sample: chosen ones are handed to checkers in turn, and each says how it stands. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api, session } from "../api/client";
import { categoryName, PhotoPair, type Report } from "../cases";
import { placeName } from "../manager/names";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { exact, maybe, relative, t } from "../words";
import { fetchCheckers, give, type Sample, type SampleCase } from "./asking";

const open = (one: SampleCase): boolean => one.passed === null && one.state === "closed";

export function Cases({ of, again }: { of: Sample; again: () => void }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const able = of.cases.filter(open).map((one) => one.number);
  const marked = able.filter((number) => chosen.has(number));
  const mark = (numbers: string[], on: boolean) => setChosen((before) => new Set(on ? [...before, ...numbers] : [...before].filter((number) => !numbers.includes(number))));
  return (
    <section class="office-part" aria-labelledby="rechecks-cases">
      <header><h2 id="rechecks-cases">{t("rechecks.sample_cases")}</h2></header>
      <Give of={of} marked={marked} done={() => { setChosen(new Set()); again(); }} />
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="rechecks-cases">
        <table class="office-table rechecks-cases">
          <thead>
            <tr>
              <th scope="col"><label class="rechecks-mark"><input type="checkbox" disabled={able.length === 0} checked={able.length > 0 && marked.length === able.length} onChange={({ currentTarget }) => mark(able, currentTarget.checked)} /> {t("rechecks.case")}</label></th>
              <th scope="col" class="words">{t("manager.township")}</th><th scope="col" class="words">{t("rechecks.category")}</th><th scope="col" class="words">{t("rechecks.checker")}</th>
              <th scope="col" class="words">{t("rechecks.result")}</th><th scope="col" class="words">{t("rechecks.found")}</th><th scope="col">{t("rechecks.when")}</th>
            </tr>
          </thead>
          <tbody>{of.cases.map((one) => <Row key={one.number} one={one} marked={chosen.has(one.number)} mark={mark} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ one, marked, mark }: { one: SampleCase; marked: boolean; mark: (numbers: string[], on: boolean) => void }) {
  const [shown, setShown] = useState(false);
  const desk = session.value?.user.role === "checker" ? `/officer/tasks/${encodeURIComponent(one.number)}` : `/dispatch?state=all&case=${encodeURIComponent(one.number)}`;
  const at = one.seen_at ?? one.checked_at;
  return (
    <tr aria-selected={marked && open(one)}>
      <th scope="row">
        <span class="rechecks-mark">
          <input type="checkbox" aria-label={t("rechecks.choose", { number: one.number })} disabled={!open(one)} checked={marked && open(one)} onChange={({ currentTarget }) => mark([one.number], currentTarget.checked)} />
          <Link class="numbers" href={desk}>{one.number}</Link>
        </span>
      </th>
      <td class="words">{one.township ? placeName(one.township) : t("manager.no_township")}</td>
      <td class="words">{categoryName(one.category)}</td>
      <td class="words">{one.checked_by ?? one.checker?.name ?? <span class="quiet">{t("rechecks.nobody")}</span>}</td>
      <td class="words"><Result one={one} /></td>
      <td class="words rechecks-note">
        {one.note}
        {one.report && <> <button type="button" class="plain" onClick={() => setShown(true)}>{t("rechecks.photo")}</button></>}
        {shown && one.report && <Sheet title={one.number} onClosed={() => setShown(false)}>{() => <Photos report={one.report!} />}</Sheet>}
      </td>
      <td class="numbers">{at && <time dateTime={at} title={exact(at)}>{relative(at)}</time>}</td>
    </tr>
  );
}

function Result({ one }: { one: SampleCase }) {
  if (one.passed === true) return <span class="rechecks-holds">✓ {t("rechecks.holds")}</span>;
  const now = maybe(`rechecks.state_${one.state}`) ?? t("rechecks.reopened");
  if (one.passed === false) return <><em class="office-bad">✗ {t("rechecks.fails")}</em> <span class="quiet">{now}</span></>;
  return <span class="quiet">{one.state === "closed" ? t(one.checker ? "rechecks.given" : "rechecks.open") : t("rechecks.left_sample")}</span>;
}

function Photos({ report }: { report: string }) {
  const read = useReading<Report>(`report/${report}`, () => answer(api.GET("/api/v1/reports/{report_id}", { params: { path: { report_id: report } } })));
  if (read.value) return <PhotoPair reports={[read.value]} />;
  return read.error !== null ? <Failed error={read.error} again={read.again} /> : <Waiting />;
}

function Give({ of, marked, done }: { of: Sample; marked: string[]; done: () => void }) {
  const [to, setTo] = useState<ReadonlySet<string>>(new Set());
  const [left, setLeft] = useState(0);
  const doing = useDoing();
  const checkers = useReading("checkers", fetchCheckers);
  if (!of.cases.some(open)) return null;
  const hand = (accounts: string[]) =>
    void doing.run(async () => {
      const after = await give(of.id, marked, accounts);
      setLeft(accounts.length > 0 ? after.cases.filter((one) => marked.includes(one.number) && !accounts.includes(one.checker?.id ?? "")).length : 0);
      done();
    });
  return (
    <form class="rechecks-give office-box" aria-label={t("rechecks.give")} onSubmit={(event) => { event.preventDefault(); hand([...to]); }}>
      <fieldset>
        <legend>{t("rechecks.to_whom")}</legend>
        <div class="rechecks-people">
          {checkers.value?.map(({ id, name }) => (
            <label key={id} class="rechecks-mark">
              <input type="checkbox" checked={to.has(id)} onChange={({ currentTarget }) => setTo((before) => new Set(currentTarget.checked ? [...before, id] : [...before].filter((one) => one !== id)))} /> {name}
            </label>
          ))}
          {checkers.value?.length === 0 && <p class="quiet">{t("rechecks.no_checkers")}</p>}
          {checkers.error !== null && !checkers.value && <Failed error={checkers.error} again={checkers.again} />}
        </div>
      </fieldset>
      <div class="office-buttons">
        <button class="button main" disabled={doing.busy || marked.length === 0 || to.size === 0}>{t("rechecks.give_n", { n: marked.length })}</button>
        <button type="button" class="button" disabled={doing.busy || marked.length === 0} onClick={() => hand([])}>{t("rechecks.take_back")}</button>
        <p class="quiet" role="status">{left > 0 ? t("rechecks.own_hands", { n: left }) : marked.length === 0 ? t("rechecks.mark_first") : to.size === 0 ? t("rechecks.choose_checkers") : ""}</p>
      </div>
      {doing.error !== null && <Failed error={doing.error} />}
    </form>
  );
}
