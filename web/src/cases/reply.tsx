/** Replying with a photo of how it looks now: both wait on the phone until the server has them, with network or without. */
import { useEffect, useRef, useState } from "preact/hooks";
import { datum, fix, trouble, watch } from "../officer/here";
import { distance_m, metres } from "../officer/far";
import { Picture as Take } from "../officer/picture";
import { type DraftPhoto, enqueue, enqueueAction, type WireReport } from "../officer/queue";
import { Failed } from "../ui/failing";
import { exact, t } from "../words";
import { actionKey, type Case, categoryName, type Report } from "./calls";
import { shotsOf } from "./photos";

/** For so long after the photo a better fix still tells where it was taken. */
const SETTLING_MS = 20_000;
/** A fix this much older than the photo gives way to any newer one. */
const STALE_MS = 30_000;
/** How far from the place of the case somebody stands who says that they are there. */
const BY_HAND_M = 15;

export type Spot = WireReport["position"];
type Placed = Pick<Case, "position">;

interface Replying {
  one: Case;
  reports: Report[];
  close: () => void;
}

export function ReplyForm({ one, reports, close }: Replying) {
  const [photos, setPhotos] = useState<Required<DraftPhoto>[]>([]);
  const [by_hand, setByHand] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const spot = useSpot(photos[0]?.captured_at, by_hand ? one : null);
  const earlier = shotsOf(reports).after.length > 0;
  const note = useRef<HTMLTextAreaElement>(null);
  const ready = photos.length > 0 ? spot !== null : earlier;

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await send(one, photos, spot, note.current?.value.trim() ?? "");
      close();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }

  const taken = (files: File[]) =>
    setPhotos((before) => [...before, ...files.map((blob) => ({ blob, role: "after" as const, captured_at: new Date().toISOString() }))]);
  return (
    <form class="case-form" onSubmit={(event) => void submit(event)} aria-label={t("reply.title")}>
      <h3>{t("reply.title")}</h3>
      {photos.length > 0 && (
        <ul class="reply-photos">
          {photos.map((photo, place) => (
            <li key={photo.captured_at + place}>
              <Preview of={photo.blob} />
              <button type="button" class="button" aria-label={t("reply.drop", { n: place + 1 })} onClick={() => setPhotos(photos.filter((other) => other !== photo))}>
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="reply-take">
        <Take class={`button ${photos.length === 0 ? "main" : ""}`} from="camera" taken={taken}>{t("reply.camera")}</Take>
        <Take class="button" from="gallery" taken={taken}>{t("reply.gallery")}</Take>
      </div>
      {photos.length === 0 && <p class="quiet">{t(earlier ? "reply.earlier" : "reply.wanted")}</p>}
      {photos.length > 0 && <Where spot={spot} one={one} by_hand={by_hand} setByHand={setByHand} />}
      <label class="field">
        <span>{t("input.note")} {t("input.optional")}</span>
        <textarea ref={note} rows={2} maxLength={2000} />
      </label>
      {error !== null && <Failed error={error} />}
      <div class="case-send">
        <button class="button main" disabled={busy || !ready}>{busy ? t("case.acting") : t("reply.send")}</button>
        <button type="button" class="button" disabled={busy} onClick={close}>{t("case.not_now")}</button>
      </div>
      <p class="quiet">{t("reply.queued")}</p>
    </form>
  );
}

/** Where the photo was taken: the best fix of the moments around it, or the place of the case when somebody says so.
 * `known`: what was found before the page was opened again. */
export function useSpot(taken_at: string | undefined, by_hand: Placed | null, known: Spot | null = null): Spot | null {
  const [best, setBest] = useState(known);
  useEffect(watch, []);
  const now = fix.value;
  useEffect(() => {
    if (!now || !taken_at) return;
    const taken = Date.parse(taken_at);
    const better = !best || taken - Date.parse(best.fixed_at!) > STALE_MS || (now.at - taken < SETTLING_MS && now.accuracy_m < best.accuracy_m);
    if (!better) return;
    const { lon, lat, accuracy_m, at } = now;
    setBest({ lon, lat, accuracy_m, datum: datum.value, source: "device", fixed_at: new Date(at).toISOString() });
  }, [now, taken_at]);
  if (by_hand) return { ...by_hand.position, datum: "wgs84", accuracy_m: BY_HAND_M, source: "manual" };
  return best;
}

interface Standing {
  spot: Spot | null;
  one: Placed;
  by_hand: boolean;
  setByHand: (by_hand: boolean) => void;
  /** Whose place it is: of a case, or a door that is checked. */
  words?: "reply" | "checks";
}

export function Where({ spot, one, by_hand, setByHand, words = "reply" }: Standing) {
  const accuracy = Math.round(spot?.accuracy_m ?? 0);
  // Only the server converts the other datums.
  const comparable = spot && (spot.datum === "wgs84" || spot.datum === "cgcs2000");
  const found = comparable ? t(`${words}.where`, { far: metres(distance_m(spot, one.position)), accuracy }) : t("reply.fix", { accuracy });
  const said = spot ? found : t(trouble.value ? "reply.no_fix" : "reply.locating");
  return (
    <div class="notice" role="status">
      <p class="numbers">{by_hand ? t(`${words}.by_hand`) : said}</p>
      {(by_hand || spot === null) && (
        <button type="button" class="plain" onClick={() => setByHand(!by_hand)}>
          {t(by_hand ? "reply.by_device" : `${words}.at_place`)}
        </button>
      )}
    </div>
  );
}

export function Preview({ of }: { of: Blob }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(of);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [of]);
  return address ? <img src={address} alt={t("case.photo_after")} /> : null;
}

/** The photo as a report of the case, then the reply that names it. */
async function send(one: Case, photos: Required<DraftPhoto>[], spot: Spot | null, note: string): Promise<void> {
  const said = note ? { note } : {};
  const title = t("reply.row", { category: categoryName(one.category) });
  if (photos.length === 0 || !spot) {
    return enqueueAction({ id: actionKey(), title, case: one.number, action: "reply", body: { version: one.version, ...said } });
  }
  const report = actionKey();
  await enqueue({
    kind: "report",
    id: report,
    title: t("reply.photo_row", { number: one.number }),
    report: { captured_at: photos[0]!.captured_at, position: spot, category: one.category, case: one.number },
    photos,
  });
  await enqueueAction({ id: actionKey(), title, case: one.number, action: "reply", after: report, body: { version: one.version, reports: [report], ...said } });
}

/** Said of a copy, so that nobody takes it for how things stand. */
export function CopyNotice({ at }: { at: string }) {
  return <p class="notice" role="status">{t("case.copy", { at: exact(at) })}</p>;
}
