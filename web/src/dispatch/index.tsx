/** The dispatcher's desk: list, map and case side by side, all three of one query that is the address. */
import { useEffect, useState } from "preact/hooks";
import { loadNames } from "../cases";
import { t } from "../words";
import { Batch, DoneNotice } from "./batch";
import { ANEW_MS, loadCounts, recount } from "./counts";
import { helping, touched } from "./desk";
import "../words/office";
import "./dispatch.css";
import { Help, useKeys } from "./keys";
import { List } from "./list";
import { directs, listen, type Change } from "./live";
import { MapPane } from "./map_pane";
import { loadOnDuty, moveOnDuty } from "./on_duty";
import { Panel } from "./panel";
import { filtersKey, query, readAddress } from "./query";
import { load, refresh } from "./rows";
import { alarm, loadCalls, SosBar } from "./sos";
import { Lost, Top } from "./top";

/** What is counted, called and known besides the list; each is read again with the next change or minute. */
function readAround(): void {
  for (const read of [loadCounts, loadCalls, ...(directs() ? [loadOnDuty] : [])]) void read().catch(() => undefined);
}

function heard(changes: Change[]): void {
  const cases = new Set(changes.flatMap((change) => change.case ?? []));
  if (cases.size) {
    touched.value = cases;
    void refresh(cases);
    recount();
  }
  if (changes.some(({ kind }) => kind.startsWith("sos."))) void loadCalls().catch(() => undefined);
}

export default function Desk() {
  const [side, setSide] = useState<"list" | "map">("list");
  const filters = filtersKey(query.value);
  const number = query.value.case;
  useKeys();
  useEffect(() => {
    readAddress();
    loadNames();
    readAround();
    const anew = setInterval(recount, ANEW_MS);
    const stops = [
      alarm(),
      listen({
        changes: heard,
        gap: () => {
          readAround();
          void load();
        },
        officers: moveOnDuty,
      }),
    ];
    return () => {
      clearInterval(anew);
      for (const stop of stops) stop();
    };
  }, []);
  useEffect(() => void load(), [filters]);
  return (
    <div class={`desk ${number ? "with-case" : ""} show-${side}`}>
      <Top />
      <Lost />
      <SosBar />
      <main class="desk-body">
        <div class="desk-left">
          <List />
          <Batch />
        </div>
        <MapPane />
        {number && <Panel key={number} number={number} />}
      </main>
      <div class="desk-sides" role="group">
        {(["list", "map"] as const).map((each) => (
          <button type="button" key={each} class="button" aria-pressed={side === each} onClick={() => setSide(each)}>{t(`desk.view_${each}`)}</button>
        ))}
      </div>
      <DoneNotice />
      {helping.value && <Help />}
    </div>
  );
}
