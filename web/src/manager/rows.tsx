/** The rows behind a number: fronts with what was seen of them, how they stand, since when; read on as far as one likes. */
import { useEffect, useRef, useState } from "preact/hooks";
import { fetched } from "../api/client";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { exact, relative, t } from "../words";
import { fetchRows, type Front } from "./asking";
import { metres, overdue, SeenBar, Sign } from "./measures";
import { placeName } from "./names";
import { change, daysOf, query, whichKey, whereOf } from "./query";
import { useAsked } from "./reading";
import { save } from "../ui/saving";

export function Rows() {
  const of = query.value;
  const days = daysOf(of);
  const status = of.rows || "all";
  const key = JSON.stringify([days, ...whichKey(of), status, of.officer]);
  // A look at one officer is noted each time: it is not asked anew by itself.
  const read = useAsked(`rows/${key}`, () => fetchRows(of, days, status), !of.officer);
  const [more, setMore] = useState<{ of: string; items: Front[]; next: string | null }>({ of: "", items: [], next: null });
  const known = more.of === key ? more : { of: key, items: [], next: read.value?.next ?? null };
  const [failed, setFailed] = useState<unknown>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [status]);
  const rows = [...(read.value?.items ?? []), ...known.items];
  const further = () =>
    fetchRows(of, days, status, known.next!).then((page) => setMore({ of: key, items: [...known.items, ...page.items], next: page.next }), setFailed);
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="manager-rows">
      <header>
        <h2 id="manager-rows" ref={heading} tabIndex={-1}>{status === "all" ? t("manager.fronts") : t(`manager.status_${status}`)}{of.street && ` · ${of.street}`}</h2>
        <span>
          <button type="button" class="plain" onClick={() => void download(setFailed)}>{t("manager.as_csv")}</button>{" "}
          <button type="button" class="button" onClick={() => change({ rows: "" })}>{t("manager.back_to_streets")}</button>
        </span>
      </header>
      {of.officer && <p class="notice">{t("manager.officer_noted")}</p>}
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={6} />}
      {read.value && !rows.length && <p class="office-empty">{t("manager.no_rows")}</p>}
      <ul class="manager-rows">
        {rows.map((front) => <Row key={`${front.zone.kind}:${front.zone.code}`} front={front} />)}
      </ul>
      {failed !== null && <Failed error={failed} />}
      {known.next && <button type="button" class="plain" onClick={() => void further()}>{t("manager.more")}</button>}
    </section>
  );
}

function Row({ front }: { front: Front }) {
  const { zone } = front;
  return (
    <li>
      <Sign of={front.status} />
      <span class="manager-row-name">
        <strong>{zone.name || zone.code}</strong> <span class="quiet numbers">{zone.code}</span>
        <span class="quiet">{[zone.street, zone.township && placeName(zone.township)].filter(Boolean).join(" · ")}</span>
      </span>
      <span class="manager-row-facts numbers">
        <SeenBar certain={front.certain_m} seen={front.seen_m} of={front.length_m} />
        <span class="quiet">{metres(front.seen_m)} / {metres(front.length_m)}</span>
        <span>
          {t(`manager.status_${front.status}`)}
          {front.overdue_s !== null && <em class="office-bad"> {t("manager.overdue", { time: overdue(front.overdue_s) })}</em>}
        </span>
        {front.last_at && <time class="quiet" dateTime={front.last_at} title={exact(front.last_at)}>{t("manager.last_seen", { when: relative(front.last_at) })}</time>}
      </span>
    </li>
  );
}

async function download(failed: (error: unknown) => void): Promise<void> {
  const of = query.peek();
  const asked = new URLSearchParams({ ...whereOf(of), ...(of.team ? { team: of.team } : {}), ...daysOf(of), ...(of.rows && of.rows !== "all" ? { status: of.rows } : {}), ...(of.officer ? { officer: of.officer } : {}) });
  try {
    const response = await fetched(`/api/v1/coverage.csv?${asked}`);
    save(await response.blob(), `coverage_${daysOf(of).from}_${daysOf(of).to}.csv`);
    failed(null);
  } catch (error) {
    failed(error);
  }
}
