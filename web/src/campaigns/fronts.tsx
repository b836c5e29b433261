/** The fronts behind the figures, by how they stand. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { placeName } from "../manager/names";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, relative, t } from "../words";
import { type Campaign, fetchZones, type Zone } from "./asking";

const STATES = ["", "open", "unseen", "fixed", "clean"] as const;
/** Those that stand so; empty: all. */
export type Shown = (typeof STATES)[number];

interface Asked {
  id: string;
  township: string;
  tick: number;
  checklist: Campaign["checklist"];
}

export function Fronts({ id, township, shown: state, show, tick, checklist }: Asked & { shown: Shown; show: (state: Shown) => void }) {
  return (
    <section class="office-part" aria-labelledby="campaigns-fronts">
      <header>
        <h2 id="campaigns-fronts">{t("campaigns.fronts")}</h2>
        <div class="office-choice" role="group" aria-labelledby="campaigns-fronts">
          {STATES.map((one) => <button key={one} type="button" aria-pressed={state === one} onClick={() => show(one)}>{t(one ? `campaigns.zone_${one}` : "campaigns.zone_all")}</button>)}
        </div>
      </header>
      <List key={`${township}/${state}`} id={id} township={township} state={state} tick={tick} checklist={checklist} />
    </section>
  );
}

function List({ id, township, state, tick, checklist }: Asked & { state: Shown }) {
  const [older, setOlder] = useState<Zone[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  const read = useReading(`campaign-zones/${id}/desk/${township}/${state}`, () => fetchZones(id, township, state), { tick });
  const names = new Map(checklist.map((item) => [item.code, either(item.text, item.text_en)]));
  const items = [...(read.value?.items ?? []), ...older];
  const cursor = next === undefined ? read.value?.next : next;
  const load = async () => {
    const page = await fetchZones(id, township, state, cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  if (!read.value) return read.error !== null ? <Failed error={read.error} again={read.again} /> : <Waiting shape="rows" />;
  if (items.length === 0) return <p class="office-empty">{t("campaigns.no_fronts")}</p>;
  return (
    <>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="campaigns-fronts">
        <table class="office-table">
          <thead><tr><th scope="col">{t("campaigns.front")}</th><th scope="col" class="words">{t("manager.township")}</th><th scope="col" class="words">{t("campaigns.state")}</th><th scope="col" class="words">{t("campaigns.open_items")}</th><th scope="col">{t("campaigns.looks")}</th><th scope="col">{t("campaigns.visits")}</th><th scope="col">{t("campaigns.last_look")}</th></tr></thead>
          <tbody>
            {items.map((zone) => (
              <tr key={zone.code}>
                <th scope="row">{zone.name} <span class="quiet numbers">{zone.code}</span></th>
                <td class="words">{zone.township ? placeName(zone.township) : t("manager.no_township")}</td>
                <td class="words">{zone.state === "open" ? <em class="office-bad">{t("campaigns.zone_open")}</em> : t(`campaigns.zone_${zone.state}`)}</td>
                <td class="words">{zone.open_items.map((code) => names.get(code) ?? code).join("、")}</td>
                <td class="numbers">{zone.looks}</td><td class="numbers">{zone.visits}</td>
                <td class="numbers">{zone.last_look_at && <time dateTime={zone.last_look_at} title={exact(zone.last_look_at)}>{relative(zone.last_look_at)}</time>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("campaigns.more")}</button>}
    </>
  );
}
