/** The map of what is chosen; an area can be drawn on it. */
import { useEffect, useState } from "preact/hooks";
import type { LonLat, MapView } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { t } from "../words";
import type { Polygon, Preview } from "./asking";

interface Asked {
  shapes: Preview["shapes"];
  area: Polygon | null;
  setArea: (area: Polygon | null) => void;
}

type Shape = Parameters<MapView["setShapes"]>[0][number]["shape"];

export function Ground({ shapes, area, setArea }: Asked) {
  const [view, setView] = useState<MapView | null>(null);
  const [drawing, setDrawing] = useState(false);
  useEffect(() => {
    if (!view) return;
    const marks = shapes.map((shape) => ({ role: "told" as const, shape: shape as Shape }));
    view.setShapes([...(area ? [{ role: "beside" as const, shape: area }] : []), ...marks]);
    // Whoever drew an area looks at it already.
    const places = shapes.map((shape) => cornerOf(shape.coordinates));
    if (!area && places.length > 0) view.fit(places);
  }, [view, shapes, area]);
  const draw = async (form: "lasso" | "box") => {
    setDrawing(true);
    const drawn = await view![form]();
    setDrawing(false);
    if (drawn) setArea(thinned(drawn as Polygon));
  };
  return (
    <section class="campaigns-ground" aria-label={t("campaigns.map")}>
      <LazyMap layers={["zones"]} zoom={13} opened={setView} />
      <div class="office-buttons">
        <button type="button" class="button" disabled={!view || drawing} onClick={() => void draw("lasso")}>{t("campaigns.lasso")}</button>
        <button type="button" class="button" disabled={!view || drawing} onClick={() => void draw("box")}>{t("campaigns.box")}</button>
        {area && <button type="button" class="office-chip" onClick={() => setArea(null)}>{t("campaigns.area")} <span aria-hidden="true">✕</span><span class="unseen">{t("manager.take_away")}</span></button>}
      </div>
    </section>
  );
}

function cornerOf(coordinates: unknown): LonLat {
  let at = coordinates as unknown[];
  while (Array.isArray(at[0])) at = at[0];
  return at as unknown as LonLat;
}

/** A line drawn by hand has more corners than the server takes, and none that anybody could tell apart. */
function thinned({ type, coordinates: [ring] }: Polygon): Polygon {
  const most = 500;
  const step = Math.ceil(ring!.length / most);
  const corners = ring!.slice(0, -1).filter((_, place) => place % step === 0).map(([lon, lat]) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))] as [number, number]);
  return { type, coordinates: [[...corners, corners[0]!]] };
}
