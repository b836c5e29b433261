/** A call for help from every screen: held down, it counts to three and calls; it calls until the server has heard. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, type Schema, session } from "../api/client";
import { Failed } from "../ui/failing";
import { inSheets } from "../ui/in_sheets";
import { exact, t } from "../words";
import { datum, fix, watch } from "./here";

const HOLD_MS = 800;
const COUNT = 3;
const AGAIN_MS = 3_000;

interface Call {
  id: string;
  raised_at: string;
  /** As it was then: sent again, it must be the same call. */
  position: Record<string, unknown> | null;
  /** What the server answered last; null: it has not heard. */
  heard: Schema<"SosOut"> | null;
}

const key = () => `frontage.sos.${session.value?.user.id ?? ""}`;
const call = signal<Call | null>(null);
const failing = signal<unknown>(null);

function keep(next: Call | null): void {
  if (next) localStorage.setItem(key(), JSON.stringify(next));
  else localStorage.removeItem(key());
  call.value = next;
}

/** One try: raise it, or hear who answers. */
async function ask(): Promise<void> {
  const now = call.value;
  if (!now) return;
  const path = { sos_id: now.id };
  try {
    const heard = now.heard
      ? await answer(api.GET("/api/v1/sos/{sos_id}", { params: { path } }))
      : await answer(api.PUT("/api/v1/sos/{sos_id}", { params: { path }, body: { raised_at: now.raised_at, position: now.position, note: null } }));
    failing.value = null;
    keep({ ...now, heard });
  } catch (error) {
    failing.value = error;
  }
}

/** Raises a call now, with whatever is known of where. */
function raise(): void {
  const at = fix.value;
  const position = at && { lon: at.lon, lat: at.lat, datum: datum.value, accuracy_m: at.accuracy_m };
  keep({ id: crypto.randomUUID(), raised_at: new Date().toISOString(), position, heard: null });
}

/** Seconds to the call; null while none is counted down to. */
const counting = signal<number | null>(null);
/** How the call stands is looked at. */
const shown = signal(false);

function close(): void {
  counting.value = null;
  shown.value = false;
}

/** The button, on every screen and in every sheet that covers one. */
export function SosButton() {
  const [holding, setHolding] = useState(false);
  const hold = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(hold.current), []);

  function down(): void {
    if (call.value) return;
    setHolding(true);
    hold.current = setTimeout(() => {
      setHolding(false);
      counting.value = COUNT;
    }, HOLD_MS);
  }
  function up(): void {
    clearTimeout(hold.current);
    setHolding(false);
  }
  return (
    <button
      type="button"
      class="officer-sos"
      data-holding={holding}
      data-called={call.value !== null}
      aria-label={t(call.value ? "officer.sos.going_on" : "officer.sos.label")}
      onPointerDown={down}
      onPointerUp={up}
      onPointerLeave={up}
      onPointerCancel={up}
      onContextMenu={(event) => event.preventDefault()}
      // By keyboard or screen reader nothing can be held down: the countdown itself is the time to think.
      onClick={(event) => {
        if (call.value) shown.value = true;
        else if (event.detail === 0) counting.value = COUNT;
      }}
    >
      SOS
    </button>
  );
}

/** Countdown and call, above whatever is open; one for all buttons, so that a sheet that closes takes no call with it. */
export function SosSheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  const closing = useRef(false);
  const left = counting.value;
  const id = call.value?.id;
  const open = left !== null || (shown.value && id !== undefined);

  useEffect(() => {
    const text = localStorage.getItem(key());
    call.value = text ? (JSON.parse(text) as Call) : null;
    shown.value = text !== null;
    inSheets.value = SosButton;
    return () => {
      inSheets.value = null;
    };
  }, []);
  useEffect(() => {
    if (open) return dialog.current?.showModal();
    closing.current = dialog.current?.open ?? false;
    dialog.current?.close();
  }, [open]);
  useEffect(() => (open ? watch() : undefined), [open]);
  useEffect(() => {
    if (left === null) return undefined;
    if (left === 0) {
      counting.value = null;
      shown.value = true;
      raise();
      return undefined;
    }
    navigator.vibrate?.(120);
    const timer = setTimeout(() => (counting.value = left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  useEffect(() => {
    if (!id) return undefined;
    void ask();
    const timer = setInterval(() => void ask(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [id]);
  return (
    <dialog
      ref={dialog}
      class="officer-sos-sheet"
      aria-label={t("officer.sos.title")}
      // Told late of what was closed here, it would end the next count; Escape closes by itself.
      onClose={() => {
        if (!closing.current) close();
        closing.current = false;
      }}
    >
      {left !== null && <Countdown left={left} stop={close} />}
      {left === null && call.value && <Called now={call.value} close={close} />}
    </dialog>
  );
}

function Countdown({ left, stop }: { left: number; stop: () => void }) {
  return (
    <>
      <p role="status">{t("officer.sos.counting", { seconds: left })}</p>
      <p class="officer-sos-count numbers" aria-hidden="true">
        {left}
      </p>
      <button type="button" class="button" autofocus onClick={stop}>
        {t("officer.sos.stop")}
      </button>
    </>
  );
}

function Called({ now: { raised_at, position, heard }, close }: { now: Call; close: () => void }) {
  const state = heard?.state;
  const by = heard?.acknowledged?.name ?? "";
  return (
    <>
      <h2>{t("officer.sos.title")}</h2>
      <p class="quiet numbers">{exact(raised_at)}</p>
      <p class="officer-sos-state" role="status">
        {!heard && t("officer.sos.sending")}
        {state === "open" && t("officer.sos.heard")}
        {state === "acknowledged" && t("officer.sos.taken", { name: by })}
        {state === "closed" && t("officer.sos.closed")}
      </p>
      {!heard && failing.value !== null && <Failed error={failing.value} again={() => void ask()} />}
      <p class="quiet">{t(position ? "officer.sos.with_position" : "officer.sos.without_position")}</p>
      <button
        type="button"
        class="button"
        onClick={() => {
          if (state === "closed") keep(null);
          close();
        }}
      >
        {t(state === "closed" ? "officer.close" : "officer.sos.hide")}
      </button>
    </>
  );
}
