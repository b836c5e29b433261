/** The street around the officer: zones, cases, and where they stand. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation, useSearch } from "wouter-preact";
import type { LonLat, MapView } from "../map";
import { t } from "../words";
import { appLink, farTo } from "./going";
import { fix, ground, trouble, watch } from "./here";
import { LazyMap } from "./lazy_map";

const NEAR_ZOOM = 17;

export function MapScreen() {
  const [, go] = useLocation();
  const goal = goalOf(useSearch());
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
      if (goal) view.setLines(at ? [{ rank: 0, stretches: [[[at.lon, at.lat], goal.at]] }] : [], [{ at: goal.at, label: "" }]);
      if (flown || !(at ?? goal)) return;
      flown = at !== null;
      if (goal) view.fit(at ? [[at.lon, at.lat], goal.at] : [goal.at]);
      else if (at) view.fly([at.lon, at.lat], NEAR_ZOOM);
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
        {goal ? (
          <a class="button" href={appLink({ lon: goal.at[0], lat: goal.at[1] }, goal.name)}>
            {t("going.app")}
          </a>
        ) : (
          <Link class="button" href="/officer/visit">
            {t("doors.visit")}
          </Link>
        )}
        <span class="quiet numbers" role="status">
          {(goal && farTo({ lon: goal.at[0], lat: goal.at[1] })) ?? where()}
        </span>
      </div>
    </main>
  );
}

/** Where somebody wants to go, from the address: `?to=lon,lat&name=`. */
function goalOf(search: string): { at: LonLat; name: string } | null {
  const asked = new URLSearchParams(search);
  const [lon, lat] = (asked.get("to") ?? "").split(",").map(Number);
  return lon && lat ? { at: [lon, lat], name: asked.get("name") ?? "" } : null;
}

function where(): string {
  if (ground.value) return `±${Math.round(ground.value.accuracy_m)} m`;
  if (fix.value) return t("officer.map.other_datum");
  return t(trouble.value ? `officer.position.${trouble.value}` : "officer.position.awaited");
}
