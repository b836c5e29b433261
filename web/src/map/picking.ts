/** Choosing a point: it stays in the middle and the map is moved beneath it, by thumb, by tap or by arrow keys. */
import type { Map, MapMouseEvent } from "maplibre-gl";
import { t } from "../words";
import type { LonLat } from "./marks";

/** Tells the point after every move until the returned function is called. */
export function pick(map: Map, host: HTMLElement, onPick: (at: LonLat) => void): () => void {
  const cross = document.createElement("div");
  cross.className = "map-cross";
  cross.setAttribute("aria-hidden", "true");
  const hint = document.createElement("p");
  hint.className = "map-hint";
  hint.setAttribute("role", "status");
  host.append(cross, hint);
  hint.textContent = t("map.pick_hint");
  const told = () => {
    const { lng, lat } = map.getCenter();
    onPick([lng, lat]);
  };
  const tapped = (event: MapMouseEvent) => void map.easeTo({ center: event.lngLat, duration: 150 });
  const heard = [map.on("moveend", told), map.on("click", tapped)];
  return () => {
    for (const one of heard) one.unsubscribe();
    cross.remove();
    hint.remove();
  };
}
