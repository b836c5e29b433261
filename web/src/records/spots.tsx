/** What people talk about where: cases and notes by cells, as shades on the map and as a list of the fullest. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import type { LonLat, MapView } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { Days } from "./list";
import { change, query } from "./view";

type Cell = Schema<"GridCell">;
const CELLS = ["100", "250", "500", "1000"];
const LISTED = 10;

export function Spots() {
  const { from, to, cell } = query.value;
  const [view, setView] = useState<MapView | null>(null);
  const read = useReading(`grid/${from}/${to}/${cell}`, () => answer(api.GET("/api/v1/listening/grid", { params: { query: { from, to, cell_m: Number(cell) } } })));
  const grid = read.value;
  useEffect(() => {
    if (!view || !grid) return;
    shade(view, grid.features);
    view.fit(grid.features.flatMap(corners), 14);
  }, [view, grid]);
  return (
    <section class="office-part" aria-labelledby="records-spots">
      <header><h2 id="records-spots">{t("records.view_spots")}</h2></header>
      <div class="office-filters">
        <Days />
        <label class="field"><span>{t("records.cell")}</span>
          <select value={cell} onChange={({ currentTarget }) => change({ cell: currentTarget.value })}>{CELLS.map((one) => <option key={one} value={one}>{one} m</option>)}</select>
        </label>
      </div>
      {read.error !== null && !grid && <Failed error={read.error} again={read.again} />}
      {!grid && read.error === null && <Waiting shape="rows" />}
      {grid && <p class="records-sentence">{t("records.spots_found", { cases: grid.cases, notes: grid.notes, cells: grid.features.length })}</p>}
      <div class="office-sides">
        <div class="records-ground"><LazyMap layers={["zones"]} zoom={12} opened={setView} /></div>
        {grid && grid.features.length > 0 && (
          <table class="office-table numbers">
            <thead><tr><th scope="col">{t("records.place")}</th><th scope="col">{t("records.cases")}</th><th scope="col">{t("records.notes")}</th></tr></thead>
            <tbody>
              {grid.features.slice(0, LISTED).map((one, place) => (
                <tr key={`${one.properties.east}/${one.properties.north}`}>
                  <th scope="row"><button type="button" class="plain" disabled={!view} onClick={() => view?.fit(corners(one), 16)}>{t("records.spot_n", { n: place + 1 })}</button></th>
                  <td>{one.properties.cases}</td><td>{one.properties.notes}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </section>
  );
}

const corners = ({ geometry }: Cell): LonLat[] => (geometry["coordinates"] as LonLat[][])[0] ?? [];

const SOURCE = "hot-spots";

/** The fuller, the darker, from a tenth to most of the colour; the number stands in the list. */
function shade({ map }: MapView, features: Cell[]): void {
  const most = Math.max(1, ...features.map(({ properties }) => properties.count));
  const data = { type: "FeatureCollection" as const, features: features as never[] };
  const there = map.getSource(SOURCE) as { setData: (data: object) => void } | undefined;
  if (there) there.setData(data);
  else map.addSource(SOURCE, { type: "geojson", data });
  const opacity = ["interpolate", ["linear"], ["get", "count"], 1, 0.15, Math.max(2, most), 0.75] as never;
  if (map.getLayer(SOURCE)) map.setPaintProperty(SOURCE, "fill-opacity", opacity);
  else map.addLayer({ id: SOURCE, type: "fill", source: SOURCE, paint: { "fill-color": getComputedStyle(map.getContainer()).getPropertyValue("--overdue").trim() || "#b3261e", "fill-opacity": opacity } });
}
