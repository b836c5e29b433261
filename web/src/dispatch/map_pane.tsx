/** The map between list and panel: the rows of the list, people on duty, candidates; what is picked on it is picked everywhere. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { now, standing } from "../cases";
import type { MapView } from "../map";
import { t } from "../words";
import { candidates, chooseCandidate, opened, openCase } from "./desk";
import { onDuty } from "./on_duty";
import { change, query } from "./query";
import { places } from "./places";
import { loading, tick } from "./rows";
import { calls, lookAt } from "./sos";
import type { Candidate } from "./nearest";

type Bounds = [west: number, south: number, east: number, north: number];
type Polygon = { coordinates: number[][][] };
let view: MapView | null = null;
let bounds: Bounds | null = null;

export function MapPane() {
  const host = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"waiting" | "ready" | "failed">("waiting");
  const [officer, setOfficer] = useState<string | null>(null);
  useEffect(() => {
    let gone = false;
    let end = () => {};
    void open(host.current!, setOfficer).then(
      (ended) => {
        if (gone) return ended();
        end = ended;
        setState("ready");
      },
      () => setState("failed"),
    );
    return () => {
      gone = true;
      end();
    };
  }, []);
  const one = officer ? onDuty.value.get(officer) : undefined;
  return (
    <section class="desk-map" aria-label={t("desk.map")}>
      <div class="desk-ground" ref={host} />
      {state !== "ready" && <p class="desk-map-says quiet" role="status">{t(state === "waiting" ? "desk.map_waiting" : "desk.map_failed")}</p>}
      {state === "ready" && (
        <div class="desk-map-tools">
          <button type="button" class="button" onClick={() => void select("lasso")}>{t("desk.map_lasso")} <kbd aria-hidden="true">L</kbd></button>
          <button type="button" class="button" onClick={() => void select("box")}>{t("desk.map_box")} <kbd aria-hidden="true">B</kbd></button>
          <button type="button" class="button" onClick={() => bounds && change({ bbox: bounds.map((side) => side.toFixed(5)).join(",") })}>{t("desk.filter_bbox")}</button>
        </div>
      )}
      {one && (
        <p class="desk-officer" role="status">
          <strong>{one.name}</strong> {one.body.name}
          <button type="button" class="plain" aria-label={t("case.close_dialog")} onClick={() => setOfficer(null)}>✕</button>
        </p>
      )}
    </section>
  );
}

/** Ticks what lies within an area drawn on the map. */
export async function select(how: "lasso" | "box"): Promise<void> {
  const area = (await view?.[how]()) as Polygon | null | undefined;
  const ring = area?.coordinates[0];
  if (!ring) return;
  tick(places.peek().filter(({ at: [lon, lat] }) => inside(ring, lon, lat)).map(({ number }) => number), "on");
}

function inside(ring: readonly number[][], x: number, y: number): boolean {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [ax, ay] = ring[i] as [number, number];
    const [bx, by] = ring[j] as [number, number];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

async function open(host: HTMLElement, showOfficer: (account: string) => void): Promise<() => void> {
  const { openMap } = await import("../map");
  const told = query.peek().bbox.split(",").map(Number) as Bounds;
  const made = await openMap(host, { layers: ["zones", "parking"], onMove: (moved) => (bounds = moved) });
  view = made;
  let placed = false;
  const stops = [
    made.onSelect((picked) => {
      if (picked.kind === "case") openCase(picked.id);
      else if (picked.kind === "candidate") chooseCandidate(Number(picked.id));
      else showOfficer(picked.id);
    }),
    effect(() => {
      const at = now.value;
      const one = opened.value;
      const marks = one && !places.value.some(({ number }) => number === one.number)
        ? [...places.value, { number: one.number, at: [one.position.lon, one.position.lat] as [number, number], clock: standing(one, at) }]
        : places.value;
      made.setCases(marks);
      if (placed || loading.value || !marks.length) return;
      placed = true;
      if (told.length === 4) made.fit([[told[0], told[1]], [told[2], told[3]]]);
      else made.fit(middle(marks.map((mark) => mark.at)));
    }),
    effect(() => made.select(query.value.case || null)),
    effect(() => {
      const one = opened.value;
      if (one && one.number === query.value.case) near([one.position.lon, one.position.lat]);
    }),
    effect(() => {
      const calling = new Set(calls.value.map((call) => call.account));
      made.setOfficers([...onDuty.value].flatMap(([id, { name, position, recorded_at }]) =>
        position && recorded_at ? [{ id, name, at: [position.lon, position.lat] as [number, number], recorded_at, sos: calling.has(id) }] : []));
    }),
    effect(() => {
      if (lookAt.value) made.fly(lookAt.value, 17);
    }),
    effect(() => void draw(made, candidates.value)),
  ];
  return () => {
    for (const stop of stops) stop();
    view = null;
    made.close();
  };
}

/** Of many places those that are not far out, so that one odd report does not shrink the rest to a dot. */
function middle(places: [number, number][]): [number, number][] {
  if (places.length < 20) return places;
  const between = (axis: 0 | 1) => {
    const sorted = places.map((place) => place[axis]).sort((a, b) => a - b);
    return [sorted[Math.floor(sorted.length * 0.02)]!, sorted[Math.floor(sorted.length * 0.98)]!] as const;
  };
  const [west, east] = between(0);
  const [south, north] = between(1);
  return places.filter(([lon, lat]) => lon >= west && lon <= east && lat >= south && lat <= north);
}

/** This share of the map on each side is too near its edge. */
const EDGE = 0.1;

/** Moves only when the place is out of sight. */
function near(at: [number, number]): void {
  const inside = (axis: 0 | 1) => {
    const [from, to] = [bounds![axis], bounds![axis + 2]!];
    const edge = (to - from) * EDGE;
    return at[axis] > from + edge && at[axis] < to - edge;
  };
  if (!bounds || !inside(0) || !inside(1)) view?.fly(at);
}

/** Candidates with the areas they are; a zone that is not there any more is left out. */
async function draw(made: MapView, found: readonly Candidate[]): Promise<void> {
  if (!found.length) return made.setCandidates([]);
  const zones = await Promise.all(found.map((one) =>
    answer(api.GET("/api/v1/zones/{kind}/{code}", { params: { path: { kind: one.kind as "frontage", code: one.code } } })).catch(() => null)));
  if (found !== candidates.peek() || made !== view) return;
  const marks = zones.flatMap((zone, place) => {
    const area = zone?.geometry as unknown as { type: "Polygon" | "MultiPolygon"; coordinates: never } | undefined;
    const at = area && middleOf(area);
    return area && at ? [{ rank: place + 1, at, area }] : [];
  });
  made.setCandidates(marks);
  const one = opened.peek();
  if (one) made.fit([[one.position.lon, one.position.lat], ...marks.map((mark) => mark.at)]);
}

function middleOf(area: { type: string; coordinates: unknown }): [number, number] | null {
  const points: [number, number][] = [];
  const gather = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") points.push(part as [number, number]);
    else for (const inner of part) gather(inner);
  };
  gather(area.coordinates);
  if (!points.length) return null;
  return [points.reduce((sum, [lon]) => sum + lon, 0) / points.length, points.reduce((sum, [, lat]) => sum + lat, 0) / points.length];
}
