/** The map, fetched when it is first wanted; until then and without it, the page says so. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { LonLat, MapView, Shown } from "../map";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";

interface Asked {
  layers: readonly Shown[];
  center?: LonLat;
  zoom?: number;
  onMove?: (bounds: [number, number, number, number]) => void;
  opened: (map: MapView) => void;
}

export function LazyMap({ layers, center, zoom, onMove, opened }: Asked) {
  const host = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<"waiting" | "open" | { error: unknown }>("waiting");
  const [round, setRound] = useState(0);
  useEffect(() => {
    let closed = false;
    let view: MapView | undefined;
    setState("waiting");
    import("../map")
      .then(({ openMap }) => openMap(host.current!, { layers, ...(center && { center }), ...(zoom && { zoom }), ...(onMove && { onMove }) }))
      .then(
        (made) => {
          if (closed) return made.close();
          view = made;
          setState("open");
          opened(made);
        },
        (error: unknown) => setState({ error }),
      );
    return () => {
      closed = true;
      view?.close();
    };
  }, [round]);
  return (
    <div class="officer-map">
      <div ref={host} class="officer-map-canvas" />
      {state === "waiting" && <Waiting what={t("officer.map.loading")} />}
      {typeof state === "object" && <Failed error={state.error} again={() => setRound(round + 1)} />}
    </div>
  );
}
