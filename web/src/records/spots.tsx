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
/** From here on a cell is wide enough for its words. */
const WORDS_ZOOM = 14.5;

function centre(cell: Cell): object {
  const [west, south] = corners(cell)[0] ?? [0, 0];
  const [east, north] = corners(cell)[2] ?? [0, 0];
  return { type: "Feature", properties: cell.properties, geometry: { type: "Point", coordinates: [(west + east) / 2, (south + north) / 2] } };
}

/** The fuller, the darker, from a tenth to most of the colour. From afar a dot, since a cell is less than one there; near by, its counts. */
function shade({ map }: MapView, features: Cell[]): void {
  const most = Math.max(2, ...features.map(({ properties }) => properties.count));
  const data = { type: "FeatureCollection" as const, features: [...features, ...features.map(centre)] as never[] };
  const there = map.getSource(SOURCE) as { setData: (data: object) => void } | undefined;
  if (there) there.setData(data);
  else map.addSource(SOURCE, { type: "geojson", data });
  const grown = (from: number, to: number) => ["interpolate", ["linear"], ["get", "count"], 1, from, most, to] as never;
  if (!map.getLayer(SOURCE)) draw(map);
  map.setPaintProperty(SOURCE, "fill-opacity", grown(0.15, 0.75));
  map.setPaintProperty(`${SOURCE}-far`, "circle-radius", grown(3, 10));
}

function draw(map: MapView["map"]): void {
  const colour = (name: string, else_: string) => getComputedStyle(map.getContainer()).getPropertyValue(name).trim() || else_;
  const spot = colour("--overdue", "#b3261e");
  const point = ["==", ["geometry-type"], "Point"] as never;
  const said = ["concat", `${t("records.cases")} `, ["get", "cases"], `\n${t("records.notes")} `, ["get", "notes"]] as never;
  map.addLayer({ id: SOURCE, type: "fill", source: SOURCE, paint: { "fill-color": spot } });
  map.addLayer({ id: `${SOURCE}-far`, type: "circle", source: SOURCE, filter: point, maxzoom: 13, paint: { "circle-color": spot, "circle-opacity": 0.55 } });
  map.addLayer({ id: `${SOURCE}-words`, type: "symbol", source: SOURCE, filter: point, minzoom: WORDS_ZOOM, layout: { "text-field": said, "text-font": ["Bold"], "text-size": 12 }, paint: { "text-color": colour("--ink", "#1c1b1a"), "text-halo-color": colour("--panel", "#ffffff"), "text-halo-width": 1.5 } });
}
