/** What is drawn lies above the map as SVG: corners that are dragged or moved by keys, drawn to neighbours, and seen at once. */
import { effect, signal } from "@preact/signals";
import type { Map, MapMouseEvent } from "maplibre-gl";
import { add, change, choose, type Corner, crossed, draft, finish, giveUp, growing, halves, hover, insertCorner, moveCorner, redoStep, removeCorner, undoStep } from "./draft";
import { metresOf, nearestOn, type Path, pathsOf, type Point, type Shape } from "./geometry";
import type { Snap, Snaps } from "./snapping";

const SVG = "http://www.w3.org/2000/svg";
const SNAP_PX = 12;
const SNAP_BY_KEY_PX = 60;
/** Only edges longer than this have a handle in their middle. */
const MIDDLE_PX = 28;
/** More corners than this in view cannot be told apart. */
const HANDLES_MAX = 400;
const ARROWS: Record<string, [x: number, y: number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** A line is begun far from where it should be: its next corner goes by more than a pixel a key. */
const GROWING_PX = 8;

/** What is shown beside the draft: ground that lies twice or nobody has, and what somebody else made of the zones. */
export interface Beside {
  look: "overlap" | "gap" | "theirs" | "before" | "marked";
  shape: Shape;
}

export const beside = signal<readonly Beside[]>([]);
/** To what the corner was drawn that was moved last. */
export const snapped = signal<Snap | null>(null);
/** There are more corners in view than can be told apart. */
export const crowded = signal(false);

export interface Surface {
  snaps: Snaps;
  /** A key pressed on the map. */
  key: (event: KeyboardEvent) => void;
  close: () => void;
}

/** Lays the drawing over a map in `host`. */
export function lay(map: Map, host: HTMLElement, snaps: Snaps): Surface {
  const svg = document.createElementNS(SVG, "svg");
  svg.classList.add("layers-surface");
  // What it shows is told in words beside the map.
  svg.setAttribute("aria-hidden", "true");
  host.append(svg);
  const surface: Surface = { snaps, key, close };
  let dragged: Corner | null = null;
  let frame = 0;

  const px = (at: Point) => map.project(at);
  const deg = (x: number, y: number) => map.unproject([x, y]).toArray() as Point;
  /** Degrees that a pixel is wide and high there. */
  const pixel = ([, lat]: Point): Point => {
    const wide = 360 / (512 * 2 ** map.getZoom());
    return [wide, wide * Math.cos((lat * Math.PI) / 180)];
  };

  /** Where a corner may lie: drawn to neighbours, and the ends of a border on the outline of both. */
  function placed(at: Point, corner: Corner | null, reach = SNAP_PX): Point {
    const now = draft.value;
    const end = now?.border && corner && (corner[1] === 0 || corner[1] === now.paths[0]!.points.length - 1);
    if (end) {
      snapped.value = null;
      return nearestOn(now.border!.outline, at).at;
    }
    // The first corner closes the ring, and is met like any other.
    const first = growing.value && now?.job === "draw" ? now.paths[0]?.points[0] : undefined;
    if (first && (now?.paths[0]?.points.length ?? 0) > 2 && Math.hypot(px(first).x - px(at).x, px(first).y - px(at).y) <= reach) return first;
    snapped.value = surface.snaps.find(at, reach, pixel(at));
    return snapped.value?.at ?? at;
  }

  const paint = () => {
    if (!frame) frame = requestAnimationFrame(() => ((frame = 0), draw()));
  };

  function draw(): void {
    const now = draft.value;
    const { clientWidth: wide, clientHeight: high } = host;
    const made: string[] = [];
    const way = ({ points, closed }: Path) => `M${points.map((at) => ((p) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`)(px(at))).join("L")}${closed ? "Z" : ""}`;
    for (const { look, shape } of beside.value) made.push(`<path class="${look}" d="${pathsOf(shape).map(way).join("")}"/>`);
    const bad = crossed.value;
    if (now?.border) for (const half of halves.value ?? []) made.push(`<path class="half" d="${way({ points: half, closed: true, part: 0 })}"/>`);
    if (now?.paths.length) {
      const tip = growing.value && hover.value ? [hover.value] : [];
      const shown = now.paths.map((path) => (path.growing ? { ...path, points: [...path.points, ...tip] } : path));
      const looks = `draft ${now.job}${bad.length ? " crossed" : ""}${now.job === "draw" || now.paths[0]!.closed ? " area" : ""}`;
      made.push(`<path class="${looks}" fill-rule="evenodd" d="${shown.map(way).join("")}"/>`);
      made.push(...handles(now.paths, wide, high));
      for (const at of bad) made.push(`<path class="cross" d="${((p) => `M${p.x - 7} ${p.y - 7}l14 14m0 -14l-14 14`)(px(at))}"/>`);
    }
    const snap = snapped.value;
    if (now && snap) {
      const { x, y } = px(snap.at);
      made.push(snap.on === "corner" ? `<rect class="snap" x="${x - 8}" y="${y - 8}" width="16" height="16"/>` : `<path class="snap" d="M${x} ${y - 9}l9 9l-9 9l-9 -9z"/>`);
    }
    if (growing.value && hover.value) made.push(((p) => `<circle class="tip" cx="${p.x}" cy="${p.y}" r="4"/>`)(px(hover.value)));
    svg.innerHTML = made.join("");
  }

  function handles(paths: readonly Path[], wide: number, high: number): string[] {
    const seen = paths.map(({ points }) => points.map((at) => px(at)));
    const inView = ({ x, y }: { x: number; y: number }) => x > -20 && y > -20 && x < wide + 20 && y < high + 20;
    crowded.value = seen.flat().filter(inView).length > HANDLES_MAX;
    if (crowded.value) return [];
    const chosen = draft.value?.chosen;
    return seen.flatMap((corners, path) => {
      const { closed, growing: grows } = paths[path]!;
      const middles = corners.flatMap((one, place) => {
        const next = corners[place + 1] ?? (closed ? corners[0] : undefined);
        if (!next || grows || Math.hypot(next.x - one.x, next.y - one.y) < MIDDLE_PX) return [];
        const [x, y] = [(one.x + next.x) / 2, (one.y + next.y) / 2];
        return inView({ x, y }) ? [`<circle class="middle" data-path="${path}" data-after="${place}" cx="${x}" cy="${y}" r="5"/>`] : [];
      });
      const ends = corners.flatMap((at, place) => {
        const is = chosen?.[0] === path && chosen[1] === place ? " chosen" : "";
        return inView(at) ? [`<circle class="corner${is}" data-path="${path}" data-place="${place}" cx="${at.x}" cy="${at.y}" r="${is ? 8 : 6}"/>`] : [];
      });
      return [...middles, ...ends];
    });
  }

  const where = (event: PointerEvent | MouseEvent): Point => {
    const { left, top } = host.getBoundingClientRect();
    return deg(event.clientX - left, event.clientY - top);
  };

  function pressed(event: PointerEvent): void {
    const { path, place, after } = (event.target as SVGElement).dataset;
    if (path === undefined || event.button !== 0) return;
    event.preventDefault();
    const at = where(event);
    // While a line grows its first corner closes it, and no corner is moved by accident.
    if (growing.value) return add(placed(at, null), draft.value?.zones[0]?.kind === "service_point");
    if (after !== undefined) insertCorner([Number(path), Number(after)], at);
    else change(draft.value!.paths, [Number(path), Number(place)]);
    dragged = draft.value!.chosen;
    svg.setPointerCapture(event.pointerId);
  }

  function pulled(event: PointerEvent): void {
    if (!dragged) return;
    moveCorner(dragged, placed(where(event), dragged), false);
  }

  function released(): void {
    const now = draft.value;
    // A corner that was only chosen is no step.
    if (dragged && now && now.past.at(-1) === now.paths) draft.value = { ...now, past: now.past.slice(0, -1) };
    dragged = null;
    snapped.value = null;
  }

  const moved = (event: MapMouseEvent) => {
    if (growing.value && !map.isMoving()) hover.value = placed(event.lngLat.toArray() as Point, null);
  };
  const clicked = (event: MapMouseEvent) => {
    const now = draft.value;
    if (!now || !growing.value) return;
    add(placed(event.lngLat.toArray() as Point, null), pointed.value);
  };
  const twice = (event: MapMouseEvent) => {
    if (!growing.value) return;
    event.preventDefault();
    finish();
  };

  function key(event: KeyboardEvent): void {
    const now = draft.value;
    if (!now || event.altKey || (event.target as Element).closest("button, input, select, textarea")) return;
    const arrow = ARROWS[event.key];
    if (arrow) byKeys(arrow, event.shiftKey);
    else if (event.key === "Escape") now.chosen && !growing.value ? choose(null) : giveUp();
    else if (event.key === "z") undoStep();
    else if (event.key === "y") redoStep();
    else if (event.ctrlKey || event.metaKey) return;
    else if (event.key === "Delete" || event.key === "Backspace") {
      const last = now.paths[0] && ([0, now.paths[0].points.length - 1] as const);
      const gone = growing.value ? last : now.chosen;
      if (gone) removeCorner(gone);
    } else if (event.key === "n" || event.key === "p") next(event.key === "n" ? 1 : -1);
    else if (event.key === "s") drawTo();
    else if (event.key === " " && growing.value) hover.value && add(hover.value, pointed.value);
    else if (event.key === "Enter" && growing.value) finish();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function byKeys([x, y]: [number, number], metre: boolean): void {
    const now = draft.value!;
    const corner = growing.value ? null : now.chosen;
    const from = growing.value ? (hover.value ?? (map.getCenter().toArray() as Point)) : corner && now.paths[corner[0]]!.points[corner[1]]!;
    if (!from) return;
    const [east, north] = metresOf(from[1]);
    const { x: left, y: top } = px(from);
    const far = growing.value ? GROWING_PX : 1;
    const to: Point = metre ? [from[0] + x / east, from[1] - y / north] : deg(left + x * far, top + y * far);
    snapped.value = null;
    if (growing.value) hover.value = to;
    else moveCorner(corner!, now.border ? placed(to, corner, 0) : to, true);
  }

  /** Goes through the corners in their order. */
  function next(step: number): void {
    const now = draft.value!;
    const all = now.paths.flatMap(({ points }, path) => points.map((_, place): Corner => [path, place]));
    if (growing.value || !all.length) return;
    const place = all.findIndex(([path, index]) => path === now.chosen?.[0] && index === now.chosen[1]);
    choose(all[(place + step + all.length) % all.length]!);
  }

  /** By key a corner is drawn to its neighbours when that is wanted, from farther away. */
  function drawTo(): void {
    const now = draft.value!;
    if (growing.value) hover.value = placed(hover.value ?? (map.getCenter().toArray() as Point), null, SNAP_BY_KEY_PX);
    else if (now.chosen) moveCorner(now.chosen, placed(now.paths[now.chosen[0]]!.points[now.chosen[1]]!, now.chosen, SNAP_BY_KEY_PX), true);
  }

  const heard = [map.on("move", paint), map.on("resize", paint), map.on("mousemove", moved), map.on("click", clicked), map.on("dblclick", twice)];
  svg.addEventListener("pointerdown", pressed);
  svg.addEventListener("pointermove", pulled);
  svg.addEventListener("pointerup", released);
  svg.addEventListener("pointercancel", released);
  const stop = effect(() => {
    void [draft.value, hover.value, beside.value, snapped.value, halves.value];
    paint();
  });

  function close(): void {
    stop();
    cancelAnimationFrame(frame);
    for (const one of heard) one.unsubscribe();
    svg.remove();
  }
  return surface;
}

/** What is drawn is a point, as of a service point. */
export const pointed = signal(false);
