/** What a source of points holds: it is sent what has changed to the eye, and all of it only where that is most of it. */
import type * as GeoJSON from "geojson";
import type { GeoJSONSource, LngLatBounds } from "maplibre-gl";

type Pin = GeoJSON.Feature<GeoJSON.Point>;
export type Differs = (held: Pin, now: Pin) => boolean;

/** Beyond this share of it the difference is more work than everything anew. */
const FEW = 0.2;
/** What lies so far beyond an edge, in shares of the view, comes into sight by the next move. */
const AROUND = 0.25;
const TILE_PX = 512;

/** Features have an `id` and an `image` among their properties; no two the same `id`. */
export class Held {
  #pins = new Map<string, Pin>();

  /** Nothing is known of what the source holds. */
  forget(): void {
    this.#pins.clear();
  }

  fill(source: GeoJSONSource, content: GeoJSON.FeatureCollection, differs: Differs): void {
    const now = new Map(content.features.map((pin) => [idOf(pin as Pin), pin as Pin]));
    const add = [...now.values()].filter((pin) => {
      const held = this.#pins.get(idOf(pin));
      return !held || held.properties?.["image"] !== pin.properties?.["image"] || differs(held, pin);
    });
    const remove = [...this.#pins.keys()].filter((id) => !now.has(id));
    if (add.length + remove.length > FEW * this.#pins.size) {
      this.#pins = now;
      void source.setData(content);
    } else if (add.length + remove.length) {
      for (const id of remove) this.#pins.delete(id);
      for (const pin of add) this.#pins.set(idOf(pin), pin);
      void source.updateData({ add, remove });
    }
  }
}

function idOf(pin: Pin): string {
  return String(pin.properties?.["id"]);
}

/** It is elsewhere. */
export const elsewhere: Differs = (held, now) => apart(held, now, 0);

/** It is or was in sight, and has moved by a pixel. */
export function inSight(view: LngLatBounds, zoom: number): Differs {
  const [west, south, east, north] = view.toArray().flat() as [number, number, number, number];
  const [wide, high] = [(east - west) * AROUND, (north - south) * AROUND];
  const seen = ({ geometry: { coordinates } }: Pin) => {
    const [lon, lat] = coordinates as [number, number];
    return lon > west - wide && lon < east + wide && lat > south - high && lat < north + high;
  };
  const pixel_deg = 360 / (TILE_PX * 2 ** zoom);
  return (held, now) => apart(held, now, pixel_deg) && (seen(held) || seen(now));
}

function apart(held: Pin, now: Pin, more_deg: number): boolean {
  const [[lon, lat], [to_lon, to_lat]] = [held.geometry.coordinates, now.geometry.coordinates] as [[number, number], [number, number]];
  return Math.abs(to_lon - lon) > more_deg || Math.abs(to_lat - lat) > more_deg;
}
