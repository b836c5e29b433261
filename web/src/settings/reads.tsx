/** Who looked at whose positions and at complainants: by person, period and reason; the whole as a file. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, fetched, type Schema, session } from "../api/client";
import { useDoing } from "../office/doing";
import { addressOf } from "../ui/address";
import { DAY, moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { save } from "../ui/saving";
import { Waiting } from "../ui/waiting";
import { either, exact, maybe, t } from "../words";

const WHYS = ["case_suggestion", "live_map", "track_playback", "track_export", "shift_summary", "coverage_of_officer", "sos", "callback", "inquiry", "correction", "supervision"] as const;
type Why = (typeof WHYS)[number];
type ReadOut = Schema<"ReadOut">;
/** Typing is over after this. */
const TYPED_MS = 400;

const none = { from: "", to: "", by: "", of: "", why: "" };
const { query, change, readAddress } = addressOf(none, (found) => {
  for (const edge of ["from", "to"] as const) if (!DAY.test(found[edge])) found[edge] = "";
  if (!WHYS.includes(found.why as Why)) found.why = "";
});

function asked() {
  const { from, to, by, of, why } = query.value;
  const first = from || moved(today(), -30);
  return { from: `${first}T00:00:00+08:00`, to: `${moved(to || today(), 1)}T00:00:00+08:00`, ...(by && { by }), ...(of && { of }), ...(why && { why: why as Why }) };
}

export function Reads() {
  useEffect(readAddress, []);
  const [older, setOlder] = useState<{ of: string; items: ReadOut[]; next: string | null } | null>(null);
  const more = useDoing();
  const key = JSON.stringify(asked());
  const read = useReading(session.value?.user.role === "admin" ? `settings/reads/${key}` : null, () => answer(api.GET("/api/v1/reads", { params: { query: { ...asked(), limit: 50 } } })));
  const further = older?.of === key ? older : null;
  const items = [...(read.value?.items ?? []), ...(further?.items ?? [])];
  const cursor = further ? further.next : read.value?.next;
  if (session.value?.user.role !== "admin") return <p class="notice office-refused">{t("office.no_rights")}</p>;
  const load = () => more.run(async () => {
    const page = await answer(api.GET("/api/v1/reads", { params: { query: { ...asked(), limit: 200, cursor: cursor! } } }));
    setOlder({ of: key, items: [...(further?.items ?? []), ...page.items], next: page.next });
  });
  return (
    <>
      <h1>{t("settings.reads")}</h1>
      <p class="quiet">{t("settings.reads_mean")}</p>
      <Filters />
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && !read.stale && items.length === 0 && <p class="office-empty">{t("settings.reads_none")}</p>}
      {items.length > 0 && <Table items={items} stale={read.stale} />}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void load()}>{t("settings.older")}</button>}
    </>
  );
}

function Filters() {
  const { from, to, why } = query.value;
  const file = useDoing();
  const download = () => file.run(async () => {
    const response = await fetched(`/api/v1/reads.csv?${new URLSearchParams(asked()).toString()}`);
    save(await response.blob(), `reads_${from || moved(today(), -30)}_${to || today()}.csv`);
  });
  return (
    <form class="office-filters" aria-label={t("settings.filters")} onSubmit={(event) => event.preventDefault()}>
      <label class="field"><span>{t("settings.from")}</span><input type="date" value={from || moved(today(), -30)} max={to || today()} onInput={({ currentTarget }) => change({ from: currentTarget.value })} /></label>
      <label class="field"><span>{t("settings.to")}</span><input type="date" value={to || today()} max={today()} onInput={({ currentTarget }) => change({ to: currentTarget.value })} /></label>
      <Named name="by" />
      <Named name="of" />
      <label class="field"><span>{t("settings.why")}</span>
        <select value={why} onChange={({ currentTarget }) => change({ why: currentTarget.value })}>
          <option value="">{t("settings.any_why")}</option>
          {WHYS.map((one) => <option key={one} value={one}>{t(`settings.why_${one}`)}</option>)}
        </select>
      </label>
      <button type="button" class="button" disabled={file.busy} onClick={() => void download()}>{t(file.busy ? "settings.file_coming" : "settings.csv")}</button>
      {file.error !== null && <Failed error={file.error} />}
    </form>
  );
}

function Named({ name }: { name: "by" | "of" }) {
  const [typed, setTyped] = useState(query.value[name]);
  useEffect(() => {
    const timer = setTimeout(() => typed.trim() !== query.peek()[name] && change({ [name]: typed.trim() }, "replace"), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return <label class="field"><span>{t(`settings.reads_${name}`)}</span><input type="search" value={typed} maxLength={100} placeholder={t("settings.name_part")} onInput={({ currentTarget }) => setTyped(currentTarget.value)} /></label>;
}

function Table({ items, stale }: { items: ReadOut[]; stale: boolean }) {
  return (
    <div class={`office-scroll${stale ? " stale" : ""}`} tabIndex={0} role="group" aria-label={t("settings.reads")}>
      <table class="office-table settings-reads">
        <thead><tr><th scope="col">{t("settings.at")}</th><th scope="col" class="words">{t("settings.reads_by")}</th><th scope="col" class="words">{t("settings.reads_of")}</th><th scope="col" class="words">{t("settings.why")}</th><th scope="col" class="words">{t("settings.reason")}</th><th scope="col" class="words">{t("settings.shown_period")}</th></tr></thead>
        <tbody>
          {items.map((one, place) => (
            <tr key={`${one.looked_at}/${one.by.account}/${one.of?.account ?? one.complaint}/${place}`}>
              <th scope="row" class="numbers"><time dateTime={one.looked_at}>{exact(one.looked_at)}</time></th>
              <td class="words">{one.by.name} <span class="quiet">{one.by.body} · {maybe(`role.${one.by.role}`) ?? one.by.role}</span></td>
              <td class="words">{one.of ? <>{one.of.name} <span class="quiet">{one.of.body}</span></> : t("settings.a_complainant")}</td>
              <td class="words">{either(one.why_name, one.why_name_en)}</td>
              <td class="words">{one.reason ?? one.case ?? "–"}</td>
              <td class="words numbers">{one.from && one.to ? `${exact(one.from)} – ${exact(one.to)}` : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
