/** Two rules that would both hold, and a report that shows it: what, when, and where on the map. */
import { useEffect, useRef } from "preact/hooks";
import { answer, api } from "../api/client";
import { categoryName } from "../cases";
import { placeName } from "../manager/names";
import type { LonLat, MapView } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { useReading } from "../ui/reading";
import { exact, t } from "../words";

export interface Tie {
  rules: [string, string];
  example: { category: string | null; zone_kind: string | null; zone: string | null; township: string | null; at: string };
}

export function Ties({ ties }: { ties: Tie[] }) {
  const first = ties[0]!;
  return (
    <>
      <ul>
        {ties.map(({ rules, example }) => (
          <li key={rules.join()}>
            {t("settings.tie", { first: rules[0], second: rules[1], category: example.category ? categoryName(example.category) : t("settings.any_category"), where: whereOf(example), at: exact(`${example.at}+08:00`) })}
          </li>
        ))}
      </ul>
      <TieMap key={first.rules.join()} tie={first} />
    </>
  );
}

function whereOf({ zone, township }: Tie["example"]): string {
  return [township && placeName(township), zone].filter(Boolean).join(" · ") || t("settings.anywhere");
}

type Ring = LonLat[];

/** The outlines of a polygon or several. */
function ringsOf(geometry: { type: string; coordinates: unknown[] }): Ring[] {
  return (geometry.type === "MultiPolygon" ? (geometry.coordinates as Ring[][]).flat() : geometry.coordinates) as Ring[];
}

function TieMap({ tie }: { tie: Tie }) {
  const { zone, zone_kind, township } = tie.example;
  const kind = zone && zone_kind ? zone_kind : "township";
  const code = zone && zone_kind ? zone : township;
  const map = useRef<MapView | null>(null);
  const read = useReading(code ? `settings/tie/${kind}/${code}` : null, async () => (await answer(api.GET("/api/v1/zones/{kind}/{code}", { params: { path: { kind: kind as "township", code: code! } } }))).geometry);
  const draw = () => {
    const geometry = read.value;
    if (!map.current || !geometry) return;
    const rings = geometry.type === "Point" ? [] : ringsOf(geometry as { type: string; coordinates: unknown[] });
    const all = geometry.type === "Point" ? [geometry.coordinates as unknown as LonLat] : rings.flat();
    const middle: LonLat = [all.reduce((sum, [lon]) => sum + lon, 0) / all.length, all.reduce((sum, [, lat]) => sum + lat, 0) / all.length];
    map.current.setLines([{ stretches: rings, rank: 0 }], [{ at: middle, label: "!" }]);
    map.current.fit(all);
  };
  useEffect(draw, [read.value]);
  if (!code) return null;
  return (
    <figure class="settings-map" data-tie={read.value ? "drawn" : "waiting"}>
      <LazyMap layers={["zones"]} zoom={11} opened={(view) => { map.current = view; draw(); }} />
      <figcaption>{t("settings.tie_map", { where: whereOf(tie.example) })}</figcaption>
    </figure>
  );
}
