/** The ground a subject answers for: what it has today, and what it had. */
import { useEffect, useRef } from "preact/hooks";
import type { LonLat, MapView, ShapeMark } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { t } from "../words";
import type { Subject } from "./asking";
import { span } from "./known";

/** A strip before a door fills the map from here. */
const NEAREST = 18;

export function Ground({ one }: { one: Subject }) {
  const map = useRef<MapView | null>(null);
  const show = () => {
    const view = map.current;
    if (!view) return;
    const marks = one.places.flatMap(({ geometry, valid_to }): ShapeMark[] => (geometry ? [{ role: valid_to ? "gone" : "told", shape: geometry as unknown as ShapeMark["shape"] }] : []));
    view.setShapes(marks);
    // The chunk of the map is there by now.
    void import("../map").then(({ corners }) => view.fit(marks.flatMap(({ shape }): LonLat[] => corners(shape)), NEAREST));
  };
  useEffect(show, [one]);
  return (
    <section class="office-part" aria-labelledby="subject-ground">
      <header><h2 id="subject-ground">{t("subjects.zones")}</h2></header>
      <div class="subjects-map">
        <LazyMap
          layers={["zones"]}
          zoom={16}
          opened={(view) => {
            map.current = view;
            show();
          }}
        />
      </div>
      <ul class="subjects-rows">
        {one.places.map((place) => (
          <li key={`${place.zone}${place.valid_from}`} class={place.valid_to ? "quiet" : ""}>
            <span class="numbers">{place.zone}</span>
            <span>{place.name ?? "–"}</span>
            <span class="numbers quiet">{span(place)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
