/** Where the phone is and where its camera looks, as the browser tells it; asked only while somebody needs it. */
import { computed, signal } from "@preact/signals";
import type { Schema } from "../api/client";

export type Datum = Schema<"PositionIn">["datum"];
export const DATUMS: readonly Datum[] = ["wgs84", "gcj02", "bd09", "cgcs2000"];

export interface Fix {
  /** Degrees in the datum of the phone. */
  lon: number;
  lat: number;
  /** 68 % radius. */
  accuracy_m: number;
  /** When, in ms since 1970. */
  at: number;
  speed_mps?: number;
  bearing_deg?: number;
  altitude_m?: number;
}

const KEPT = "frontage.datum";
const HEADING_EACH_MS = 250;
/** Held flatter than this the camera looks at the ground and has no bearing. */
const LEAST_LEVEL = 0.5;

export const fix = signal<Fix | null>(null);
/** Why there is no fix. */
export const trouble = signal<"denied" | "unavailable" | "insecure" | null>(null);
/** Degrees from true north; null where the phone gives none or looks at the ground. */
export const heading = signal<number | null>(null);
/** What the positions of this phone refer to. */
export const datum = signal<Datum>(DATUMS.find((known) => known === localStorage.getItem(KEPT)) ?? "wgs84");

/** The fix where it may be compared with the map: only the server converts the other datums. */
export const ground = computed(() => (datum.value === "wgs84" || datum.value === "cgcs2000" ? fix.value : null));

export function chooseDatum(next: Datum): void {
  localStorage.setItem(KEPT, next);
  datum.value = next;
}

let watchers = 0;
let watching: number | undefined;

/** Watches until the function that comes back is called. */
export function watch(): () => void {
  if (watchers++ === 0) begin();
  let stopped = false;
  return () => {
    if (stopped) return;
    stopped = true;
    if (--watchers === 0) end();
  };
}

function begin(): void {
  if (!isSecureContext || !("geolocation" in navigator)) {
    trouble.value = "insecure";
    return;
  }
  watching = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      trouble.value = null;
      fix.value = {
        lon: coords.longitude,
        lat: coords.latitude,
        // The standard speaks of 95 %; browsers hand on what Android and iOS tell them, which is 68 %.
        accuracy_m: Math.max(0.1, Math.round(coords.accuracy * 10) / 10),
        at: timestamp,
        ...(coords.speed !== null && { speed_mps: coords.speed }),
        ...(coords.heading !== null && !Number.isNaN(coords.heading) && { bearing_deg: coords.heading }),
        ...(coords.altitude !== null && { altitude_m: coords.altitude }),
      };
    },
    (error) => {
      // Between buildings a fix fails now and then: the last one stands, with its age.
      trouble.value = error.code === error.PERMISSION_DENIED ? "denied" : "unavailable";
    },
    { enableHighAccuracy: true, maximumAge: 2_000, timeout: 20_000 },
  );
  addEventListener("deviceorientationabsolute", turned as EventListener);
}

function end(): void {
  if (watching !== undefined) navigator.geolocation.clearWatch(watching);
  watching = undefined;
  removeEventListener("deviceorientationabsolute", turned as EventListener);
  fix.value = heading.value = null;
}

let turned_at = 0;

function turned(event: DeviceOrientationEvent): void {
  if (event.alpha === null || event.beta === null || event.gamma === null || event.timeStamp - turned_at < HEADING_EACH_MS) return;
  turned_at = event.timeStamp;
  heading.value = cameraBearing(event.alpha, event.beta, event.gamma);
}

/** Where the back camera looks on the ground: W3C Device Orientation, appendix "Calculating compass heading". */
function cameraBearing(alpha: number, beta: number, gamma: number): number | null {
  const [a, b, c] = [alpha, beta, gamma].map((degrees) => (degrees * Math.PI) / 180) as [number, number, number];
  const east = -Math.cos(a) * Math.sin(c) - Math.sin(a) * Math.sin(b) * Math.cos(c);
  const north = -Math.sin(a) * Math.sin(c) + Math.cos(a) * Math.sin(b) * Math.cos(c);
  if (Math.hypot(east, north) < LEAST_LEVEL) return null;
  return Math.round(((Math.atan2(east, north) * 180) / Math.PI + 360) % 360) % 360;
}
