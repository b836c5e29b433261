/** How it was and how it is now, side by side; opened, both are seen larger and move together. */
import { useEffect, useRef, useState } from "preact/hooks";
import { authorized } from "../api/client";
import { InReach } from "../ui/in_sheets";
import { exact, type Key, t } from "../words";
import type { Report } from "./calls";
import { keptBytes } from "./kept";
import "./photos.css";

export interface Shot {
  report: string;
  sha256: string;
  role: Report["properties"]["photos"][number]["role"];
  /** When it was taken, as its report says. */
  at: string;
  /** Whether its bytes have come. */
  here: boolean;
}

const SIDES = ["before", "after", "document"] as const;
type Side = (typeof SIDES)[number];
const TITLES: Record<Side, Key> = { before: "case.before", after: "case.after", document: "case.photo_document" };
const titleOf = (side: Side) => t(TITLES[side]);

/** Photos of a case by side, those taken last first: after a rework the new ones are the ones to look at. */
export function shotsOf(reports: Report[]): Record<Side, Shot[]> {
  const shots: Record<Side, Shot[]> = { before: [], after: [], document: [] };
  for (const { id, properties } of reports) {
    for (const { sha256, role, captured_at, received_at } of properties.photos) {
      const shot = { report: id, sha256, role, at: captured_at ?? properties.captured_at, here: received_at !== null };
      shots[role === "scene" ? "before" : role].push(shot);
    }
  }
  shots.before.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  shots.after.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return shots;
}

export function PhotoPair({ reports }: { reports: Report[] }) {
  const shots = shotsOf(reports);
  const [chosen, setChosen] = useState<Record<Side, number>>({ before: 0, after: 0, document: 0 });
  const [open, setOpen] = useState<Side | null>(null);
  const choose = (side: Side, index: number) => setChosen((before) => ({ ...before, [side]: index }));
  return (
    <div class="photos">
      {SIDES.filter((side) => side !== "document" || shots.document.length > 0).map((side) => (
        <SideView key={side} side={side} shots={shots[side]} chosen={chosen[side]} choose={(index) => choose(side, index)} open={() => setOpen(side)} />
      ))}
      {open && <Viewer shots={shots} chosen={chosen} choose={choose} from={open} close={() => setOpen(null)} />}
    </div>
  );
}

interface SideProps {
  side: Side;
  shots: Shot[];
  chosen: number;
  choose: (index: number) => void;
  open: () => void;
}

function SideView({ side, shots, chosen, choose, open }: SideProps) {
  const shot = shots[chosen] ?? shots[0];
  if (!shot) {
    return (
      <figure class="photos-side">
        <div class="photos-none">{t("case.no_photos")}</div>
        <figcaption>{titleOf(side)}</figcaption>
      </figure>
    );
  }
  return (
    <figure class="photos-side">
      <button type="button" class="photos-open" onClick={open}>
        <span class="unseen">{t("photos.open", { side: titleOf(side) })}</span>
        <Picture shot={shot} size="small" alt={t(`case.photo_${shot.role}`)} />
      </button>
      <figcaption>
        {titleOf(side)} <time dateTime={shot.at}>{exact(shot.at)}</time>
      </figcaption>
      <Strip shots={shots} chosen={chosen} choose={choose} />
    </figure>
  );
}

/** Which of several is shown. */
function Strip({ shots, chosen, choose }: Pick<SideProps, "shots" | "chosen" | "choose">) {
  if (shots.length < 2) return null;
  return (
    <div class="photos-strip">
      {shots.map((shot, index) => (
        <button key={shot.sha256} type="button" aria-pressed={index === chosen} aria-label={t("photos.nth", { n: index + 1, all: shots.length })} onClick={() => choose(index)}>
          <Picture shot={shot} size="small" alt="" />
        </button>
      ))}
    </div>
  );
}

/** One photo, with the token of whoever is signed in; what this browser cannot draw is shown as its small copy. */
export function Picture({ shot, size, alt }: { shot: Shot; size: "small" | "whole"; alt: string }) {
  const [address, setAddress] = useState<string | null>(null);
  const [undrawn, setUndrawn] = useState(false);
  const [lost, setLost] = useState(false);
  const wanted = undrawn ? "small" : size;
  useEffect(() => {
    let made: string | null = null;
    let left = false;
    setLost(false);
    setAddress(null);
    if (!shot.here) return undefined;
    bytesOf(shot, wanted).then(
      (bytes) => {
        if (left) return;
        if (!bytes) return setLost(true);
        made = URL.createObjectURL(bytes);
        setAddress(made);
      },
      () => !left && setLost(true),
    );
    return () => {
      left = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [shot.report, shot.sha256, shot.here, wanted]);
  if (!shot.here) return <span class="photos-none">{t("case.photo_missing")}</span>;
  if (lost) return <span class="photos-none">{t("case.photo_failed")}</span>;
  if (!address) return <span class="photos-none photos-coming">{t("wait.loading")}</span>;
  return <img src={address} alt={alt} draggable={false} onError={() => (wanted === "whole" ? setUndrawn(true) : setLost(true))} />;
}

async function bytesOf({ report, sha256 }: Shot, size: "small" | "whole"): Promise<Blob | null> {
  const whole = `/api/v1/reports/${report}/photos/${sha256}`;
  if (size === "whole") return blobOf(whole);
  const small = await keptBytes(`photo/${sha256}`, () => blobOf(`${whole}/thumbnail`));
  // The worker has not made it yet.
  return small ?? blobOf(whole);
}

async function blobOf(address: string): Promise<Blob | null> {
  const response = await authorized(address);
  return response.ok ? response.blob() : null;
}

// --- The viewer -------------------------------------------------------------------------------------------------

interface Sight {
  zoom: number;
  x: number;
  y: number;
}
const WHOLE: Sight = { zoom: 1, x: 0, y: 0 };
const ZOOM_MAX = 8;
const STEP_PX = 60;

interface ViewerProps {
  shots: Record<Side, Shot[]>;
  chosen: Record<Side, number>;
  choose: (side: Side, index: number) => void;
  from: Side;
  close: () => void;
}

function Viewer({ shots, chosen, choose, from, close }: ViewerProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { sight, zoomBy, moveBy, reset, handlers } = useSight();
  const sides = from === "document" ? [from] : SIDES.filter((side) => side !== "document" && shots[side].length > 0);
  useEffect(() => dialog.current?.showModal(), []);
  const keys: Record<string, () => void> = {
    "+": () => zoomBy(1.4),
    "=": () => zoomBy(1.4),
    "-": () => zoomBy(1 / 1.4),
    "0": reset,
    ArrowLeft: () => moveBy(STEP_PX, 0),
    ArrowRight: () => moveBy(-STEP_PX, 0),
    ArrowUp: () => moveBy(0, STEP_PX),
    ArrowDown: () => moveBy(0, -STEP_PX),
  };
  const press = (event: KeyboardEvent) => {
    const act = keys[event.key];
    event.stopPropagation();
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };
  return (
    <dialog ref={dialog} class="photos-viewer" aria-label={t("photos.viewer")} onClose={close} onKeyDown={press}>
      <header>
        <p class="quiet">{t("photos.how")}</p>
        <button type="button" class="button" onClick={() => zoomBy(1 / 1.4)} aria-label={t("case.zoom_out")}>−</button>
        <button type="button" class="button" onClick={reset}><span class="numbers">{Math.round(sight.zoom * 100)} %</span></button>
        <button type="button" class="button" onClick={() => zoomBy(1.4)} aria-label={t("case.zoom_in")}>+</button>
        <button type="button" class="button" autofocus onClick={() => dialog.current?.close()}>{t("case.close_dialog")}</button>
      </header>
      <div class="photos-stage" {...handlers} style={{ "--zoom": sight.zoom, "--x": `${sight.x}px`, "--y": `${sight.y}px` }}>
        {sides.map((side) => {
          const shot = shots[side][chosen[side]] ?? shots[side][0]!;
          return (
            <figure key={side} class="photos-large">
              <div class="photos-frame"><Picture shot={shot} size="whole" alt={t(`case.photo_${shot.role}`)} /></div>
              <figcaption>{titleOf(side)} <time dateTime={shot.at}>{exact(shot.at)}</time></figcaption>
              <Strip shots={shots[side]} chosen={chosen[side]} choose={(index) => choose(side, index)} />
            </figure>
          );
        })}
      </div>
      <InReach />
    </dialog>
  );
}

/** Wheel, pinch, drag and double click, the same for both photos; the point under the pointer stays where it is. */
function useSight() {
  const [sight, setSight] = useState(WHOLE);
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const zoomBy = (factor: number, x = 0, y = 0) =>
    setSight((before) => {
      const zoom = Math.min(ZOOM_MAX, Math.max(1, before.zoom * factor));
      if (zoom === 1) return WHOLE;
      const scale = zoom / before.zoom;
      return { zoom, x: x - (x - before.x) * scale, y: y - (y - before.y) * scale };
    });
  const moveBy = (x: number, y: number) =>
    setSight((before) => (before.zoom === 1 ? before : { ...before, x: before.x + x, y: before.y + y }));
  const handlers = {
    onWheel: (event: WheelEvent) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / 400), ...fromMiddle(event));
    },
    onDblClick: (event: MouseEvent) => (sight.zoom > 1 ? setSight(WHOLE) : zoomBy(2.5, ...fromMiddle(event))),
    onPointerDown: (event: PointerEvent) => {
      if ((event.target as HTMLElement).closest("button")) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    },
    onPointerMove: (event: PointerEvent) => {
      const before = fingers.current.get(event.pointerId);
      if (!before) return;
      const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
      const after = { x: event.clientX, y: event.clientY };
      if (other) zoomBy(Math.hypot(after.x - other.x, after.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y)));
      else moveBy(after.x - before.x, after.y - before.y);
      fingers.current.set(event.pointerId, after);
    },
    onPointerUp: (event: PointerEvent) => void fingers.current.delete(event.pointerId),
    onPointerCancel: (event: PointerEvent) => void fingers.current.delete(event.pointerId),
  };
  return { sight, zoomBy, moveBy, reset: () => setSight(WHOLE), handlers };
}

/** Where an event is, in px from the middle of the photo it is on. */
function fromMiddle(event: MouseEvent): [number, number] {
  const frame = (event.target as HTMLElement).closest(".photos-frame");
  if (!frame) return [0, 0];
  const box = frame.getBoundingClientRect();
  return [event.clientX - box.x - box.width / 2, event.clientY - box.y - box.height / 2];
}
