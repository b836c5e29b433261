/** The map of coverage: how fronts stand, the fronts of the chosen street, a round in its order, and who walks now. */
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { FrontMark, LonLat, MapView } from "../map";
import { beginnings } from "../map/along";
import { LazyMap } from "../officer/lazy_map";
import { t } from "../words";
import { fetchStreet, fetchSums, type Front, type Sums } from "./asking";
import { Sign } from "./measures";
import { daysOf, query, STATUSES, whichKey } from "./query";
import { useAsked, walked } from "./reading";
import { draft, inView, shownSent } from "./round_state";
import { onDuty } from "../dispatch/on_duty";

type Shaped = { geometry: FrontMark["area"]; properties: Front };

export function Ground() {
  const map = useRef<MapView | null>(null);
  const ends = useRef<() => void>(() => undefined);
  const of = query.value;
  const days = daysOf(of);
  const street = useAsked(of.street ? `street/${JSON.stringify([days, ...whichKey(of)])}` : null, () => fetchStreet(of, days));
  const drawn = useRef("");
  const show = () => {
    const view = map.current;
    if (!view) return;
    const features = (street.stale ? [] : (street.value?.features ?? [])) as unknown as Shaped[];
    view.setFronts(features.map(({ geometry, properties }) => ({ code: properties.zone.code, status: properties.status, seen: seenOf(properties), area: geometry })));
    const key = `${of.township}/${of.street}`;
    if (!features.length || drawn.current === key) return;
    drawn.current = key;
    view.fit(features.flatMap(({ geometry }) => (geometry.coordinates as unknown[]).flat(3)).reduce<LonLat[]>((all, value, place, flat) => (place % 2 ? [...all, [flat[place - 1] as number, value as number]] : all), []));
  };
  useEffect(show, [street.value, street.stale]);
  useEffect(() => {
    map.current?.showCoverage(days.from, days.to);
  }, [days.from, days.to, walked.value]);
  const sums = useAsked(`streets/${JSON.stringify([days, ...whichKey(of)])}`, () => fetchSums(of, days, "street"));
  const shares = useMemo(() => overdueShares(sums.value?.items ?? []), [sums.value]);
  useEffect(() => map.current?.setStreets(shares), [shares]);
  useEffect(() => () => ends.current(), []);

  function opened(view: MapView): void {
    map.current = view;
    view.showCoverage(days.from, days.to);
    view.setStreets(shares);
    show();
    const stops = [
      drawRounds(view),
      effect(() => view.setOfficers([...onDuty.value.values()].flatMap(({ account, name, position, recorded_at }) => (position && recorded_at ? [{ id: account, name, at: [position.lon, position.lat] as LonLat, recorded_at }] : [])))),
    ];
    ends.current = () => {
      for (const stop of stops) stop();
      map.current = null;
    };
  }
  return (
    <section class="manager-ground" aria-label={t("manager.map")}>
      <LazyMap layers={["zones", "coverage", "officers"]} zoom={13} opened={opened} onMove={(bounds) => (inView.value = bounds)} />
      <ul class="manager-legend">
        {STATUSES.map((status) => <li key={status}><Sign of={status} /> {t(`manager.status_${status}`)}</li>)}
        {of.street && <li><span class="manager-sign certain" aria-hidden="true" /> {t("manager.surely_seen")}</li>}
        {of.street && <li><span class="manager-sign probable" aria-hidden="true" /> {t("manager.probably_seen")}</li>}
      </ul>
    </section>
  );
}

/** Of each street by its name, how many of its fronts are late or were never visited. */
function overdueShares(streets: readonly Sums[]): Map<string, number> {
  const all = new Map<string, [bad: number, of: number]>();
  for (const { street, late, never, zones } of streets) {
    if (!street) continue;
    const [bad, known] = all.get(street) ?? [0, 0];
    all.set(street, [bad + late + never, known + zones]);
  }
  return new Map([...all].map(([street, [bad, known]]) => [street, bad / Math.max(1, known)]));
}

function seenOf(front: Front): FrontMark["seen"] {
  if (front.certain_m > 0) return "certain";
  return front.seen_m > 0 ? "probable" : "none";
}

/** Draws the round that is being made, else the one that is looked at; goes there when it is another than before. */
function drawRounds(view: MapView): () => void {
  let shown: unknown = null;
  return effect(() => {
    const made = draft.value;
    const sent = made ? null : shownSent.value;
    const round = made ?? sent;
    const line = round?.line?.coordinates as LonLat[] | undefined;
    if (!round || !line) return view.setLines([]);
    view.setLines(
      [{ stretches: [line], rank: 0 }],
      beginnings(line, round.streets).map((at, place) => ({ at, label: String(place + 1), done: sent?.streets[place]?.zones.every((zone) => zone.seen_at) })),
    );
    const name = made ?? sent?.id;
    if (name === shown) return;
    shown = name;
    view.fit(line);
  });
}
