/** While on duty and open, the page keeps where the phone is and sends it in batches; closed, it records nothing. */
import { effect, signal } from "@preact/signals";
import { answer, api, Failure, type Schema, session, sessionEnded } from "../api/client";
import { current, onDuty, tell, untold } from "./duty";
import { datum, fix, type Fix, watch } from "./here";
import { addFix, countFixes, fixes, forgetFixes } from "./store";

/** Finer than this a walk gains nothing and the battery loses. */
const EACH_MS = 5_000;
const SEND_EACH_MS = 30_000;
const BATCH = 500;
const DEVICE = "browser";

/** Fixes that the server has not got yet. */
export const unsent = signal(0);
/** Why the server did not take them, when trying again is no use. */
export const trackRefused = signal<unknown>(null);

/** Records and sends until the function that comes back is called. */
export function track(): () => void {
  let kept_at = 0;
  const recording = effect(() => (onDuty.value ? watch() : undefined));
  const keeping = effect(() => {
    const at = fix.value;
    const shift = current.value;
    // The phone knew where it was before the shift began: that is nobody's business.
    if (!at || !shift || at.at < Date.parse(shift.started_at) || at.at - kept_at < EACH_MS) return;
    kept_at = at.at;
    void keep(at);
  });
  const timer = setInterval(() => void send(), SEND_EACH_MS);
  const hidden = () => void send();
  addEventListener("online", hidden);
  document.addEventListener("visibilitychange", hidden);
  void send();
  return () => {
    recording();
    keeping();
    clearInterval(timer);
    removeEventListener("online", hidden);
    document.removeEventListener("visibilitychange", hidden);
  };
}

async function keep({ at, lon, lat, ...rest }: Fix): Promise<void> {
  const account = session.peek()?.user.id;
  if (!account) return;
  try {
    await addFix(account, { lon, lat, ...rest, datum: datum.peek(), recorded_at: new Date(at).toISOString() });
    unsent.value = await countFixes(account);
  } catch {
    // What is sent makes room again; until then the officer knows that their way is not kept.
    trackRefused.value = new Failure(507, "track_full", {});
  }
}

/** Sends what waits, oldest first. What was told twice the server counts once. */
export async function send(): Promise<void> {
  await navigator.locks.request("frontage.track", { ifAvailable: true }, async (lock) => {
    const account = session.value?.user.id;
    if (!lock || !account || sessionEnded.value) return;
    // A fix is taken only inside a shift that the server knows.
    if (untold.value) await tell();
    let size = BATCH;
    for (;;) {
      const batch = await fixes(account, size);
      unsent.value = await countFixes(account);
      const last = batch.at(-1);
      if (!last || untold.value) return;
      try {
        await answer(api.POST("/api/v1/positions", { body: { device: DEVICE, positions: batch as Schema<"FixIn">[] } }));
        trackRefused.value = null;
      } catch (error) {
        const { status, code } = error as Failure;
        if (status === 413 && size > 1) {
          size = Math.ceil(size / 2);
          continue;
        }
        // Off duty when it was recorded: nobody may keep it, nor does the phone.
        if (code !== "off_duty") {
          if (status >= 400 && status < 500 && ![401, 408, 429].includes(status)) trackRefused.value = error;
          return;
        }
      }
      await forgetFixes(account, last.recorded_at);
    }
  });
}
