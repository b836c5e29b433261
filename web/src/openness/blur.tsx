/** Boxes over a photo: drawn with a pointer or moved by keys; what the detector proposes is taken or removed by a person. */
import { useRef, useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { type Box, decide, fetchProposals, type Marked, type Photo } from "./asking";
import { Picture } from "./picture";

const STEP = 0.01;
const LEAST = 0.01;
const NEW: Box = [0.4, 0.4, 0.6, 0.6];
const MOVES: Record<string, [number, number]> = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

interface Edited {
  publication: string;
  photo: Photo;
  onDone: () => void;
}

export function Blur({ publication, photo, onDone }: Edited) {
  const [marks, setMarks] = useState<Marked[]>(photo.regions.map((box) => ({ box: box as Box, kind: "own" })));
  const [drawn, setDrawn] = useState<Box | null>(null);
  const [looked, setLooked] = useState<number | null>(null);
  const surface = useRef<SVGSVGElement>(null);
  const start = useRef<[number, number] | null>(null);
  const looking = useDoing();
  const saving = useDoing();

  const at = (event: PointerEvent): [number, number] => {
    const { left, top, width, height } = surface.current!.getBoundingClientRect();
    return [share((event.clientX - left) / width), share((event.clientY - top) / height)];
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as Element).closest("[data-mark]")) return;
    start.current = at(event);
    surface.current!.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (!start.current) return;
    const [x, y] = at(event);
    setDrawn([Math.min(x, start.current[0]), Math.min(y, start.current[1]), Math.max(x, start.current[0]), Math.max(y, start.current[1])]);
  };
  const up = () => {
    if (drawn && drawn[2] - drawn[0] >= LEAST && drawn[3] - drawn[1] >= LEAST) setMarks([...marks, { box: drawn, kind: "own" }]);
    start.current = null;
    setDrawn(null);
  };
  const change = (n: number, box: Box) => setMarks(marks.map((mark, place) => (place === n ? { box, kind: "own" } : mark)));
  const remove = (n: number) => {
    setMarks(marks.filter((_, place) => place !== n));
    // The keyboard goes on at the surface: what had it is gone.
    surface.current?.focus();
  };
  const key = (event: KeyboardEvent, n: number) => {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      remove(n);
      return;
    }
    const by = MOVES[event.key];
    if (!by) return;
    event.preventDefault();
    change(n, event.shiftKey ? resized(marks[n]!.box, by) : shifted(marks[n]!.box, by));
  };
  const propose = async () => {
    const found = await fetchProposals(publication, photo.sha256);
    setMarks((now) => [...now, ...found.filter(({ box }) => !now.some((mark) => same(mark.box, box)))]);
    setLooked(found.length);
  };
  const save = async (chosen: boolean) => (await saving.run(() => decide(publication, photo.sha256, chosen, marks.map(({ box }) => box)))) && onDone();
  return (
    <div class="openness-blur">
      <p>{t("openness.blur_how")}</p>
      <div class="openness-surface">
        <Picture publication={publication} sha256={photo.sha256} alt={t("openness.whole_photo")} />
        <svg ref={surface} viewBox="0 0 1 1" preserveAspectRatio="none" tabindex={-1} role="group" aria-label={t("openness.boxes", { n: marks.length })} onPointerDown={down} onPointerMove={move} onPointerUp={up} onPointerCancel={up}>
          {marks.map(({ box, kind }, n) => (
            <rect key={n} data-mark class={`openness-box ${kind}`} tabindex={0} role="button" aria-label={t("openness.box", { n: n + 1, kind: t(`openness.kind_${kind}`), left: percent(box[0]), top: percent(box[1]), wide: percent(box[2] - box[0]), high: percent(box[3] - box[1]) })} onKeyDown={(event) => key(event, n)} x={box[0]} y={box[1]} width={box[2] - box[0]} height={box[3] - box[1]} />
          ))}
          {drawn && <rect class="openness-box own" x={drawn[0]} y={drawn[1]} width={drawn[2] - drawn[0]} height={drawn[3] - drawn[1]} />}
        </svg>
      </div>
      <div class="office-buttons">
        <button type="button" class="button" disabled={looking.busy} onClick={() => void looking.run(propose)}>{t(looking.busy ? "openness.proposing" : "openness.propose")}</button>
        <button type="button" class="button" onClick={() => setMarks([...marks, { box: NEW, kind: "own" }])}>{t("openness.add_box")}</button>
      </div>
      {looked !== null && <p role="status">{t("openness.proposed", { n: looked })}</p>}
      {looking.error !== null && <Failed error={looking.error} />}
      {marks.length > 0 && (
        <ul class="openness-marks">
          {marks.map(({ box, kind }, n) => (
            <li key={n}>
              <span>{t("openness.mark", { n: n + 1, kind: t(`openness.kind_${kind}`), wide: percent(box[2] - box[0]), high: percent(box[3] - box[1]) })}</span>
              <button type="button" class="plain" aria-label={t("openness.remove_n", { n: n + 1 })} onClick={() => remove(n)}>{t("openness.remove")}</button>
            </li>
          ))}
        </ul>
      )}
      {saving.error !== null && <Failed error={saving.error} />}
      <div class="office-buttons">
        <button type="button" class="button main" disabled={saving.busy} onClick={() => void save(true)}>{t("openness.confirm", { n: marks.length })}</button>
        <button type="button" class="button" disabled={saving.busy} onClick={() => void save(false)}>{t("openness.leave_out")}</button>
        <button type="button" class="plain" onClick={onDone}>{t("openness.back")}</button>
      </div>
    </div>
  );
}

const share = (value: number) => Math.min(1, Math.max(0, value));
const percent = (value: number) => Math.round(100 * value);
const same = (one: Box, other: Box) => one.every((side, n) => Math.abs(side - other[n]!) < LEAST);

function shifted([left, top, right, bottom]: Box, [x, y]: [number, number]): Box {
  const across = Math.min(1 - right, Math.max(-left, x));
  const along = Math.min(1 - bottom, Math.max(-top, y));
  return [left + across, top + along, right + across, bottom + along];
}

function resized([left, top, right, bottom]: Box, [x, y]: [number, number]): Box {
  return [left, top, Math.min(1, Math.max(left + LEAST, right + x)), Math.min(1, Math.max(top + LEAST, bottom + y))];
}
