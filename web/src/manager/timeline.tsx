/** One line a person: standing, visits, reports, and how fast they went; one handle moves all of them through the day. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { exact, t } from "../words";
import { moment, SPEEDS, type Walk } from "./playing";

const WIDTH = 1000;
const HEIGHT = 40;
const FAST_MPS = 4;
const STEP_MS = 60_000;

export function Timeline({ walks, span: [from, to] }: { walks: Walk[]; span: [number, number] }) {
  const [playing, setPlaying] = useState<number>(0);
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const next = moment.peek() + (now - last) * playing;
      last = now;
      moment.value = Math.min(to, next);
      if (next >= to) return setPlaying(0);
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, to]);
  const play = (speed: number) => {
    if (moment.peek() >= to) moment.value = from;
    setPlaying(playing === speed ? 0 : speed);
  };
  // What stands still is made once: only what shows the moment is drawn anew in each picture.
  const lanes = useMemo(() => walks.map((walk) => <Lane key={walk.officer.account} walk={walk} x={(at_ms) => ((at_ms - from) / Math.max(1, to - from)) * WIDTH} />), [walks, from, to]);
  return (
    <section class="manager-timeline" aria-label={t("manager.timeline")}>
      <div class="manager-play">
        <span role="group" aria-label={t("manager.play")}>
          {SPEEDS.map((speed) => (
            <button type="button" key={speed} class="button" aria-pressed={playing === speed} onClick={() => play(speed)}>
              {playing === speed ? t("manager.pause") : t("manager.play_at", { n: speed })}
            </button>
          ))}
        </span>
        <Clock />
      </div>
      <div class="manager-lanes">
        {lanes}
        <Handle from={from} to={to} />
      </div>
      <p class="quiet">{t("manager.timeline_legend")}</p>
    </section>
  );
}

function Clock() {
  return <output class="numbers">{exact(moment.value)}</output>;
}

function Handle({ from, to }: { from: number; to: number }) {
  return (
    <input
      type="range" min={from} max={to} step={1000} value={moment.value} aria-label={t("manager.moment")} aria-valuetext={exact(moment.value)}
      onInput={({ currentTarget }) => (moment.value = Number(currentTarget.value))}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        moment.value = Math.min(to, Math.max(from, moment.peek() + by * STEP_MS * (event.shiftKey ? 10 : 1)));
      }}
    />
  );
}

function Needle({ x }: { x: (at_ms: number) => number }) {
  return <line x1={x(moment.value)} x2={x(moment.value)} y1="0" y2={HEIGHT} />;
}

function Lane({ walk, x }: { walk: Walk; x: (at_ms: number) => number }) {
  const speed = walk.spots.map((spot) => `${x(spot.at_ms).toFixed(1)},${(HEIGHT - 4 - Math.min(1, spot.speed_mps / FAST_MPS) * 20).toFixed(1)}`).join(" ");
  return (
    <svg class="manager-lane" data-rank={walk.rank} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t("manager.lane", { name: walk.officer.name, n: walk.events.length })}>
      <rect class="ground" width={WIDTH} height={HEIGHT} />
      {walk.events.map((one, place) => {
        const begin = x(Date.parse(one.at));
        const width = Math.max(2, one.until ? x(Date.parse(one.until)) - begin : 3);
        const tall = one.kind === "report" || one.kind === "sos" || one.kind === "assist";
        return <rect key={place} class={one.kind} x={begin} y={one.kind === "visit" ? 2 : 8} width={width} height={one.kind === "visit" ? 5 : tall ? HEIGHT - 12 : 8} />;
      })}
      <polyline points={speed} />
      <Needle x={x} />
    </svg>
  );
}
