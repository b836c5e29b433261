/** Calls for help: seen, heard and taken from wherever one is on the desk. */
import { computed, effect, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { now } from "../cases";
import { Failed } from "../ui/failing";
import { exact, relative, t } from "../words";
import { counts } from "./counts";

type Sos = Schema<"SosOut">;
export const calls = signal<Sos[]>([]);
export const openCalls = computed(() => calls.value.filter((one) => one.state === "open").length);
/** Where the map is asked to go. */
export const lookAt = signal<[number, number] | null>(null);

const OUTCOMES = ["helped", "handed_over", "false_alarm", "unresolved"] as const;
const MUTED = "frontage.muted";
export const muted = signal(localStorage.getItem(MUTED) === "1");

export async function loadCalls(): Promise<void> {
  const asked = (["open", "acknowledged"] as const).map((state) => answer(api.GET("/api/v1/sos", { params: { query: { state } } })));
  calls.value = (await Promise.all(asked)).flatMap((page) => page.items);
}

export function mute(quiet: boolean): void {
  muted.value = quiet;
  localStorage.setItem(MUTED, quiet ? "1" : "0");
}

const AGAIN_MS = 4000;
const TONES = { sos: [880, 660, 880], overdue: [440] };
let sound: AudioContext | null = null;

/** A browser lets a page sound only after it was touched; until then the badge has to do. */
function ring(tones: readonly number[]): void {
  if (muted.peek() || !navigator.userActivation?.hasBeenActive) return;
  sound ??= new AudioContext();
  tones.forEach((frequency, place) => {
    const tone = new OscillatorNode(sound!, { frequency });
    const volume = new GainNode(sound!, { gain: 0.15 });
    tone.connect(volume).connect(sound!.destination);
    tone.start(sound!.currentTime + place * 0.18);
    tone.stop(sound!.currentTime + place * 0.18 + 0.14);
  });
}

/** Sounds and the title of the tab, for as long as the desk is open. */
export function alarm(): () => void {
  const title = document.title;
  let overdue: number | null = null;
  const stops = [
    effect(() => {
      const { value: sos } = openCalls;
      document.title = sos ? `(${sos}) SOS · ${title}` : counts.value.overdue ? `(${counts.value.overdue}) ${title}` : title;
    }),
    effect(() => {
      if (!openCalls.value) return undefined;
      ring(TONES.sos);
      const again = setInterval(() => ring(TONES.sos), AGAIN_MS);
      return () => clearInterval(again);
    }),
    effect(() => {
      const { overdue: many } = counts.value;
      if (overdue !== null && many > overdue) ring(TONES.overdue);
      overdue = many;
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    document.title = title;
  };
}

export function SosBar() {
  if (!calls.value.length) return null;
  return <section class="desk-sos" aria-label={t("desk.sos")} role="region">{calls.value.map((one) => <Call key={one.id} one={one} />)}</section>;
}

function Call({ one }: { one: Sos }) {
  const [error, setError] = useState<unknown>(null);
  const path = { sos_id: one.id };
  async function ask(asked: Promise<{ data?: unknown; response: Response; error?: unknown }>): Promise<void> {
    try {
      await answer(asked);
      setError(null);
    } catch (failed) {
      setError(failed);
    }
    await loadCalls().catch(() => undefined);
  }
  const { position } = one;
  return (
    <div class={`desk-call ${one.state}`} role={one.state === "open" ? "alert" : undefined}>
      <strong>{t("desk.sos_raised", { name: one.name })}</strong>
      <span>{one.body.name}</span>
      <time dateTime={one.raised_at} title={exact(one.raised_at)}>{relative(one.raised_at, now.value)}</time>
      {one.note && <span class="desk-call-note">{one.note}</span>}
      {one.acknowledged && <span>{t("desk.sos_by", { name: one.acknowledged.name })}</span>}
      <span class="desk-call-do">
        {position ? <button type="button" class="button" onClick={() => (lookAt.value = [position.lon, position.lat])}>{t("desk.sos_here")}</button> : <span class="quiet">{t("desk.sos_nowhere")}</span>}
        {one.state === "open" && (
          <button type="button" class="button main" onClick={() => void ask(api.POST("/api/v1/sos/{sos_id}/acknowledge", { params: { path } }))}>{t("desk.sos_acknowledge")}</button>
        )}
        {one.state === "acknowledged" && (
          <form onSubmit={(event) => {
            event.preventDefault();
            const outcome = new FormData(event.currentTarget as HTMLFormElement).get("outcome") as (typeof OUTCOMES)[number];
            void ask(api.POST("/api/v1/sos/{sos_id}/close", { params: { path }, body: { outcome } as Schema<"SosCloseIn"> }));
          }}>
            <select name="outcome" aria-label={t("desk.sos_outcome")}>{OUTCOMES.map((outcome) => <option key={outcome} value={outcome}>{t(`desk.sos_outcome_${outcome}`)}</option>)}</select>
            <button class="button">{t("desk.sos_close")}</button>
          </form>
        )}
      </span>
      {error !== null && <Failed error={error} />}
    </div>
  );
}
