/** The steps behind a share; read on as far as one likes. */
import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter-preact";
import { caseAddress } from "../cases/address";
import { placeName } from "../manager/names";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { fetchSteps, type Steps } from "./asking";
import { kindName } from "./means";
import { nameOf } from "./measures";
import { usePages } from "./pages";
import { behindOf, change, daysOf, query, type Step } from "./query";

export function StepsBehind() {
  const of = query.value;
  const days = daysOf(of);
  const means = of.show as Step;
  const key = JSON.stringify([behindOf(of, days), means]);
  const { read, rows, failed, further } = usePages(`means/steps/${key}`, (cursor) => fetchSteps(of, days, means, cursor));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [key]);
  const name = [of.of && nameOf(of.of, of.by), t(`indicators.${means}`)].filter(Boolean).join(" · ");
  return (
    <section class="office-part" aria-labelledby="means-behind">
      <header>
        <h2 id="means-behind" ref={heading} tabIndex={-1}>{t("indicators.steps_behind", { name })}</h2>
        <button type="button" class="button" onClick={() => change({ show: "", of: "" })}>{t("indicators.close")}</button>
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {(!read.value || read.stale) && read.error === null && <Waiting shape="rows" rows={3} />}
      {rows.length > 0 && (
        <div class="office-scroll indicators-rows" tabIndex={0} role="group" aria-labelledby="means-behind">
          <table class="office-table">
            <thead><tr>{(["kind", "case", "township", "done_at"] as const).map((head) => <th scope="col" key={head} class="words">{t(`indicators.col_${head}`)}</th>)}</tr></thead>
            <tbody>{rows.map((one) => <Row key={`${one.at}/${one.name}/${one.case}/${one.record}`} one={one} />)}</tbody>
          </table>
        </div>
      )}
      {read.value && !read.stale && rows.length === 0 && <p class="office-empty">{t("indicators.no_such_steps")}</p>}
      {failed !== null && <Failed error={failed} />}
      {further && <button type="button" class="plain" onClick={further}>{t("manager.more")}</button>}
    </section>
  );
}

function Row({ one }: { one: Steps["items"][number] }) {
  return (
    <tr>
      <th scope="row" class="words">{kindName(one)}</th>
      <td class="words">{one.case ? <Link class="numbers" href={caseAddress(one.case)}>{one.case}</Link> : t(`indicators.of_${one.of}`)}</td>
      <td class="words">{one.township ? placeName(one.township) : t("manager.no_township")}</td>
      <td class="words numbers"><time dateTime={one.at}>{exact(one.at)}</time></td>
    </tr>
  );
}
