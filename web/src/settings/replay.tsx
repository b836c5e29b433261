/** The dry run of rules: which cases of the last days would have gone to another body, from where to where, on the map. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api, type Schema } from "../api/client";
import { categoryName } from "../cases";
import type { LonLat, MapView } from "../map";
import { LazyMap } from "../officer/lazy_map";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import type { Version } from "./kinds";
import { bodyName } from "./words";

type Routed = Schema<"Routed">;
interface Run {
  days: number;
  reports: number;
  left_out: number;
  moved: number;
  rules: Schema<"RuleUse">[];
  items: Routed[];
  places: Map<string, LonLat>;
}
interface Flow {
  from: string;
  to: string;
  items: Routed[];
}

const PERIODS = [7, 30, 90];
const PAGE = 500;
/** Reports that move and are listed; the sums are of all. */
const LISTED_MAX = 2000;
const SHOWN = 20;

async function run(rule_set_id: number, days: number): Promise<Run> {
  const items: Routed[] = [];
  const places = new Map<string, LonLat>();
  let cursor: string | null = null;
  for (;;) {
    const page: Schema<"Replay"> = await answer(api.GET("/api/v1/routing-rules/drafts/{rule_set_id}/replay", { params: { path: { rule_set_id }, query: { days, limit: PAGE, ...(cursor && { cursor }) } } }));
    items.push(...page.items);
    for (const { id, geometry } of page.map.features) places.set(id, geometry.coordinates as LonLat);
    cursor = page.next;
    if (!cursor || items.length >= LISTED_MAX) return { ...page, days, items, places };
  }
}

function flowsOf(items: readonly Routed[]): Flow[] {
  const flows = new Map<string, Flow>();
  for (const one of items) {
    const key = `${one.body_now.code} ${one.body_then.code}`;
    const flow = flows.get(key) ?? { from: nameOf(one.body_now), to: nameOf(one.body_then), items: [] };
    flow.items.push(one);
    flows.set(key, flow);
  }
  return [...flows.values()].sort((a, b) => b.items.length - a.items.length);
}

const nameOf = ({ code, name }: Schema<"BodyOut">): string => name ?? bodyName(code);

export function Replay({ one }: { one: Version }) {
  const [days, setDays] = useState(30);
  const read = useReading(`settings/replay/${one.id}/${days}`, () => run(one.id, days), { seen: false });
  return (
    <section class="office-part" aria-labelledby="settings-replay">
      <header>
        <h2 id="settings-replay">{t("settings.trial_rules")}</h2>
        <div class="office-choice" role="group" aria-label={t("settings.replay_days")}>
          {PERIODS.map((count) => <button key={count} type="button" aria-pressed={count === days} onClick={() => setDays(count)}>{t("settings.last_days", { n: count })}</button>)}
        </div>
      </header>
      {read.value && !read.stale ? <Told found={read.value} /> : read.error === null ? <Waiting what={t("settings.trying")} shape="rows" /> : <Failed error={read.error} again={read.again} />}
    </section>
  );
}

function Told({ found }: { found: Run }) {
  const flows = flowsOf(found.items);
  const [open, setOpen] = useState<Flow | null>(null);
  const idle = found.rules.filter(({ rule, reports }) => rule !== null && reports === 0).map(({ rule }) => rule);
  return (
    <>
      <p>{t("settings.replayed", { days: found.days, reports: found.reports, moved: found.moved })}{found.left_out > 0 && ` ${t("settings.left_out", { n: found.left_out })}`}</p>
      {idle.length > 0 && <p class="quiet">{t("settings.rules_idle", { rules: idle.join("、") })}</p>}
      {flows.length > 0 && (
        <div class="settings-replay">
          <ol class="settings-flows">
            {flows.map((flow, place) => (
              <li key={`${flow.from}>${flow.to}`}>
                <button type="button" class="plain" aria-expanded={flow === open} onClick={() => setOpen(flow === open ? null : flow)}>
                  <span class="settings-number" aria-hidden="true">{place + 1}</span> {t("settings.flow", { from: flow.from, to: flow.to, n: flow.items.length })}
                </button>
                {flow === open && (
                  <ul>
                    {flow.items.slice(0, SHOWN).map((item) => (
                      <li key={item.report}>{item.case ? <Link href={`/dispatch?case=${encodeURIComponent(item.case)}`}>{item.case}</Link> : t("settings.no_case")} <span class="quiet">{categoryName(item.category)} · {exact(item.received_at)} · {item.rule ?? t("settings.by_default")}</span></li>
                    ))}
                    {flow.items.length > SHOWN && <li class="quiet">{t("settings.and_more", { n: flow.items.length - SHOWN })}</li>}
                  </ul>
                )}
              </li>
            ))}
          </ol>
          <FlowMap flows={flows} places={found.places} />
        </div>
      )}
    </>
  );
}

function FlowMap({ flows, places }: { flows: Flow[]; places: Map<string, LonLat> }) {
  const map = useRef<MapView | null>(null);
  const stops = flows.flatMap((flow, place) => flow.items.flatMap(({ report }) => (places.has(report) ? [{ at: places.get(report)!, label: String(place + 1) }] : [])));
  const draw = () => {
    map.current?.setLines([], stops);
    map.current?.fit(stops.map(({ at }) => at));
  };
  useEffect(draw, [flows]);
  return (
    <figure class="settings-map" data-drawn={stops.length}>
      <LazyMap layers={["zones"]} zoom={11} opened={(view) => { map.current = view; draw(); }} />
      <figcaption>{t("settings.flow_map")}</figcaption>
    </figure>
  );
}
