/** The map beside a step: zones in force below, what the step looks at above. */
import { useEffect, useRef } from "preact/hooks";
import type { LonLat, MapView, ShapeMark, ShapeRole, Shown } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { t } from "../words";

/** A gap of centimetres is seen from here. */
const NEAREST = 20;

interface Drawn {
  shapes: readonly ShapeMark[];
  /** Where to look when it is another than before. */
  at: { key: string; shapes: readonly ShapeMark["shape"][] };
  legend: readonly ShapeRole[];
  /** What a role is called on this map, where that is its own. */
  named?: Partial<Record<ShapeRole, string>>;
  layers?: readonly Shown[];
}

export function Ground({ shapes, at, legend, named = {}, layers = ["zones"] }: Drawn) {
  const map = useRef<MapView | null>(null);
  const been = useRef("");
  const show = () => {
    const view = map.current;
    if (!view) return;
    view.setShapes(shapes);
    if (been.current === at.key || !at.shapes.length) return;
    been.current = at.key;
    // The chunk of the map is there by now.
    void import("../map").then(({ corners }) => view.fit(at.shapes.flatMap((shape): LonLat[] => corners(shape)), NEAREST));
  };
  useEffect(show, [shapes, at.key]);
  return (
    <section class="importing-ground" aria-label={t("importing.map")}>
      <LazyMap
        layers={layers}
        zoom={13}
        opened={(view) => {
          map.current = view;
          show();
        }}
      />
      <ul class="importing-legend">
        {legend.map((role) => <li key={role}><span class={`importing-sign ${role}`} aria-hidden="true" /> {named[role] ?? t(`importing.role_${role}`)}</li>)}
      </ul>
    </section>
  );
}
