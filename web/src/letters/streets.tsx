/** How many of each street have signed; of the street that is open those who have not, to sign or to print. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { session } from "../api/client";
import { placeName, townships } from "../manager/names";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { day, t } from "../words";
import { fetchCoverage, fetchStreets, printLetters, type Street, type Unsigned } from "./asking";
import { change, query, readAddress } from "./query";
import { SignSheet } from "./sign";

const percent = (share: number | null): string => (share === null ? "—" : `${Math.floor(share * 100)}%`);
const isOpen = (one: Street): boolean => one.road === query.value.road && (one.township ?? "") === query.value.of;

export function StreetsPage() {
  const [at] = useLocation();
  useEffect(readAddress, [at]);
  const [tick, setTick] = useState(0);
  const { township, road, of } = query.value;
  const read = useReading(`letters ${township}`, () => fetchStreets(township), { tick });
  const items = read.value?.items ?? [];
  const total = items.reduce((sum, one) => sum + one.total, 0);
  const signed = items.reduce((sum, one) => sum + one.signed, 0);
  return (
    <>
      <header class="letters-head">
        <h1>{read.value ? t("letters.headline", { signed, total, share: percent(total ? signed / total : null) }) : t("letters.title")}</h1>
        {session.value?.user.organisation.kind === "district" && <Townships />}
      </header>
      <p><Link href={`/subjects?${new URLSearchParams({ signed: "false", ...(township && { township }) })}`}>{t("letters.unsigned_subjects")} ›</Link></p>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("letters.no_streets")}</p>}
      {items.length > 0 && (
        <div class={`letters-sides ${read.stale ? "stale" : ""}`}>
          <Streets items={items} />
          {!road && <p class="office-empty">{t("letters.choose")}</p>}
          {road && <Open key={`${of} ${road}`} road={road} township={of} tick={tick} changed={() => setTick(tick + 1)} />}
        </div>
      )}
    </>
  );
}

function Townships() {
  const known = [...townships.value].filter(([code]) => code.length === 9);
  return (
    <label class="field letters-township">
      <span>{t("letters.township")}</span>
      <select value={query.value.township} onChange={({ currentTarget }) => change({ township: currentTarget.value, road: "", of: "" })}>
        <option value="">{t("letters.all_townships")}</option>
        {known.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
      </select>
    </label>
  );
}

function Streets({ items }: { items: Street[] }) {
  const answered = items.filter((one) => one.total > 0);
  return (
    <section class="office-part" aria-labelledby="letters-streets">
      <header><h2 id="letters-streets">{t("letters.streets")}</h2></header>
      <ul class="letters-streets">
        {answered.map((one) => (
          <li key={`${one.township} ${one.road}`}>
            <button type="button" aria-pressed={isOpen(one)} onClick={() => change({ road: one.road ?? "", of: one.township ?? "" })} disabled={!one.road}>
              <b>{one.road ?? t("letters.no_road")}</b>
              <span class="quiet">{one.township ? placeName(one.township) : t("letters.no_township")}</span>
              <meter min={0} max={1} value={one.share ?? 0} aria-hidden="true" />
              <span class="numbers">{percent(one.share)}</span>
              <span class="numbers quiet">{t("letters.of_n", { signed: one.signed, total: one.total })}</span>
            </button>
          </li>
        ))}
      </ul>
      {answered.length < items.length && <p class="quiet">{t("letters.unregistered", { n: items.length - answered.length })}</p>}
    </section>
  );
}

interface Shown {
  road: string;
  township: string;
  tick: number;
  changed: () => void;
}

function Open({ road, township, tick, changed }: Shown) {
  const narrowed = { road, ...(township && { township }) };
  const read = useReading(`letters ${township} ${road}`, () => fetchCoverage(narrowed), { tick });
  const [signing, setSigning] = useState<Unsigned | null>(null);
  const [older, setOlder] = useState<Unsigned[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const [said, setSaid] = useState("");
  const printing = useDoing();
  const more = useDoing();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    setOlder([]);
    setNext(undefined);
  }, [tick]);
  const told = read.value;
  const unsigned = [...(told?.unsigned ?? []), ...older];
  const cursor = next === undefined ? told?.next : next;
  const load = async () => {
    const page = await fetchCoverage({ ...narrowed, cursor: cursor! });
    setOlder([...older, ...page.unsigned]);
    setNext(page.next);
  };
  return (
    <section class="office-part" aria-labelledby="letters-open">
      <header>
        <h2 id="letters-open" ref={title} tabIndex={-1}>{road}</h2>
        {unsigned.length > 0 && (
          <button type="button" class="button" disabled={printing.busy} onClick={() => void printing.run(() => printLetters(narrowed))}>
            {t(printing.busy ? "letters.printing" : "letters.print_unsigned", { n: unsigned.length })}
          </button>
        )}
      </header>
      <p class="unseen" role="status">{said}</p>
      {printing.error !== null && <Failed error={printing.error} />}
      {read.error !== null && !told && <Failed error={read.error} again={read.again} />}
      {!told && read.error === null && <Waiting shape="rows" />}
      {told && (
        <p class="quiet">
          {t("letters.open_told", { signed: told.signed, total: told.total, refused: told.refused })}
          {told.without_subject > 0 && ` ${t("letters.without_subject", { n: told.without_subject })}`}
        </p>
      )}
      {told && unsigned.length === 0 && <p class="office-empty">{t("letters.all_signed")}</p>}
      <ul class="letters-unsigned">
        {unsigned.map((one) => (
          <li key={one.zone}>
            <span>
              <b>{one.subject_name}</b>
              <span class="quiet numbers">{one.subject} · {one.zone_name}</span>
              {one.refused_at && <em>{t("letters.refused_on", { on: day(one.refused_at) })}</em>}
            </span>
            <button type="button" class="button" onClick={() => setSigning(one)} aria-label={t("letters.sign_of", { name: one.subject_name })}>{t("letters.sign")}</button>
          </li>
        ))}
      </ul>
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("letters.more")}</button>}
      {signing && (
        <SignSheet
          of={signing}
          onClosed={() => setSigning(null)}
          onKept={() => {
            setSaid(t("letters.kept", { name: signing.subject_name }));
            // The row it was opened from goes.
            title.current?.focus();
            changed();
          }}
        />
      )}
    </section>
  );
}
