/** Proceedings: how many stand where, and those of a choice; whose terms end first come first. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { addressOf } from "../ui/address";
import { Failed } from "../ui/failing";
import { yuanOrNone } from "../ui/money";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { fetchCounts, fetchProceedings, type Item, type State, type Wanted } from "./asking";
import { Term } from "./term";

interface Query {
  state: string;
  show: string;
}

const NONE: Query = { state: "", show: "open" };
export const { query, readAddress, change } = addressOf<Query>(NONE, (found) => {
  if (!["open", "late", "mine", "all"].includes(found.show)) found.show = NONE.show;
});

function wanted({ state, show }: Query): Wanted {
  return {
    ...(state ? { state: state as State } : {}),
    ...(show === "open" && !state ? { open: true } : {}),
    ...(show === "late" ? { late: true } : {}),
    ...(show === "mine" ? { mine: true } : {}),
    ...(show !== "all" ? { order: "due" as const } : {}),
  };
}

export function ProceedingsPage() {
  const of = query.value;
  const key = `${of.state}|${of.show}`;
  const [older, setOlder] = useState<{ key: string; items: Item[]; next: string | null } | null>(null);
  const more = useDoing();
  const counts = useReading("proceeding-counts", fetchCounts);
  const read = useReading(`proceedings/${key}`, () => fetchProceedings(wanted(of)));
  const further = older?.key === key ? older : null;
  const items = [...(read.value?.items ?? []), ...(further?.items ?? [])];
  const cursor = further ? further.next : read.value?.next;
  const load = async () => {
    const page = await fetchProceedings({ ...wanted(of), cursor: cursor! });
    setOlder({ key, items: [...(further?.items ?? []), ...page.items], next: page.next });
  };
  const waiting = counts.value?.find(({ state }) => state === "reviewing")?.count ?? 0;
  const late = counts.value?.reduce((sum, one) => sum + one.late, 0) ?? 0;
  const soon = counts.value?.reduce((sum, one) => sum + one.soon, 0) ?? 0;
  const all = counts.value?.reduce((sum, one) => sum + one.count, 0) ?? 0;
  const reviews = session.value?.user.role === "reviewer";
  return (
    <>
      <h1>{counts.value ? t("enforcement.answer", { all, late, soon, waiting }) : t("office.enforcement")}</h1>
      {read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      <div class="office-filters">
        <div class="office-choice" role="group" aria-label={t("enforcement.show")}>
          {(["open", "late", ...(reviews ? [] : ["mine" as const]), "all"] as const).map((show) => (
            <button key={show} type="button" aria-pressed={!of.state && of.show === show} onClick={() => change({ show, state: "" })}>{t(`enforcement.show_${show}`)}</button>
          ))}
        </div>
        <div class="office-choice" role="group" aria-label={t("enforcement.by_state")}>
          {counts.value?.map((one) => (
            <button key={one.state} type="button" aria-pressed={of.state === one.state} onClick={() => change({ state: of.state === one.state ? "" : one.state, show: NONE.show })}>
              {either(one.state_name, one.state_name_en)} <span class="numbers">{one.count}</span>
            </button>
          ))}
        </div>
      </div>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("enforcement.none")}</p>}
      {items.length > 0 && <Table items={items} stale={read.stale} />}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("enforcement.older")}</button>}
    </>
  );
}

function Table({ items, stale }: { items: Item[]; stale: boolean }) {
  return (
    <div class={stale ? "office-scroll stale" : "office-scroll"} tabIndex={0} role="region" aria-label={t("office.enforcement")}>
      <table class="office-table">
        <thead>
          <tr>
            <th scope="col">{t("enforcing.party")}</th>
            <th scope="col" class="words">{t("enforcement.matter")}</th>
            <th scope="col" class="words">{t("enforcement.stands")}</th>
            <th scope="col">{t("enforcement.due")}</th>
            <th scope="col">{t("enforcement.fine")}</th>
            <th scope="col" class="words">{t("enforcing.body")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.number}>
              <th scope="row"><Link href={`/enforcement/${one.number}`}>{one.party_name}</Link><br /><span class="quiet numbers">{one.number}</span></th>
              <td class="words">{one.item_name ?? one.item}</td>
              <td class="words">{either(one.state_name, one.state_name_en)}</td>
              <td class="enforcement-term">{one.term ? <Term of={one.term} /> : "—"}</td>
              <td class="numbers">{yuanOrNone(one.amount_yuan)}</td>
              <td class="words">{one.body.name}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
