/** When a term ends and what it is for: the days that are left in words. */
import { either, t } from "../words";
import type { Clock } from "./asking";

export function Term({ of }: { of: Clock }) {
  return (
    <span class={`enforcement-clock ${of.standing}`}>
      <span>{either(of.clock_name, of.clock_name_en)}</span> <span class="numbers">{of.due_on}</span> <b>{t(`enforcing.clock_${of.standing}`, { n: Math.abs(of.days_left ?? 0) })}</b>
    </span>
  );
}
