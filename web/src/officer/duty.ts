/** Shifts as the phone tells them: at once, or when there is a network again, in order and as often as it takes. */
import { computed, signal } from "@preact/signals";
import { answer, api, Failure, type Schema, session, sessionEnded } from "../api/client";
import { now } from "../cases/standing";
import { datum, fix } from "./here";

interface Shift {
  id: string;
  started_at: string;
  /** The server has its start. */
  told: boolean;
  position?: Schema<"StartPlaceIn">;
  /** Ended here and not told yet. */
  ended_at?: string;
  limit_at?: string;
  outside_roster?: boolean;
}

const AGAIN_MS = 15_000;
const shifts = signal<Shift[]>([]);
/** Why the server did not take a shift. */
export const refused = signal<unknown>(null);
/** The shift that goes on, as far as the phone knows. */
export const current = computed(
  () => shifts.value.find((shift) => !shift.ended_at && Date.parse(shift.limit_at ?? "9999-12-31") > now.value) ?? null,
);
export const onDuty = computed(() => current.value !== null);
/** Starts or ends that the server has not heard of. */
export const untold = computed(() => shifts.value.some((shift) => !shift.told || shift.ended_at !== undefined));

const key = () => `frontage.shifts.${session.value?.user.id ?? ""}`;

function keep(next: Shift[]): void {
  localStorage.setItem(key(), JSON.stringify(next));
  shifts.value = next;
}

/** Reads what is kept and asks the server; ends with the function that comes back. */
export function follow(): () => void {
  const read = () => (shifts.value = JSON.parse(localStorage.getItem(key()) ?? "[]") as Shift[]);
  const heard = (event: StorageEvent) => event.key === key() && read();
  const again = setInterval(() => untold.value && void tell(), AGAIN_MS);
  const online = () => void tell();
  read();
  addEventListener("storage", heard);
  addEventListener("online", online);
  void tell();
  return () => {
    clearInterval(again);
    removeEventListener("storage", heard);
    removeEventListener("online", online);
  };
}

export function begin(): void {
  refused.value = null;
  const at = fix.value;
  const position = at && { lon: at.lon, lat: at.lat, datum: datum.value, accuracy_m: at.accuracy_m };
  keep([...shifts.value, { id: crypto.randomUUID(), started_at: new Date().toISOString(), told: false, ...(position && { position }) }]);
  now.value = Date.now();
  void tell();
}

export function end(): void {
  const open = current.value;
  const ended_at = new Date().toISOString();
  keep(shifts.value.map((shift) => (shift.id === open?.id ? { ...shift, ended_at } : shift)));
  void tell();
}

/** Tells what the server has not heard, oldest first; with nothing to tell, takes what the server knows. */
export async function tell(): Promise<void> {
  await navigator.locks.request("frontage.duty", async () => {
    if (!session.value || sessionEnded.value) return;
    try {
      while (untold.value) await step(shifts.value.find((shift) => !shift.told || shift.ended_at !== undefined)!);
      const { shift } = await answer(api.GET("/api/v1/shifts/current"));
      // What was begun meanwhile is newer than this answer.
      if (!untold.value) keep(shift ? [known(shift)] : []);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  });
}

const known = ({ id, started_at, limit_at, outside_roster }: Schema<"ShiftOut">): Shift => ({ id, started_at, limit_at, outside_roster, told: true });
const passing = (error: unknown): boolean =>
  !(error instanceof Failure) || error.unreached || error.status >= 500 || [401, 408, 429].includes(error.status);

async function step(shift: Shift): Promise<void> {
  const { id, started_at, ended_at, position } = shift;
  const replace = (next: Shift[]) => keep(shifts.value.flatMap((one) => (one.id === id ? next : [one])));
  try {
    if (!shift.told) {
      const body = { shift: id, started_at, position: position ?? null };
      const made = await answer(api.POST("/api/v1/shifts/start", { body }));
      const latest = shifts.value.find((one) => one.id === id)?.ended_at;
      replace([{ ...known(made), ...(latest && { ended_at: latest }) }]);
    } else if (ended_at) {
      await answer(api.POST("/api/v1/shifts/end", { body: { shift: id, ended_at } }));
      replace([]);
    }
  } catch (error) {
    if (passing(error)) throw error;
    // The server knows better, and says what: its own view is read next.
    if ((error as Failure).code !== "shift_open") refused.value = error;
    replace([]);
  }
}
