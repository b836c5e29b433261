/** One form: its records of some days, and what they come to. */
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api, fetched } from "../api/client";
import { placeName, townships } from "../manager/names";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { save } from "../ui/saving";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { Heads, Ranking, Round } from "./figures";
import { fills, type Form, nameOf, type RecordOut, useForms } from "./forms";
import { Spots } from "./spots";
import { change, query, readAddress, VIEWS, type View } from "./view";

const PAGE = 50;

export function RecordsPage() {
  const read = useForms();
  useEffect(readAddress, []);
  const forms = read.value;
  const form = forms?.find((one) => one.code === query.value.form) ?? forms?.[0];
  return (
    <>
      <h1>{form ? nameOf(form) : t("records.title")}</h1>
      {read.error !== null && !forms && <Failed error={read.error} again={read.again} />}
      {!forms && read.error === null && <Waiting shape="rows" />}
      {forms?.length === 0 && <p class="office-empty">{t("records.no_forms")}</p>}
      {forms && form && <OfForm key={form.code} forms={forms} form={form} />}
    </>
  );
}

/** What a form can be looked at by. */
function viewsOf(form: Form): View[] {
  const has: Record<View, boolean> = {
    list: true,
    ranking: form.score !== undefined && ["street", "township", "subject"].includes(form.about),
    heads: form.heads.length > 0 && form.about === "township",
    round: form.schedule !== undefined,
    spots: form.hot_spot,
  };
  return VIEWS.filter((view) => has[view]);
}

function OfForm({ forms, form }: { forms: Form[]; form: Form }) {
  const views = viewsOf(form);
  const view = views.includes(query.value.view as View) ? (query.value.view as View) : "list";
  return (
    <>
      <div class="office-filters">
        <label class="field records-wide"><span>{t("records.form")}</span>
          <select value={form.code} onChange={({ currentTarget }) => change({ form: currentTarget.value, view: "list" })}>
            {forms.map((one) => <option key={one.code} value={one.code}>{nameOf(one)}</option>)}
          </select>
        </label>
        {fills(form) && <Link class="button main" href={`/records/new/${form.code}`}>{t("records.fill_in")}</Link>}
      </div>
      {views.length > 1 && (
        <div class="office-choice" role="group" aria-label={t("records.views")}>
          {views.map((one) => <button key={one} type="button" aria-pressed={one === view} onClick={() => change({ form: form.code, view: one })}>{t(`records.view_${one}`)}</button>)}
        </div>
      )}
      {view === "list" && <List form={form} />}
      {view === "ranking" && <Ranking form={form} />}
      {view === "heads" && <Heads form={form} />}
      {view === "round" && <Round form={form} />}
      {view === "spots" && <Spots />}
    </>
  );
}

function List({ form }: { form: Form }) {
  const { from, to, township } = query.value;
  const [older, setOlder] = useState<RecordOut[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const asked = { form: form.code, from, to, ...(township && { township }) };
  const key = JSON.stringify(asked);
  const fetchPage = (cursor?: string) => answer(api.GET("/api/v1/records", { params: { query: { ...asked, limit: PAGE, ...(cursor && { cursor }) } } }));
  const read = useReading(`records/${key}`, () => fetchPage());
  const more = useDoing();
  const filing = useDoing();
  useEffect(() => {
    setOlder([]);
    setNext(undefined);
  }, [key]);
  const cursor = next === undefined ? read.value?.next : next;
  const items = [...(read.value?.items ?? []), ...older];
  const load = async () => {
    const page = await fetchPage(cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  const download = (ending: "csv" | "xlsx") =>
    filing.run(async () => {
      const response = await fetched(`/api/v1/records.${ending}?${new URLSearchParams(asked)}`);
      save(await response.blob(), `${form.code}-${from}-${to}.${ending}`);
    });
  return (
    <section class="office-part" aria-labelledby="records-list">
      <header>
        <h2 id="records-list">{t("records.view_list")}</h2>
        <div class="office-buttons">
          <button type="button" class="plain" disabled={filing.busy} onClick={() => void download("xlsx")}>XLSX</button>
          <button type="button" class="plain" disabled={filing.busy} onClick={() => void download("csv")}>CSV</button>
        </div>
      </header>
      <div class="office-filters">
        <Days />
        <label class="field records-wide"><span>{t("records.township")}</span>
          <select value={township} onChange={({ currentTarget }) => change({ township: currentTarget.value })}>
            <option value="">{t("manager.whole_district")}</option>
            {[...townships.value].map(([code, name]) => <option key={code} value={code}>{name}</option>)}
          </select>
        </label>
      </div>
      {filing.error !== null && <Failed error={filing.error} />}
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("records.none")}</p>}
      {items.length > 0 && <Rows items={items} />}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("records.older")}</button>}
    </section>
  );
}

export function Days() {
  const { from, to } = query.value;
  return (
    <>
      <label class="field"><span>{t("manager.from")}</span><input type="date" required value={from} max={to} onInput={({ currentTarget }) => currentTarget.value && change({ from: currentTarget.value }, "replace")} /></label>
      <label class="field"><span>{t("manager.to")}</span><input type="date" required value={to} min={from} max={today()} onInput={({ currentTarget }) => currentTarget.value && change({ to: currentTarget.value }, "replace")} /></label>
    </>
  );
}

function Rows({ items }: { items: RecordOut[] }) {
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="records-list">
      <table class="office-table numbers">
        <thead>
          <tr>
            <th scope="col">{t("records.at")}</th><th scope="col" class="words">{t("records.about")}</th><th scope="col" class="words">{t("records.what")}</th>
            <th scope="col" class="words">{t("records.by")}</th><th scope="col">{t("records.score")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id} data-gone={one.corrected_by !== null}>
              <th scope="row"><Link href={`/records/${one.id}`}><time dateTime={one.at}>{exact(one.at)}</time></Link></th>
              <td class="words">{thing(one)}</td>
              <td class="words records-what">{gist(one)}{one.corrected_by && <em class="records-mark">{t("records.corrected")}</em>}{one.outside_roster && <em class="records-mark">{t("records.outside_roster")}</em>}</td>
              <td class="words">{one.by.name}<span class="quiet"> · {one.by.body_name}</span></td>
              <td>{scoreOf(one)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export const thing = ({ about, township }: RecordOut): string =>
  [about.name ?? about.code, about.kind !== "township" && township && placeName(township)].filter(Boolean).join(" · ") || t("records.nowhere");

export const scoreOf = ({ score, no_score }: Pick<RecordOut, "score" | "no_score">): string =>
  score !== null ? String(score) : no_score ? either(no_score.text, no_score.text_en) : "—";

/** What of the answers says most in one line: words and choices. */
function gist({ answers }: RecordOut): string {
  const told = answers.filter(({ type }) => type === "text" || type === "choice").map(({ value, value_name, value_name_en }) => (value_name ? either(value_name, value_name_en ?? value_name) : String(value)));
  return told.join(" · ");
}
