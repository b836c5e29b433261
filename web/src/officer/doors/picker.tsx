/** Which door: the nearest is chosen already, another one is one tap away. */
import { useEffect, useState } from "preact/hooks";
import { Failed } from "../../ui/failing";
import { t } from "../../words";
import { fix, trouble, watch } from "../here";
import { look, near, type Near, unknown } from "./fronts";

const SHOWN = 6;

export interface Door {
  chosen: Near | null;
  choose: (code: string) => void;
}

/** The door the officer stands at, or the one they chose. */
export function useDoor(wanted: string | null = null): Door {
  const [picked, setPicked] = useState(wanted);
  const at = fix.value;
  useEffect(watch, []);
  // A step aside is no other place.
  const place = at && `${at.lon.toFixed(5)},${at.lat.toFixed(5)}`;
  useEffect(() => void (place && look()), [place]);
  const found = near.value ?? [];
  return { chosen: found.find(({ code }) => code === picked) ?? found[0] ?? null, choose: setPicked };
}

export function DoorPicker({ door: { chosen, choose } }: { door: Door }) {
  const [all, setAll] = useState(false);
  const found = near.value ?? [];
  const shown = all ? found : found.slice(0, SHOWN);
  return (
    <section class="officer-part" aria-labelledby="doors-where">
      <h2 id="doors-where">{t("doors.where")}</h2>
      {unknown.value !== null && <Failed error={unknown.value} again={() => void look()} />}
      {!near.value && unknown.value === null && <p class="notice" role="status">{t(trouble.value && !fix.value ? `officer.position.${trouble.value}` : fix.value ? "doors.looking" : "officer.position.awaited")}</p>}
      {near.value?.length === 0 && <p class="notice" role="status">{t("doors.none")}</p>}
      {shown.length > 0 && (
        <div class="doors-list" role="radiogroup" aria-labelledby="doors-where">
          {shown.map(({ code, name, far_m }) => (
            <label key={code} class="doors-door">
              <input type="radio" name="door" checked={code === chosen?.code} onChange={() => choose(code)} />
              <span>{name}</span>
              <span class="numbers quiet">{far_m === 0 ? t("doors.here") : `${Math.ceil(far_m)} m`}</span>
            </label>
          ))}
        </div>
      )}
      {shown.length < found.length && (
        <button type="button" class="plain" onClick={() => setAll(true)}>
          {t("doors.more", { count: found.length - shown.length })}
        </button>
      )}
    </section>
  );
}
