/** Where a bay is missing (应划尽划): totals by township, each stretch on the map and in the table, and all of it as CSV. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import type { ShapeMark } from "../map";
import { placeName, townships } from "../manager/names";
import { Failed } from "../ui/failing";
import { type Reading, useReading } from "../ui/reading";
import { save } from "../ui/saving";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { Ground } from "./ground";
import { change, query, readAddress } from "./query";

type Gap = Schema<"GapFeature">;
type Vehicle = "bike" | "car";
/** The district itself is among the bodies. */
const TOWNSHIP = /^\d{9}$/;
const PAGE = 500;
const PAGES_MAX = 40;
const ROWS = 300;

async function fetchGaps(vehicle: Vehicle, township: string): Promise<Gap[]> {
  const found: Gap[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const came: Schema<"GapCollection"> = await answer(
      api.GET("/api/v1/parking/gaps", { params: { query: { vehicle, limit: PAGE, ...(township && { township }), ...(cursor && { cursor }) } } }),
    );
    found.push(...came.features);
    cursor = came.next;
    if (!cursor) break;
  }
  return found;
}

export function Gaps() {
  useEffect(readAddress, []);
  const { vehicle, township, zone } = query.value;
  const totals = useReading(`importing.gap_totals.${vehicle}`, () => answer(api.GET("/api/v1/parking/gaps/totals", { params: { query: { vehicle } } })), { seen: false });
  const gaps = useReading(`importing.gaps.${vehicle}.${township}`, () => fetchGaps(vehicle, township), { seen: false });
  const rows = useMemo(() => [...(gaps.value ?? [])].sort((a, b) => (b.properties.length_m ?? 0) - (a.properties.length_m ?? 0)), [gaps.value]);
  const shapes = useMemo(() => rows.map(({ id, geometry }): ShapeMark => ({ role: id === zone ? "told" : "fault", shape: geometry as ShapeMark["shape"] })), [rows, zone]);
  const chosen = rows.find(({ id }) => id === zone);
  const [all, setAll] = useState(false);
  return (
    <>
      <h1>{t("importing.gaps")}</h1>
      <form class="office-filters" aria-label={t("importing.gap_filters")} onSubmit={(event) => event.preventDefault()}>
        <label class="field"><span>{t("importing.field_vehicle")}</span>
          <select value={vehicle} onChange={({ currentTarget }) => change({ vehicle: currentTarget.value as Vehicle, zone: "" })}>
            {(["bike", "car"] as const).map((one) => <option key={one} value={one}>{t(`importing.vehicle_${one}`)}</option>)}
          </select>
        </label>
        <label class="field"><span>{t("importing.field_township")}</span>
          <select value={township} onChange={({ currentTarget }) => change({ township: currentTarget.value, zone: "" })}>
            <option value="">{t("importing.whole_district")}</option>
            {[...townships.value].filter(([code]) => TOWNSHIP.test(code)).map(([code, name]) => <option key={code} value={code}>{name}</option>)}
          </select>
        </label>
        {totals.value && <p class="quiet">{t("importing.gap_rule", { n: totals.value.within_m, sides: t(`importing.sides_${totals.value.sides}`), bays: totals.value.bays, streets: totals.value.streets })}</p>}
      </form>
      <Totals read={totals} />
      {gaps.error !== null && !gaps.value && <Failed error={gaps.error} again={gaps.again} />}
      {!gaps.value && gaps.error === null && <Waiting what={t("importing.gaps_loading")} shape="rows" />}
      {gaps.value && !rows.length && <p class="office-empty">{t("importing.gaps_none")}</p>}
      {rows.length > 0 && (
        <section class={`office-part ${gaps.stale ? "stale" : ""}`} aria-labelledby="importing-stretches">
          <header>
            <h2 id="importing-stretches">{t("importing.stretches", { n: rows.length })}</h2>
            <button type="button" class="plain" onClick={() => save(csv(rows), `parking_gaps_${vehicle}${township && `_${township}`}.csv`)}>{t("importing.as_csv")}</button>
          </header>
          <div class="importing-sides">
            <Ground shapes={shapes} at={{ key: `${vehicle}/${township}/${zone}`, shapes: (chosen ? [chosen] : rows).map(({ geometry }) => geometry as ShapeMark["shape"]) }} legend={["fault", "told"]} named={{ fault: t("importing.gap"), told: t("importing.gap_chosen") }} layers={["zones", "parking"]} />
            <div class="importing-beside">
              <ul class="importing-zones" aria-labelledby="importing-stretches">
                {rows.slice(0, all ? rows.length : ROWS).map(({ id, properties }) => (
                  <li key={id} {...(id === zone && { "aria-current": "true" as const })}>
                    <button type="button" onClick={() => change({ zone: id }, "replace")}>
                      <strong>{properties.street ?? t("importing.no_street")}</strong>{" "}
                      <span class="numbers">{properties.length_m !== null ? t("importing.metres", { n: Math.round(properties.length_m) }) : t("importing.attractor")}</span>
                      <span class="quiet">{[properties.township && placeName(properties.township), properties.side && t(`importing.side_${properties.side}`), t("importing.gap_zones", { n: properties.zones.length })].filter(Boolean).join(" · ")}</span>
                    </button>
                  </li>
                ))}
              </ul>
              {!all && rows.length > ROWS && <button type="button" class="plain" onClick={() => setAll(true)}>{t("importing.more")}</button>}
            </div>
          </div>
        </section>
      )}
    </>
  );
}

function Totals({ read }: { read: Reading<Omit<Schema<"GapTotals">, "next">> }) {
  if (read.error !== null && !read.value) return <Failed error={read.error} again={read.again} />;
  if (!read.value) return <Waiting shape="rows" />;
  return (
    <section class="office-part" aria-labelledby="importing-totals">
      <header><h2 id="importing-totals">{t("importing.totals")}</h2></header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="importing-totals">
        <table class="office-table">
          <thead>
            <tr>
              {(["field_township", "front_m", "gap_m", "covered", "stretches_n", "attractors_without"] as const).map((name) => <th key={name} scope="col">{t(`importing.${name}`)}</th>)}
            </tr>
          </thead>
          <tbody>
            {read.value.items.map((one) => (
              <tr key={one.township ?? ""} aria-selected={one.township !== null && one.township === query.value.township}>
                <td>{one.township ? <button type="button" class="plain" onClick={() => change({ township: one.township!, zone: "" })}>{placeName(one.township)}</button> : t("importing.no_township")}</td>
                <td class="numbers">{Math.round(one.front_m)}</td><td class="numbers">{Math.round(one.gap_m)}</td>
                <td class="numbers">{one.covered_share === null ? "—" : `${Math.round(one.covered_share * 100)} %`}</td>
                <td class="numbers">{one.stretches}</td><td class="numbers">{one.attractors_without}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** With a mark at its beginning, so that spreadsheets read it as UTF-8. */
function csv(rows: readonly Gap[]): Blob {
  const cell = (value: unknown) => {
    const text = String(value ?? "");
    // What a spreadsheet would take for a formula is a text.
    return `"${(/^[=+\-@\t\r]/.test(text) && typeof value === "string" ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const names = [t("importing.what"), t("importing.street"), t("importing.side"), t("importing.field_township"), t("importing.gap_m"), t("importing.zones")];
  const lines = rows.map(({ properties: one }) => [one.what, one.street, one.side && t(`importing.side_${one.side}`), one.township && placeName(one.township), one.length_m && Math.round(one.length_m * 10) / 10, one.zones.join(" ")]);
  return new Blob(["\ufeff", [names, ...lines].map((line) => line.map(cell).join(",")).join("\r\n")], { type: "text/csv;charset=utf-8" });
}
