/** How figures are said: kilometres, per cent, days; and the sign of each status, which is never colour alone. */
import { language, t } from "../words";
import type { Status } from "./query";

export const km = (metres: number): string => new Intl.NumberFormat(language.value, { maximumFractionDigits: metres < 10_000 ? 2 : 1 }).format(metres / 1000);
export const metres = (of: number): string => (of < 1000 ? `${Math.round(of)} m` : `${km(of)} km`);
export const count = (of: number): string => new Intl.NumberFormat(language.value).format(of);
export const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 0);
/** Rounded down: what is not whole is not told as 100 %. */
export const percent = (part: number, whole: number): string => `${Math.floor(share(part, whole) * 100)} %`;

export function overdue(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  return days ? t("manager.days", { n: days }) : t("manager.hours_long", { n: Math.max(1, Math.floor(seconds / 3600)) });
}

export function Sign({ of }: { of: Status }) {
  return <span class={`manager-sign ${of}`} aria-hidden="true" />;
}

/** Metres seen of a whole: surely seen is solid, only probably seen is hatched. */
export function SeenBar({ certain, seen, of }: { certain: number; seen: number; of: number }) {
  const words = t("manager.seen_of", { certain: metres(certain), seen: metres(seen), of: metres(of) });
  return (
    <svg class="manager-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={words}>
      <title>{words}</title>
      <rect class="whole" width="100" height="8" />
      <rect class="probable" width={share(seen, of) * 100} height="8" />
      <rect class="certain" width={share(certain, of) * 100} height="8" />
    </svg>
  );
}
