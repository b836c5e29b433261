/** The way to a place: how far, in which direction, on our map, or by the phone's own map app. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Link } from "wouter-preact";
import { t } from "../words";
import { bearing_deg, distance_m, type LonLat, metres } from "./far";
import { toGcj02 } from "./gcj02";
import { ground, watch } from "./here";

/** Map apps in China read a bare geo: link as GCJ-02, others as RFC 5870 says, WGS-84: 500 m apart. */
export const APP_DATUMS = ["gcj02", "wgs84"] as const;
export type AppDatum = (typeof APP_DATUMS)[number];
const KEPT = "frontage.app_datum";
const POINTS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;

export const appDatum = signal<AppDatum>(APP_DATUMS.find((known) => known === localStorage.getItem(KEPT)) ?? "gcj02");

export function chooseAppDatum(next: AppDatum): void {
  localStorage.setItem(KEPT, next);
  appDatum.value = next;
}

interface Place {
  lon: number;
  lat: number;
}

/** "约 140 m，往东北"; null until the phone knows where it is. */
export function farTo(place: Place): string | null {
  const here = ground.value;
  if (!here) return null;
  const point = POINTS[Math.round(bearing_deg(here, place) / 45) % POINTS.length]!;
  return t("going.far", { far: metres(distance_m(here, place)), where: t(`going.${point}`) });
}

/** The link a map app on the phone opens, named by the case. */
export function appLink({ lon, lat }: Place, name: string): string {
  const at: LonLat = appDatum.value === "gcj02" ? toGcj02([lon, lat]) : [lon, lat];
  const told = `${at[1].toFixed(6)},${at[0].toFixed(6)}`;
  return `geo:${told}?q=${told}(${encodeURIComponent(name)})`;
}

export function Going({ place, name }: { place: Place; name: string }) {
  useEffect(watch, []);
  const far = farTo(place);
  return (
    <section class="going" aria-label={t("going.title")}>
      {far && <p class="numbers quiet">{far}</p>}
      <p class="going-ways">
        <Link class="button" href={`/officer/map?to=${place.lon},${place.lat}&name=${encodeURIComponent(name)}`}>
          {t("going.map")}
        </Link>
        <a class="button" href={appLink(place, name)}>
          {t("going.app")}
        </a>
      </p>
    </section>
  );
}
