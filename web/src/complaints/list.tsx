/** What was complained of: whoever waits for a call first, then all of it as the address asks. */
import { useEffect } from "preact/hooks";
import { Link } from "wouter-preact";
import { categoryName } from "../cases";
import { placeName } from "../manager/names";
import { useGrowing } from "../people/more";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { capital, either, exact, type Key, relative, t } from "../words";
import { type Complaint, fetchComplaints } from "./asking";
import { CALLBACKS, change, CHANNELS, NONE, query, readAddress, STATES } from "./query";

export function ComplaintsPage() {
  useEffect(readAddress, []);
  const due = useReading("complaints/due", () => fetchComplaints({ ...NONE, callback: "due" }, null));
  const waiting = due.value?.items ?? [];
  return (
    <>
      <div class="complaints-head">
        <h1>{due.value ? t("complaints.answer", { count: waiting.length, more: due.value.next ? "+" : "" }) : t("complaints.title")}</h1>
        <Link class="button main" href="/complaints/new">{t("complaints.take")}</Link>
      </div>
      {due.error !== null && !due.value && <Failed error={due.error} again={due.again} />}
      {waiting.length > 0 && (
        <ul class="complaints-rows" aria-label={capital(t("complaints.callback_due"))}>
          {waiting.map((one) => (
            <li key={one.id}>
              <Link href={`/complaints/${one.id}`}>{one.text}</Link>
              <span class="quiet">{[sourceOf(one), one.case.number, either(one.case.state_name, one.case.state_name_en)].join(" · ")} · <time title={exact(one.received_at)}>{relative(one.received_at)}</time></span>
            </li>
          ))}
        </ul>
      )}
      <All />
    </>
  );
}

function All() {
  const of = query.value;
  const read = useGrowing(`complaints/${JSON.stringify(of)}`, (cursor) => fetchComplaints(query.peek(), cursor));
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="complaints-all">
      <header><h2 id="complaints-all">{t("complaints.all")}</h2></header>
      <form class="office-filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label class="field">
          <span>{t("complaints.search")}</span>
          <input type="search" value={of.q} maxLength={64} onInput={({ currentTarget }) => change({ q: currentTarget.value }, "replace")} />
        </label>
        <Choice label="complaints.channel" value={of.channel} options={CHANNELS} word={(one) => capital(t(`complaints.channel_${one}`))} set={(channel) => change({ channel })} />
        <Choice label="complaints.callback" value={of.callback} options={CALLBACKS} word={(one) => capital(t(`complaints.callback_${one}`))} set={(callback) => change({ callback })} />
        <Choice label="complaints.case" value={of.state} options={STATES} word={(one) => t(`complaints.state_${one}`)} set={(state) => change({ state })} />
      </form>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.items && read.error === null && <Waiting shape="rows" />}
      {read.items?.length === 0 && <p class="office-empty">{t("complaints.none")}</p>}
      {read.items && read.items.length > 0 && <Table rows={read.items} />}
      {read.fetching.error !== null && <Failed error={read.fetching.error} />}
      {read.more && <button type="button" class="plain" disabled={read.fetching.busy} onClick={read.more}>{t("complaints.more")}</button>}
    </section>
  );
}

interface Choosing<V extends string> {
  label: Key;
  value: V | "";
  options: readonly V[];
  word: (one: V) => string;
  set: (one: V | "") => void;
}

function Choice<V extends string>({ label, value, options, word, set }: Choosing<V>) {
  return (
    <label class="field">
      <span>{t(label)}</span>
      <select value={value} onChange={({ currentTarget }) => set(currentTarget.value as V | "")}>
        <option value="">{t("complaints.any")}</option>
        {options.map((one) => <option key={one} value={one}>{word(one)}</option>)}
      </select>
    </label>
  );
}

function Table({ rows }: { rows: Complaint[] }) {
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="complaints-all">
      <table class="office-table">
        <thead>
          <tr>
            <th scope="col">{t("complaints.received")}</th>
            <th scope="col" class="words">{t("complaints.channel")}</th>
            <th scope="col" class="words">{t("complaints.text")}</th>
            <th scope="col" class="words">{t("complaints.where")}</th>
            <th scope="col" class="words">{t("complaints.case")}</th>
            <th scope="col" class="words">{t("complaints.callback")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.id}>
              <th scope="row"><Link href={`/complaints/${one.id}`}><time dateTime={one.received_at}>{exact(one.received_at)}</time></Link></th>
              <td class="words">{sourceOf(one)}</td>
              <td class="words complaints-text">{one.text}</td>
              <td class="words">{[one.category && categoryName(one.category), one.township && placeName(one.township)].filter(Boolean).join(" · ") || "–"}</td>
              <td class="words numbers">{one.case.number}<span class="quiet complaints-under">{either(one.case.state_name, one.case.state_name_en)}</span></td>
              <td class="words">{capital(t(`complaints.callback_${one.callback}`))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How it came, with the number it has there. */
export const sourceOf = ({ channel, external_number }: Complaint): string => [capital(t(`complaints.channel_${channel}`)), external_number].filter(Boolean).join(" ");
