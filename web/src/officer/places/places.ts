/** Zones that forms are about, kept on the phone: all of one's township, or for the district's people those around. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schema, session } from "../../api/client";
import { kept } from "../../cases/kept";
import { type Form, fetchForms, fills } from "../../records/forms";
import { type Reading, useReading } from "../../ui/reading";
import { placeNow, ringsOf } from "../doors/fronts";
import type { LonLat, Ring } from "../far";
import { fix, watch } from "../here";

export type Kind = Form["zone_kinds"][number];

export interface Place {
  kind: Kind;
  code: string;
  name: string;
  rings: Ring[];
}

/** A square is about 4 km wide; what lies half as far around it comes along. */
const SIDE_DEGREES = 0.04;
const MARGIN_DEGREES = 0.02;
const PAGE = 500;
const PAGES_MAX = 6;

/** Where one's places are: a township's people have all of theirs, others those of the square they are in. */
type Within = { township: string } | { bbox: string };

function within(place: LonLat | null): Within | null {
  const { kind, code } = session.value!.user.organisation;
  if (kind === "township") return { township: code };
  if (!place) return null;
  const [west, south] = place.map((degrees) => Math.floor(degrees / SIDE_DEGREES) * SIDE_DEGREES - MARGIN_DEGREES) as LonLat;
  const side = SIDE_DEGREES + 2 * MARGIN_DEGREES;
  return { bbox: [west, south, west + side, south + side].map((degrees) => degrees.toFixed(4)).join(",") };
}

const keyOf = (kinds: readonly Kind[], where: Within) => `places/${kinds.join("+")}/${Object.values(where).join()}`;

async function fetchPlaces(kinds: readonly Kind[], where: Within): Promise<Place[]> {
  return (await Promise.all(kinds.map((kind) => fetchKind(kind, where)))).flat();
}

async function fetchKind(kind: Kind, where: Within): Promise<Place[]> {
  const found: Place[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = { limit: PAGE, ...where, ...(cursor && { cursor }) };
    const came: Schema<"ZoneCollection"> = await answer(api.GET("/api/v1/zones/{kind}", { params: { path: { kind }, query } }));
    found.push(...came.features.map(({ properties: { code, name }, geometry }) => ({ kind, code, name, rings: ringsOf(geometry) })));
    if (!came.next) break;
    cursor = came.next;
  }
  return found;
}

/** Where the phone is on our ground, as far as that is known; a step aside is no other place. */
export function useGround(): LonLat | null {
  const [place, setPlace] = useState<LonLat | null>(null);
  const at = fix.value;
  useEffect(watch, []);
  useEffect(() => {
    let gone = false;
    void placeNow().then((known) => !gone && setPlace(known), () => undefined);
    return () => {
      gone = true;
    };
  }, [at && `${at.lon.toFixed(4)},${at.lat.toFixed(4)}`]);
  return place;
}

export function usePlaces(kinds: readonly Kind[], place: LonLat | null): Reading<Place[]> {
  const where = kinds.length > 0 ? within(place) : null;
  return useReading(where && keyOf(kinds, where), () => fetchPlaces(kinds, where!));
}

/** Of a form about zones the kinds that are read here; fronts are kept square by square. */
export const kindsOf = (form: Form): Kind[] => (form.about === "township" ? ["township"] : form.about === "zone" ? form.zone_kinds.filter((kind) => kind !== "frontage") : []);

/** Takes along what one's forms are about, before anybody fills one in where there is no network. */
export async function keepPlaces(): Promise<void> {
  const where = within(null);
  if (!where) return;
  const forms = (await kept("forms", fetchForms)).value.filter(fills);
  const wanted = new Map(forms.map(kindsOf).filter((kinds) => kinds.length > 0).map((kinds) => [keyOf(kinds, where), kinds]));
  for (const [key, kinds] of wanted) await kept(key, () => fetchPlaces(kinds, where));
}
