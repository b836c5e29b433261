/** Which past reports would get another answer from the zones as they are now: listed and looked at before anything is added. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { useDoing } from "../office/doing";
import { DAY_MS, moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { moves } from "./comparing";
import type { Shape } from "./geometry";
import { lookAt } from "./picking";
import { query } from "./query";
import { editing, view } from "./zones";

type Order = Schema<"RematchOut">;
type Move = Schema<"MoveFeature">;

const LOOK_AGAIN_MS = 1000;
const PAGES = 10;
const GOES_ON = ["listing", "running"];

const fetchOrders = async (): Promise<Order[]> => (await answer(api.GET("/api/v1/rematches", { params: { query: { limit: 8 } } }))).items;

async function fetchMoves(id: string): Promise<Move[]> {
  const found: Move[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const query = { limit: 500, ...(cursor ? { cursor } : {}) };
    const came: Schema<"MoveCollection"> = await answer(api.GET("/api/v1/rematches/{rematch_id}/moves", { params: { path: { rematch_id: id }, query } }));
    found.push(...came.features);
    cursor = came.next;
    if (!cursor) break;
  }
  return found;
}

/** The start of a local day. */
const start = (day: string): string => new Date(Date.parse(`${day}T00:00:00+08:00`)).toISOString();

export function Rematch() {
  const [tick, setTick] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  const read = useReading("layers.rematches", fetchOrders, { tick });
  const orders = read.value ?? [];
  const open = orders.find(({ id }) => id === chosen) ?? orders[0];
  const goesOn = orders.some(({ state }) => GOES_ON.includes(state));
  useEffect(() => {
    if (!goesOn) return;
    const timer = setTimeout(() => setTick(tick + 1), LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [goesOn, tick, read.value]);
  return (
    <section class="office-part" aria-labelledby="layers-rematch">
      <header><h2 id="layers-rematch">{t("layers.rematch")}</h2></header>
      <p class="quiet">{t("layers.rematch_what")}</p>
      {editing.value && <Ask ordered={(id) => (setChosen(id), setTick(tick + 1))} />}
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      {read.value && !orders.length && <p class="office-empty">{t("layers.no_rematch")}</p>}
      {orders.length > 1 && (
        <label class="field"><span>{t("layers.rematch_which")}</span>
          <select value={open?.id} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {orders.map(({ id, requested_at, state }) => <option key={id} value={id}>{exact(requested_at)} · {t(`layers.rematch_${state}`)}</option>)}
          </select>
        </label>
      )}
      {open && <One key={open.id} order={open} again={() => setTick(tick + 1)} />}
    </section>
  );
}

function Ask({ ordered }: { ordered: (id: string) => void }) {
  const [from, setFrom] = useState(moved(today(), -30));
  const [to, setTo] = useState(today());
  const [here, setHere] = useState(true);
  const { busy, error, run } = useDoing();
  const order = (event: Event) => {
    event.preventDefault();
    const { kind } = query.value;
    void run(async () => {
      const body = { kind, bbox: here && view.value ? view.value.bounds : null, received_from: start(from), received_to: new Date(Date.parse(start(to)) + DAY_MS).toISOString() };
      ordered((await answer(api.POST("/api/v1/rematches", { body }))).id);
    });
  };
  return (
    <form class="office-form" onSubmit={order}>
      <label class="field"><span>{t("layers.received_from")}</span><input type="date" required value={from} max={to} onChange={({ currentTarget }) => currentTarget.value && setFrom(currentTarget.value)} /></label>
      <label class="field"><span>{t("layers.received_to")}</span><input type="date" required value={to} min={from} onChange={({ currentTarget }) => currentTarget.value && setTo(currentTarget.value)} /></label>
      <label class="layers-check wide"><input type="checkbox" checked={here} onChange={({ currentTarget }) => setHere(currentTarget.checked)} /> {t("layers.only_view")}</label>
      {error !== null && <Failed error={error} />}
      <div class="office-buttons"><button type="submit" class="button main" disabled={busy}>{t("layers.rematch_list")}</button></div>
    </form>
  );
}

function One({ order, again }: { order: Order; again: () => void }) {
  const listed = order.state !== "listing";
  const read = useReading(listed ? `layers.moves/${order.id}/${order.state}` : null, () => fetchMoves(order.id));
  const { busy, error, run } = useDoing();
  useEffect(() => {
    moves.value = read.value ?? [];
    return () => void (moves.value = []);
  }, [read.value]);
  const add = () => run(async () => {
    await answer(api.POST("/api/v1/rematches/{rematch_id}/run", { params: { path: { rematch_id: order.id } } }));
    again();
  });
  return (
    <div class="office-box layers-rematch">
      <p role="status" class="numbers"><strong>{t(`layers.rematch_${order.state}`)}</strong> · {t("layers.rematch_counts", { looked: order.looked_at, moves: order.moves })}</p>
      {order.state === "done" && <p class="numbers">{t("layers.rematch_written", { n: order.written, outdated: order.outdated })}</p>}
      {GOES_ON.includes(order.state) && <progress aria-label={t(`layers.rematch_${order.state}`)} />}
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      <ul class="layers-list">
        {(read.value ?? []).slice(0, 200).map(({ id, geometry, properties: { case: number, changes, captured_at, chosen } }) => (
          <li key={id}>
            <button type="button" onClick={() => lookAt(geometry as Shape)}>
              <strong class="numbers">{number ?? t("layers.no_case")}</strong> <span class="quiet">{exact(captured_at)}</span>
              {changes.map(({ kind, before, after }) => <span key={kind} class="numbers">{before.code ?? "—"} → {after.code ?? "—"}</span>)}
              {chosen && <span class="quiet">{t("layers.chosen_stays", { code: chosen.code })}</span>}
            </button>
          </li>
        ))}
      </ul>
      {listed && read.value && !read.value.length && <p class="office-empty">{t("layers.no_moves")}</p>}
      {error !== null && <Failed error={error} />}
      {order.state === "listed" && order.moves > 0 && editing.value && <button type="button" class="button main" disabled={busy} onClick={() => void add()}>{t("layers.rematch_run", { n: order.moves })}</button>}
    </div>
  );
}
