/** What a form is about, chosen of what is at hand: doors, zones, roads, townships, cases; or the place itself. */
import { answer, api } from "../../api/client";
import { categoryName } from "../../cases/calls";
import type { Form } from "../../records/forms";
import { useReading } from "../../ui/reading";
import { t } from "../../words";
import { look, type Near, unknown } from "../doors/fronts";
import { useNear } from "../doors/picker";
import { away_m, distance_m, type LonLat } from "../far";
import { datum, fix } from "../here";
import type { Choice, Choosing } from "../places/picker";
import { kindsOf, type Place, useGround, usePlaces } from "../places/places";
import type { HeldRecord } from "../queue";
import { fetchTasks } from "../tasks/lists";

/** Farther than that what is nearest is not meant. */
const MEANT_M = 60;

export interface Thing extends Choice {
  zone_kind: Place["kind"] | null;
  /** Of a road, whose name others may have too. */
  township: string | null;
}

export interface About extends Choosing<Thing> {
  /** Whether there is anything to be chosen, or the form is about where one is. */
  chosen_here: boolean;
  known: boolean;
  told: Pick<HeldRecord, "about" | "position">;
}

const thing = (code: string, name: string, far_m: number | null = null): Thing => ({ code, name, far_m, zone_kind: null, township: null });
const nearestFirst = (rows: Thing[]): Thing[] => rows.sort((a, b) => (a.far_m ?? Infinity) - (b.far_m ?? Infinity) || a.name.localeCompare(b.name, "zh-CN"));

/** `picked`: what the officer chose. */
export function useThing(form: Form, picked: Thing | null, choose: (one: Thing) => void): About {
  const place = useGround();
  const doors = useNear();
  const kinds = kindsOf(form);
  const zones = usePlaces(kinds, place);
  const roads = useReading(form.about === "street" ? "roads" : null, fetchRoads);
  const cases = useReading(form.about === "case" ? "tasks" : null, fetchTasks);
  const at_door = form.about === "zone" && form.zone_kinds.includes("frontage");
  const lists: (Thing[] | null)[] = [
    ...(at_door ? [doors?.map(ofDoor) ?? null] : []),
    ...(kinds.length > 0 ? [zones.value?.map((one) => ofZone(one, place)) ?? null] : []),
    ...(form.about === "subject" ? [doors?.flatMap(ofSubject) ?? null] : []),
    ...(form.about === "street" ? [roads.value?.map((one) => ofRoad(one, doors ?? [])) ?? null] : []),
    ...(form.about === "case" ? [cases.value?.items.map((one) => thing(one.number, `${categoryName(one.category)} ${one.number}`, place && distance_m({ lon: place[0], lat: place[1] }, one.position))) ?? null] : []),
    ...(form.about === "person" ? [[]] : []),
  ];
  const known = lists.filter((list) => list !== null);
  const rows = known.length > 0 ? nearestFirst(known.flat()) : null;
  const meant = rows?.length === 1 || (rows?.[0]?.far_m ?? Infinity) <= MEANT_M ? rows![0]! : null;
  // One that was chosen elsewhere is as far as it is now.
  const chosen = picked ? (rows?.find(({ code, zone_kind }) => code === picked.code && zone_kind === picked.zone_kind) ?? picked) : meant;
  const chosen_here = form.about !== "place";
  const at = fix.value;
  const position = at && { lon: at.lon, lat: at.lat, datum: datum.value, accuracy_m: Math.round(at.accuracy_m * 10) / 10 };
  const by_position = at_door || form.about === "subject";
  return {
    title: by_position ? t("doors.where") : t(`places.which_${form.about}`),
    none: t(by_position ? "doors.none" : "places.none"),
    rows,
    error: by_position ? unknown.value : (zones.error ?? roads.error ?? cases.error),
    again: by_position ? () => void look() : () => [zones, roads, cases].forEach((read) => read.again()),
    chosen,
    choose,
    named: (code) => ({ ...thing(code, code), zone_kind: form.zone_kinds[0] ?? null }),
    by_position: by_position || place === null,
    chosen_here,
    known: chosen_here ? chosen !== null : position !== null,
    told: {
      ...(chosen_here && chosen && { about: { code: chosen.code, zone_kind: chosen.zone_kind, township: chosen.township } }),
      ...(position && { position }),
    },
  };
}

const ofDoor = ({ code, name, far_m }: Near): Thing => ({ ...thing(code, name, far_m), zone_kind: "frontage" });

const ofSubject = ({ door, far_m }: Near): Thing[] => (door?.subject ? [thing(door.subject, door.subject_name ?? door.subject, far_m)] : []);

function ofZone({ kind, code, name, rings }: Place, place: LonLat | null): Thing {
  return { ...thing(code, name, place && Math.min(...rings.map((ring) => away_m(place, ring)))), zone_kind: kind === "township" ? null : kind };
}

/** As near as the nearest of its doors, where one is within reach. */
function ofRoad({ road, township }: Road, doors: Near[]): Thing {
  const here = doors.filter(({ street }) => street === road).map(({ far_m }) => far_m);
  return { ...thing(road, road, here.length > 0 ? Math.min(...here) : null), township };
}

interface Road {
  road: string;
  township: string | null;
}

async function fetchRoads(): Promise<Road[]> {
  const { items } = await answer(api.GET("/api/v1/coverage/letters/streets"));
  return items.flatMap(({ road, township }) => (road ? [{ road, township }] : []));
}
