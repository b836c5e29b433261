/** The street around the officer: zones, cases, and where they stand. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import type { MapView } from "../map";
import { t } from "../words";
import { fix, ground, trouble, watch } from "./here";
import { LazyMap } from "./lazy_map";

const NEAR_ZOOM = 17;

export function MapScreen() {
  const [, go] = useLocation();
  const map = useRef<MapView | undefined>(undefined);
  const ends = useRef<(() => void) | undefined>(undefined);
  useEffect(watch, []);
  useEffect(() => () => ends.current?.(), []);

  function opened(view: MapView): void {
    map.current = view;
    view.setCases(null);
    view.onSelect(({ kind, id }) => kind === "case" && go(`/officer/tasks/${id}`));
    let flown = false;
    ends.current = effect(() => {
      const at = ground.value;
      view.showPosition(at && [at.lon, at.lat], at?.accuracy_m ?? 0);
      if (at && !flown) {
        flown = true;
        view.fly([at.lon, at.lat], NEAR_ZOOM);
      }
    });
  }
  const at = ground.value;
  return (
    <main class="officer-map-page">
      <h1 class="unseen">{t("officer.tab.map")}</h1>
      <LazyMap layers={["zones", "parking", "cases"]} opened={opened} />
      <div class="officer-map-foot">
        <button type="button" class="button" disabled={!at} onClick={() => at && map.current?.fly([at.lon, at.lat], NEAR_ZOOM)}>
          {t("officer.map.here")}
        </button>
        <Link class="button" href="/officer/visit">
          {t("doors.visit")}
        </Link>
        <span class="quiet numbers" role="status">
          {where()}
        </span>
      </div>
    </main>
  );
}

function where(): string {
  if (ground.value) return `±${Math.round(ground.value.accuracy_m)} m`;
  if (fix.value) return t("officer.map.other_datum");
  return t(trouble.value ? `officer.position.${trouble.value}` : "officer.position.awaited");
}
