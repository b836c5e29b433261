/** What would become of zones: counts, each of which opens its zones. */
import { t } from "../words";
import type { Comparison } from "./asking";
import { change, type Fate, FATES, query } from "./query";

export function Fates({ fates, only = FATES }: { fates: Comparison["fates"]; only?: readonly Fate[] }) {
  const open = query.value.fate;
  return (
    <div class="office-choice importing-fates">
      {only.filter((fate) => fates[fate]).map((fate) => (
        <button key={fate} type="button" aria-pressed={open === fate} onClick={() => change({ fate, zone: "" }, "replace")}>
          <span class={`importing-sign ${fate}`} aria-hidden="true" /> {t(`importing.fate_${fate}`)} <b class="numbers">{fates[fate]!.zones}</b>
        </button>
      ))}
    </div>
  );
}
