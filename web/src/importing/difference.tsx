/** What applying would change, by what has been decided so far: counts, the zones behind them, and both shapes on the map. */
import type { Signal } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import type { ShapeMark, ShapeRole } from "../map";
import { placeName } from "../manager/names";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { compare, type Comparison, type Decision, decisionOf, type Import, type ZoneFate } from "./asking";
import type { Choices } from "./choices";
import { Fates } from "./fates";
import { Ground } from "./ground";
import { change, type Fate, FATES, query } from "./query";

export function Difference({ one, choices }: { one: Import; choices: Signal<Choices> }) {
  return <Compared one={one} decision={decisionOf(choices.value)} />;
}

const ROLES: Record<Fate, ShapeRole> = { new: "new", changed: "changed", gone: "gone", unchanged: "beside", faulty: "fault", before_version: "changed" };

/** `only`: of these fates. */
export function Compared({ one, decision, only = FATES }: { one: Import; decision: Decision; only?: readonly Fate[] }) {
  const of = query.value;
  const asked = JSON.stringify(decision);
  const sums = useReading(`importing.fates.${one.id}.${asked}`, () => compare(one.id, decision, ""), { seen: false });
  const fates = sums.value?.fates;
  const fate = of.fate || (fates && only.find((each) => fates[each])) || "";
  const rows = useReading(fate ? `importing.zones.${one.id}.${fate}.${asked}` : null, () => compare(one.id, decision, fate), { seen: false });
  const [more, setMore] = useState<{ of: Comparison | null; items: ZoneFate[]; next: string | null }>({ of: null, items: [], next: null });
  const [failed, setFailed] = useState<unknown>(null);
  const first = rows.stale ? null : rows.value;
  const known = more.of === first ? more : { of: first, items: [], next: first?.next ?? null };
  const items = useMemo(() => [...(first?.items ?? []), ...known.items], [first, known.items.length]);
  const chosen = items.find(({ code, feature }) => keyOf({ code, feature }) === of.zone);
  const shapes = useMemo(() => items.flatMap((item) => drawn(item, fate as Fate)), [items, fate]);
  const looked = chosen ? drawn(chosen, fate as Fate) : shapes;
  const further = () =>
    compare(one.id, decision, fate, known.next!).then((page) => setMore({ of: first, items: [...known.items, ...page.items], next: page.next }), setFailed);
  if (sums.error !== null && !fates) return <Failed error={sums.error} again={sums.again} />;
  if (!fates) return <Waiting what={t("importing.comparing")} shape="rows" />;
  if (!fate) return <p class="office-empty">{t("importing.nothing_changes")}</p>;
  return (
    <div class={sums.stale ? "stale" : ""}>
      <Fates fates={fates} only={only} />
      <div class="importing-sides">
        <Ground
          shapes={shapes}
          at={{ key: `${fate}/${of.zone}/${first ? "there" : ""}`, shapes: looked.map(({ shape }) => shape) }}
          legend={fate === "changed" || fate === "before_version" ? ["changed", "before"] : [ROLES[fate as Fate]]}
        />
        <div class="importing-beside">
          {rows.error !== null && !first && <Failed error={rows.error} again={rows.again} />}
          {!first && rows.error === null && <Waiting shape="rows" />}
          <ul class="importing-zones" aria-label={t(`importing.fate_${fate as Fate}`)}>
            {items.map((item) => (
              <li key={keyOf(item)} {...(item === chosen && { "aria-current": "true" as const })}>
                <button type="button" onClick={() => change({ fate: fate as Fate, zone: keyOf(item) }, "replace")}>
                  <strong>{item.after?.name ?? item.before?.name}</strong> <span class="quiet numbers">{item.code ?? t("importing.feature", { n: item.feature! })}</span>
                  <span class="quiet">{changes(item)}</span>
                </button>
              </li>
            ))}
          </ul>
          {failed !== null && <Failed error={failed} />}
          {known.next && <button type="button" class="plain" onClick={() => void further()}>{t("importing.more")}</button>}
        </div>
      </div>
    </div>
  );
}

const keyOf = ({ code, feature }: { code: string | null; feature: number | null }): string => code ?? `#${feature}`;

function drawn({ before, after }: ZoneFate, fate: Fate): ShapeMark[] {
  const marks: ShapeMark[] = [];
  const now = after?.geometry;
  if (before?.geometry && fate !== "unchanged") marks.push({ role: fate === "gone" ? "gone" : "before", shape: before.geometry as unknown as ShapeMark["shape"], label: now ? undefined : before.name });
  if (now) marks.push({ role: ROLES[fate], shape: now as unknown as ShapeMark["shape"], label: after.name });
  return marks;
}

/** What is another than before. */
function changes({ before, after, reshaped }: ZoneFate): string {
  if (!before || !after) return placeName((after ?? before)?.township ?? "");
  return [
    before.name !== after.name && `${before.name} → ${after.name}`,
    before.township !== after.township && `${placeName(before.township ?? "")} → ${placeName(after.township ?? "")}`,
    reshaped && t("importing.other_shape"),
  ].filter(Boolean).join(" · ");
}
