/** Which door: the nearest is chosen already, another one is one tap away. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../../words";
import { fix, watch } from "../here";
import { Picker } from "../places/picker";
import { items } from "../queue";
import { look, near, type Near, unknown } from "./fronts";

export interface Door {
  chosen: Near | null;
  choose: (code: string) => void;
}

/** The doors within reach, looked for wherever the officer walks. */
export function useNear(): Near[] | null {
  const at = fix.value;
  useEffect(watch, []);
  // A step aside is no other place.
  const place = at && `${at.lon.toFixed(5)},${at.lat.toFixed(5)}`;
  // A letter that has arrived is no longer wanted there.
  const arrived = items.value.filter(({ kind, state }) => kind === "paper" && state === "kept").length;
  useEffect(() => void (place && look()), [place, arrived]);
  return near.value;
}

/** The door the officer stands at, or the one they chose. */
export function useDoor(wanted: string | null = null): Door {
  const [picked, setPicked] = useState(wanted);
  const found = useNear() ?? [];
  return { chosen: found.find(({ code }) => code === picked) ?? found[0] ?? null, choose: setPicked };
}

export function DoorPicker({ door: { chosen, choose } }: { door: Door }) {
  return (
    <Picker
      title={t("doors.where")}
      none={t("doors.none")}
      rows={near.value}
      error={unknown.value}
      again={() => void look()}
      chosen={chosen}
      choose={({ code }) => choose(code)}
      by_position
    />
  );
}
