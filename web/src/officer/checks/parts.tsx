/** What the screens of checks have in common. */
import { useEffect } from "preact/hooks";
import { Link } from "wouter-preact";
import { Preview, type Spot, useSpot } from "../../cases/reply";
import { either, t } from "../../words";
import { Picture } from "../picture";
import type { DraftPhoto, QueueItem } from "../queue";

export const wordOf = (one: { text: string; text_en: string }): string => either(one.text, one.text_en);

export type Taken = Required<DraftPhoto>;

export function Head({ back, title }: { back: string; title: string }) {
  return (
    <header class="officer-head">
      <Link class="officer-back" href={back} aria-label={t("officer.back")}>
        ‹
      </Link>
      <h1>{title}</h1>
    </header>
  );
}

/** What waits on the phone is not what the server has. */
export function Unsent({ items }: { items: QueueItem[] }) {
  if (items.length === 0) return null;
  return (
    <Link class="officer-strip" href="/officer/queue">
      <span role="status">{t(items.some(({ state }) => state === "refused") ? "checks.refused_n" : "checks.unsent_n", { count: items.length })}</span>
      <span aria-hidden="true">›</span>
    </Link>
  );
}

export interface ShotSpot {
  photos: Taken[];
  by_hand: boolean;
  /** Where the first of them was taken, as the phone knew it. */
  spot: Spot | null;
}

/** Where the photos of a draft were taken: the phone's own knowledge goes into the draft, for a page that is opened again. */
export function useShotSpot({ photos, by_hand, spot: known }: ShotSpot, place: { position: { lon: number; lat: number } } | null, change: (part: Partial<ShotSpot>) => void): Spot | null {
  const spot = useSpot(photos[0]?.captured_at, by_hand ? place : null, known);
  useEffect(() => {
    if (spot?.source === "device" && spot !== known) change({ spot });
  }, [spot]);
  return spot;
}

interface Taking {
  photos: Taken[];
  setPhotos: (photos: Taken[]) => void;
  /** What the button says while there is none. */
  label: string;
  main?: boolean;
}

export function Shots({ photos, setPhotos, label, main = false }: Taking) {
  const taken = (files: File[]) => setPhotos([...photos, ...files.map((blob) => ({ blob, role: "scene" as const, captured_at: new Date().toISOString() }))]);
  return (
    <>
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
        <Picture class={`button ${main && photos.length === 0 ? "main" : ""}`} from="camera" taken={taken}>{label}</Picture>
        <Picture class="button" from="gallery" taken={taken}>{t("reply.gallery")}</Picture>
      </div>
    </>
  );
}
