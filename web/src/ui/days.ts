/** Days of the district, as 2026-09-01. */
import { day } from "../words";

export const DAY = /^\d{4}-\d\d-\d\d$/;
export const DAY_MS = 86_400_000;

/** Today in the district. */
export const today = (): string => day(Date.now());

export function moved(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export const monday = (day: string): string => moved(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
