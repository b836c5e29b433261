/** The map of the layer: its zones, what is drawn above them, and the tools that work on it. */
import { computed, effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { MapView } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { t } from "../words";
import { changes, moves, previewed, streetsInView } from "./comparing";
import { begin, change as changeDraft, type Corner, crossed, draft, drawnArea_m2, finish, giveUp, growing, job, redoStep, removeCorner, undoStep } from "./draft";
import { boxOf, pathsOf } from "./geometry";
import { squareMetres } from "./measures";
import { Painting, type Painted } from "./painting";
import { goTo, pick } from "./picking";
import { query } from "./query";
import { aside, conflict } from "./saving";
import { Snaps } from "./snapping";
import { beside, crowded, lay, pointed, snapped, type Surface } from "./surface";
import { editing, far, look, partial, reading, view, zones } from "./zones";

const START_ZOOM = 16;
/** Corners of the zone that is changed are no neighbours of its own. */
const reshaped = computed(() => (draft.value?.job === "shape" ? draft.value.zones[0]!.code : null));

export function Ground() {
  const surface = useRef<Surface | null>(null);
  const close = useRef<() => void>(() => undefined);
  const pane = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => () => close.current(), []);
  useEffect(() => {
    pointed.value = query.value.kind === "service_point";
    look();
  }, [query.value.kind, query.value.part, query.value.day, query.value.from]);

  function opened(map: MapView): void {
    const host = map.map.getContainer();
    const painting = new Painting(map.map, host);
    const laid = lay(map.map, host, new Snaps([]));
    surface.current = laid;
    map.map.doubleClickZoom.disable();
    const clicked = map.map.on("click", (event) => {
      if (growing.value || (draft.value && !choosing())) return;
      const code = painting.under(event.point);
      if (code) pick(code, event.originalEvent.shiftKey);
    });
    const stops = [
      effect(() => painting.show(shown())),
      effect(() => painting.showMoves(moves.value.map((one) => one.geometry.coordinates as [number, number]))),
      effect(() => {
        const now = draft.value;
        const hidden = now && (now.job === "shape" || (now.job === "border" && now.border)) ? now.zones.map(({ code }) => code) : [];
        painting.mark(now ? now.zones.map(({ code }) => code) : query.value.code ? [query.value.code] : [], hidden);
      }),
      effect(() => {
        laid.snaps = new Snaps([...zones.value.values()].filter(({ code }) => code !== reshaped.value).map(({ code, shape }) => ({ code, paths: pathsOf(shape) })));
      }),
      effect(() => void (beside.value = aside.value)),
      effect(() => void (query.value.part === "generate" && map.map.triggerRepaint())),
      effect(() => {
        const to = goTo.value;
        if (to) map.map.fitBounds(boxOf(to), { padding: 80, maxZoom: 19, maxDuration: 600 });
      }),
    ];
    const moved = () => {
      view.value = { bounds: map.map.getBounds().toArray().flat() as [number, number, number, number], zoom: map.map.getZoom() };
      look();
    };
    const named = () => {
      if (query.value.part !== "generate") return;
      const found = map.map.queryRenderedFeatures({ layers: ["streets"] }).flatMap(({ properties }) => (typeof properties["name"] === "string" ? [properties["name"]] : []));
      const names = [...new Set(found)].sort((a, b) => a.localeCompare(b, "zh"));
      if (names.join() !== streetsInView.value.join()) streetsInView.value = names;
    };
    const heard = map.map.on("moveend", moved);
    const settled = map.map.on("idle", named);
    moved();
    setOpen(true);
    close.current = () => {
      for (const stop of stops) stop();
      for (const one of [clicked, heard, settled]) one.unsubscribe();
      painting.close();
      laid.close();
    };
  }
  const drawing = job.value !== null;
  return (
    <section class="layers-ground" aria-label={t("layers.map")}>
      <Tools />
      <div
        ref={pane} class="layers-pane" role="application" tabIndex={0} aria-label={t("layers.pane")} aria-describedby="layers-keys"
        onKeyDownCapture={(event) => surface.current?.key(event)}
      >
        <LazyMap layers={[]} zoom={START_ZOOM} opened={opened} />
        {open && <Notes />}
      </div>
      <p id="layers-keys" class="layers-keys quiet">{t(drawing ? (growing.value ? "layers.keys_growing" : "layers.keys_shape") : "layers.keys_look")}</p>
    </section>
  );
}

/** Zones are chosen on the map to go with those of the draft. */
const choosing = (): boolean => draft.value?.job === "merge" || (draft.value?.job === "border" && !draft.value.border);

function shown(): Painted[] {
  const { part, from } = query.value;
  if (part === "versions" && from) {
    return changes.value.map(({ geometry, properties }) => ({
      code: properties.code, name: (properties.after ?? properties.before)!.name, look: properties.change, shape: geometry as Painted["shape"],
    }));
  }
  const here = [...zones.value.values()].map(({ code, name, shape }): Painted => ({ code, name, look: "plain", shape }));
  return part === "generate" ? [...here, ...previewed.value] : here;
}

function Tools() {
  const now = draft.value;
  if (query.value.part !== "edit" || !editing.value) return null;
  return (
    <div class="layers-tools" role="toolbar" aria-label={t("layers.tools")}>
      {!now && <button type="button" class="button main layers-draw" onClick={() => begin("draw")}>{t("layers.draw")}</button>}
      {now && (
        <>
          <strong>{t(`layers.job_${now.job}`)}</strong>
          <button type="button" class="button" disabled={!now.past.length} onClick={undoStep}>{t("layers.step_back")}</button>
          <button type="button" class="button" disabled={!now.future.length} onClick={redoStep}>{t("layers.step_again")}</button>
          {growing.value && <button type="button" class="button" disabled={(now.paths[0]?.points.length ?? 0) < (now.job === "draw" ? 3 : 2)} onClick={finish}>{t("layers.finish")}</button>}
          {now.chosen && !growing.value && <button type="button" class="button" onClick={() => removeCorner(now.chosen as Corner)}>{t("layers.remove_corner")}</button>}
          {now.job === "shape" && now.past.length > 0 && <button type="button" class="button" onClick={() => changeDraft(now.past[0]!, null)}>{t("layers.as_before")}</button>}
          <button type="button" class="button" onClick={() => { conflict.value = null; giveUp(); }}>{t("layers.give_up")}</button>
        </>
      )}
    </div>
  );
}

/** What the map has to say, in words: also what is otherwise only seen. */
function Notes() {
  const now = draft.value;
  const snap = snapped.value;
  const at = crossed.value.length;
  return (
    <div class="layers-notes" role="status">
      {far.value && <p>{t("layers.too_far")}</p>}
      {reading.value && !zones.value.size && <p>{t("layers.reading")}</p>}
      {!far.value && partial.value && <p>{t("layers.partial", { n: zones.value.size })}</p>}
      {at > 0 && <p class="bad">{t("layers.crosses", { n: at })}</p>}
      {crowded.value && <p>{t("layers.crowded")}</p>}
      {now && snap && <p>{t(`layers.snap_${snap.on}`, { code: snap.code })}</p>}
      {now && (now.job === "draw" || now.job === "shape") && drawnArea_m2.value > 0 && <p class="numbers">{t("layers.about", { area: squareMetres(drawnArea_m2.value) })}</p>}
    </div>
  );
}
