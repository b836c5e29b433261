/** The clocks of a case as bars of the time they have used. */
import { capital, either, exact, t } from "../words";
import type { Clock } from "./calls";
import { Glyph, left, type Standing } from "./standing";

const STANDINGS: Record<Clock["colour"], Standing> = { green: "on_time", yellow: "soon", red: "soon", overdue: "overdue" };

export function Clocks({ clocks }: { clocks: Clock[] }) {
  if (!clocks.length) return <p class="quiet">{t("case.no_clocks")}</p>;
  const running = clocks.filter((one) => one.state !== "stopped");
  const stopped = clocks.filter((one) => one.state === "stopped");
  return (
    <div class="case-clocks">
      {running.map((one) => <Bar key={`${one.name}${one.round}`} clock={one} />)}
      {stopped.length > 0 && (
        <details open={!running.length}>
          <summary>{t("case.clocks_stopped", { n: stopped.length })}</summary>
          {stopped.map((one) => <Bar key={`${one.name}${one.round}`} clock={one} />)}
        </details>
      )}
    </div>
  );
}

function Bar({ clock }: { clock: Clock }) {
  const stand: Standing = clock.state === "paused" ? "suspended" : STANDINGS[clock.colour];
  const shown = clock.state === "stopped" && stand !== "overdue" ? "closed" : stand;
  const tail = clock.state === "running" ? left(clock.due_at) : t(`case.clock_${clock.state}`);
  return (
    <div class={`case-clock ${shown}`} title={`${t("case.due")} ${exact(clock.due_at)}`}>
      <Glyph of={shown} />
      <span>{capital(either(clock.name_zh, clock.name_en))}{clock.round > 1 && ` ${t("case.round", { n: clock.round })}`}</span>
      <progress max={1} value={Math.min(1, clock.used_share)} aria-label={either(clock.name_zh, clock.name_en)} />
      <span class="numbers">{tail}</span>
    </div>
  );
}
