/** The list of the query: only the rows in sight are in the page, more are loaded as they come near. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { bodies, categories, categoryName, Glyph, left, now, percent, standing, type Standing } from "../cases";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { counts, total } from "./counts";
import { openCase } from "./desk";
import { change, clearFilters, CLOCKS, filtered, query, STATE_GROUPS, type Query } from "./query";
import { failed, held, load, loading, loadMore, rows, settle, shown, stateName, tick, ticked, waiting, type Row } from "./rows";

const ROW_PX = 36;
const ROW_TOUCH_PX = 52;
const AROUND = 8;
const NEAR_END = 40;
const SKELETONS = 14;

export function List() {
  return (
    <section class="desk-list" aria-label={t("desk.list")}>
      <FilterBar />
      <Rows />
      <Foot />
    </section>
  );
}

function FilterBar() {
  const of = query.value;
  const pick = (name: keyof Query) => (event: Event) => change({ [name]: (event.currentTarget as HTMLSelectElement).value, ...(name === "state" ? { view: "" } : {}) });
  const townships = [...bodies.value].filter(([code]) => code.length === 9).sort(([a], [b]) => (a < b ? -1 : 1));
  if (of.township && !townships.some(([code]) => code === of.township)) townships.push([of.township, of.township]);
  const kinds = [...categories.value].map(([code, one]) => [code, either(one.name, one.name_en)] as const);
  if (of.category && !categories.value.has(of.category)) kinds.push([of.category, of.category]);
  return (
    <div class="desk-filters" role="group" aria-label={t("desk.filters")}>
      <select aria-label={t("desk.filter_state")} value={of.state} onChange={pick("state")}>
        {(Object.keys(STATE_GROUPS) as (keyof typeof STATE_GROUPS)[]).map((group) => (
          <option key={group} value={group}>{group === "open" || group === "all" || group === "ended" ? t(`desk.state_${group}`) : t(`state.${group}`)}</option>
        ))}
      </select>
      <select aria-label={t("desk.filter_clock")} value={of.clock} onChange={pick("clock")}>
        <option value="">{t("desk.clock_any")}</option>
        {CLOCKS.map((clock) => <option key={clock} value={clock}>{t(`desk.clock_${clock}`)}</option>)}
      </select>
      <select aria-label={t("desk.filter_township")} value={of.township} onChange={pick("township")}>
        <option value="">{t("desk.filter_any_township")}</option>
        {townships.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
      </select>
      <select aria-label={t("desk.filter_category")} value={of.category} onChange={pick("category")}>
        <option value="">{t("desk.filter_any_category")}</option>
        {kinds.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
      </select>
      <button type="button" class="desk-chip" aria-pressed={of.view === "triage"} title={t("desk.triage_hint")}
        onClick={() => change({ view: of.view ? "" : "triage" })}>{t("desk.triage")}{counts.value.unsure > 0 && <b class="numbers"> {counts.value.unsure}</b>}</button>
      {of.bbox && <button type="button" class="desk-chip" aria-pressed="true" onClick={() => change({ bbox: "" })}>{t("desk.filter_bbox_off")} ✕</button>}
      {filtered(of) && <button type="button" class="plain" onClick={clearFilters}>{t("desk.empty_widen")}</button>}
    </div>
  );
}

function Rows() {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [row_px] = useState(() => (matchMedia("(pointer: coarse), (width < 760px)").matches ? ROW_TOUCH_PX : ROW_PX));
  const pointed = useRef(false);
  const list = shown.value;
  const number = query.value.case;

  function look(): void {
    const { scrollTop, clientHeight } = box.current!;
    setView({ top: scrollTop, height: clientHeight });
    hold();
  }
  function hold(): void {
    held.value = pointed.current || (box.current?.scrollTop ?? 0) > row_px;
    settle();
  }
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(look);
    sizes.observe(box.current!);
    return () => {
      sizes.disconnect();
      held.value = false;
    };
  }, []);
  // The opened row is brought into sight when it was chosen elsewhere: by key, on the map, by the address.
  useLayoutEffect(() => {
    const place = list.findIndex((row) => row.number === number);
    const { scrollTop, clientHeight } = box.current!;
    if (place < 0) return;
    if (place * row_px < scrollTop) box.current!.scrollTop = place * row_px;
    else if ((place + 1) * row_px > scrollTop + clientHeight) box.current!.scrollTop = (place + 1) * row_px - clientHeight;
  }, [number, loading.value]);

  const first = Math.max(0, Math.floor(view.top / row_px) - AROUND);
  const last = Math.min(list.length, Math.ceil((view.top + view.height) / row_px) + AROUND);
  useLayoutEffect(() => {
    if (list.length && last > list.length - NEAR_END) void loadMore();
  }, [last, list.length]);

  return (
    <div class="desk-rows" ref={box} onScroll={look} onPointerEnter={(event) => { pointed.current = event.pointerType === "mouse"; hold(); }}
      onPointerLeave={() => { pointed.current = false; hold(); }}>
      {waiting.value.length > 0 && (
        <button type="button" class="desk-fresh" onClick={() => { box.current!.scrollTop = 0; settle(true); }}>{t("desk.fresh", { n: waiting.value.length })}</button>
      )}
      {loading.value && !rows.value.length ? <Waiting what={t("wait.cases")} shape="rows" rows={SKELETONS} /> : list.length ? (
        <div class={`desk-virtual ${loading.value ? "stale" : ""}`} role="listbox" tabIndex={0} aria-label={t("desk.list")} aria-multiselectable="true"
          aria-activedescendant={number && list.slice(first, last).some((row) => row.number === number) ? `row-${number}` : undefined}
          ref={(element) => { element?.style.setProperty("--height", `${list.length * row_px}px`); }}>
          {list.slice(first, last).map((row, place) => <OneRow key={row.number} row={row} top={(first + place) * row_px} height={row_px} opened={row.number === number} of={list.length} place={first + place + 1} />)}
        </div>
      ) : failed.value === null && !loading.value && <Empty />}
      {failed.value !== null && <Failed error={failed.value} again={() => void load()} />}
    </div>
  );
}

function OneRow({ row, top, height, opened, of, place }: { row: Row; top: number; height: number; opened: boolean; of: number; place: number }) {
  const stand = standing(row, now.value);
  const marked = ticked.value.has(row.number);
  return (
    <div id={`row-${row.number}`} role="option" aria-selected={marked} aria-current={opened ? "true" : undefined} aria-setsize={of} aria-posinset={place}
      class={`desk-row ${opened ? "opened" : ""} ${row.gone ? "gone" : ""} ${row.fresh ? "fresh" : ""}`}
      ref={(element) => { element?.style.setProperty("--top", `${top}px`); element?.style.setProperty("--height", `${height}px`); }}
      title={[row.number, stateName(row), row.body.name, row.assignee_name, row.zone && placeOf(row), row.due_at && `${t("case.due")} ${exact(row.due_at)}`].filter(Boolean).join(" · ")}
      onClick={(event) => (event.ctrlKey || event.metaKey ? tick([row.number], "toggle") : openCase(row.number))}>
      <span class={`desk-tick ${marked ? "on" : ""}`} aria-hidden="true" onClick={(event) => { event.stopPropagation(); tick([row.number], "toggle"); }} />
      <Ring of={stand} used={row.clock?.used_share ?? null} />
      <span class="desk-said">
        <span class="desk-what">{categoryName(row.category)}{row.emergency && <b class="case-emergency"> !</b>}</span>
        <span class="desk-state quiet">{t(`state.${row.state}`)}</span>
        <span class="desk-where quiet">
          <span class="numbers"><span class="unseen">{row.number}</span><span aria-hidden="true">{shortNumber(row.number)}</span></span>{" "}
          {row.zone?.name ?? row.zone?.code ?? row.body.name}
        </span>
        <span class={`numbers desk-share quiet ${row.ambiguous ? "unsure" : ""}`}>{shareOf(row)}</span>
      </span>
      <span class={`numbers desk-due ${stand}`}>{row.due_at && stand !== "closed" && stand !== "suspended" ? left(row.due_at, now.value) : ""}</span>
      {row.gone && <span class="unseen">{t("desk.left_filter")}</span>}
    </div>
  );
}

/** Of what a person chose, and of what only lies near, there is no share. */
function shareOf({ zone }: Row): string {
  return zone?.share && zone.verdict !== "chosen" ? percent(zone.share) : "";
}

function placeOf(row: Row): string {
  return [row.zone?.name ?? row.zone?.code, shareOf(row), row.ambiguous && t("desk.triage")].filter(Boolean).join(" ");
}

/** The standing, and around it how much of its clock is used. */
function Ring({ of, used }: { of: Standing; used: number | null }) {
  return (
    <span class={`desk-ring case-glyph ${of}`}>
      <Glyph of={of} />
      {used !== null && of !== "closed" && (
        <svg viewBox="0 0 22 22" width="22" height="22" aria-hidden="true">
          <circle cx="11" cy="11" r="10" fill="none" stroke="currentColor" stroke-width="1.5" stroke-opacity=".2" />
          <circle cx="11" cy="11" r="10" fill="none" stroke="currentColor" stroke-width="2" pathLength={100} stroke-dasharray={`${Math.min(100, used * 100).toFixed(1)} 100`} transform="rotate(-90 11 11)" />
        </svg>
      )}
    </span>
  );
}

/** "TZ-2026-000123-1" -> "…0123-1": within a year the last digits tell cases apart. */
function shortNumber(number: string): string {
  const [, , serial = number, part] = number.split("-");
  return `…${serial.slice(-4)}${part ? `-${part}` : ""}`;
}

function Empty() {
  const of = query.value;
  const first = !filtered(of);
  return (
    <div class="desk-empty">
      <p>{t(of.view ? "desk.triage_empty" : first ? "desk.empty_first" : "desk.empty")}</p>
      {!first && <button type="button" class="button" onClick={clearFilters}>{t("desk.empty_widen")}</button>}
    </div>
  );
}

function Foot() {
  if (loading.value || !rows.value.length) return null;
  return <p class="desk-foot quiet numbers" role="status">{t("desk.end", { n: total.value ?? rows.value.length })}</p>;
}
