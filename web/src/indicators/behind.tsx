/** The cases a number counts; read on as far as one likes, or taken as a file. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter-preact";
import { categoryName } from "../cases";
import { caseAddress } from "../cases/address";
import { placeName } from "../manager/names";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { exact, maybe, t } from "../words";
import { type Behind as Page, fetchBehind, fetchHandoversBehind } from "./asking";
import { Taking } from "./files";
import { nameOf } from "./measures";
import { usePages } from "./pages";
import { behindOf, change, daysOf, type Handed, type Measure, query } from "./query";

export function Behind() {
  const of = query.value;
  const days = daysOf(of);
  const measure = of.show as Measure;
  const key = JSON.stringify([behindOf(of, days), measure]);
  const name = [of.of && nameOf(of.of, of.by), t(`indicators.${measure}`)].filter(Boolean).join(" · ");
  return (
    <Cases name={name} question={`indicators/behind/${key}`} ask={(cursor) => fetchBehind(of, days, measure, cursor)}>
      <Taking key={key} what="csv" address={`/api/v1/indicators/cases.csv?${new URLSearchParams({ ...behindOf(of, days), measure })}`} name={`indicators_${measure}_${days.from}_${days.to}.csv`} />
    </Cases>
  );
}

export function HandoversBehind() {
  // Handovers are told by township, whatever other pages group by.
  const of = { ...query.value, by: "township" as const };
  const days = daysOf(of);
  const figure = of.show as Handed;
  const name = [of.of && nameOf(of.of, of.by), t(`indicators.input_${figure}`)].filter(Boolean).join(" · ");
  return <Cases name={name} question={`handovers/behind/${JSON.stringify([behindOf(of, days), figure])}`} ask={(cursor) => fetchHandoversBehind(of, days, figure, cursor)} />;
}

interface Asked {
  name: string;
  /** Names the question; another one takes the keyboard to its heading. */
  question: string;
  ask: (cursor?: string) => Promise<Page>;
  /** What else can be done with these cases. */
  children?: ComponentChildren;
}

function Cases({ name, question, ask, children }: Asked) {
  const { read, rows, failed, further } = usePages(question, ask);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [question]);
  return (
    <section class="office-part indicators-behind" aria-labelledby="indicators-behind">
      <header>
        <h2 id="indicators-behind" ref={heading} tabIndex={-1}>{t("indicators.behind", { name })}</h2>
        <span class="office-buttons">
          {children}
          <button type="button" class="button" onClick={() => change({ show: "", of: "" })}>{t("indicators.close")}</button>
        </span>
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {(!read.value || read.stale) && read.error === null && <Waiting shape="rows" rows={3} />}
      {rows.length > 0 && (
        <div class="office-scroll indicators-rows" tabIndex={0} role="group" aria-labelledby="indicators-behind">
          <table class="office-table">
            <thead><tr>{(["case", "township", "category", "state", "counts_at"] as const).map((head) => <th scope="col" key={head} class="words">{t(`indicators.col_${head}`)}</th>)}</tr></thead>
            <tbody>{rows.map((one) => <Row key={`${one.number}/${one.at}`} one={one} />)}</tbody>
          </table>
        </div>
      )}
      {read.value && !read.stale && rows.length === 0 && <p class="office-empty">{t("indicators.no_cases")}</p>}
      {failed !== null && <Failed error={failed} />}
      {further && <button type="button" class="plain" onClick={further}>{t("manager.more")}</button>}
    </section>
  );
}

function Row({ one }: { one: Page["items"][number] }) {
  return (
    <tr>
      <th scope="row"><Link class="numbers" href={caseAddress(one.number)}>{one.number}</Link></th>
      <td class="words">{one.township ? placeName(one.township) : t("manager.no_township")}</td>
      <td class="words">{categoryName(one.category)}</td>
      <td class="words">{maybe(`state.${one.state}`) ?? one.state}</td>
      <td class="words numbers"><time dateTime={one.at}>{exact(one.at)}</time></td>
    </tr>
  );
}
