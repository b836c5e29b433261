/** Samples drawn so far, and the form that draws another. */
import { useEffect, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { categories, categoryName } from "../cases";
import { placeName } from "../manager/names";
import { useDoing } from "../office/doing";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, relative, t } from "../words";
import { drawSample, fetchPopulation, fetchSamples, type Period, type SampleItem, SIZE_MAX } from "./asking";
import { rate } from "./figures";
import { Township } from "./township";

const DAYS = 30;
/** Typing is over after this. */
const TYPED_MS = 300;
const SEED_LEAST = 8;

export function SamplesPage() {
  const [older, setOlder] = useState<SampleItem[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  const read = useReading("rechecks", () => fetchSamples());
  const first = read.value?.items ?? [];
  const cursor = next === undefined ? read.value?.next : next;
  const load = async () => {
    const page = await fetchSamples(cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  return (
    <>
      <h1>{first[0] ? sentence(first[0]) : t("rechecks.title")}</h1>
      <Draw />
      <section class="office-part" aria-labelledby="rechecks-samples">
        <header><h2 id="rechecks-samples">{t("rechecks.samples")}</h2></header>
        {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
        {!read.value && read.error === null && <Waiting shape="rows" />}
        {read.value && first.length === 0 && <p class="office-empty">{t("rechecks.none")}</p>}
        {first.length > 0 && <Samples items={[...first, ...older]} />}
        {more.error !== null && <Failed error={more.error} />}
        {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("rechecks.older")}</button>}
      </section>
    </>
  );
}

function sentence({ from, to, drawn, checked, failed }: SampleItem): string {
  const said = { from, to, drawn, checked, failed, rate: rate(checked ? (checked - failed) / checked : null) };
  return t(checked ? "rechecks.latest" : "rechecks.latest_open", said);
}

function Samples({ items }: { items: SampleItem[] }) {
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="rechecks-samples">
      <table class="office-table numbers">
        <thead>
          <tr>
            <th scope="col">{t("rechecks.period")}</th><th scope="col" class="words">{t("rechecks.of")}</th><th scope="col">{t("rechecks.closed")}</th><th scope="col">{t("rechecks.drawn")}</th>
            <th scope="col">{t("rechecks.checked")}</th><th scope="col">{t("rechecks.failed")}</th><th scope="col">{t("rechecks.rate")}</th><th scope="col">{t("rechecks.drawn_at")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <th scope="row"><Link href={`/rechecks/${one.id}`}>{one.from} – {one.to}</Link></th>
              <td class="words">{narrowed(one)}</td>
              <td>{one.population}</td><td>{one.drawn}</td><td>{one.checked}</td>
              <td>{one.failed > 0 ? <em class="office-bad">{one.failed}</em> : 0}</td>
              <td>{rate(one.checked ? (one.checked - one.failed) / one.checked : null)}</td>
              <td><time dateTime={one.drawn_at} title={exact(one.drawn_at)}>{relative(one.drawn_at)}</time></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function narrowed({ township, category }: Pick<SampleItem, "township" | "category">): string {
  const parts = [township === null ? t("manager.whole_district") : township ? placeName(township) : t("manager.no_township"), category && categoryName(category)];
  return parts.filter(Boolean).join(" · ");
}

function Draw() {
  const [, go] = useLocation();
  const [period, setPeriod] = useState<Period>({ from: moved(today(), -DAYS), to: today() });
  const typed = useTyped(period);
  const [by, setBy] = useState<"size" | "share">("size");
  const [amount, setAmount] = useState("20");
  const [seed, setSeed] = useState("");
  const doing = useDoing();
  const inOrder = period.from <= period.to;
  const there = useReading(inOrder ? `population/${JSON.stringify(typed)}` : null, () => fetchPopulation(typed), { seen: false });
  const known = there.stale || typed !== period ? null : there.value;
  const said = judge(known, by, Number(amount), seed, inOrder);
  const narrow = (part: Partial<Period>) => setPeriod(({ ...before }) => tidy({ ...before, ...part }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void doing.run(async () => {
      const much = by === "size" ? { size: Number(amount) } : { share_percent: Number(amount) };
      const made = await drawSample({ ...period, ...much, ...(seed ? { seed } : {}) });
      go(`/rechecks/${made.id}`);
    });
  };
  return (
    <section class="office-part" aria-labelledby="rechecks-draw">
      <header><h2 id="rechecks-draw">{t("rechecks.draw")}</h2></header>
      <form class="office-form office-box" onSubmit={submit}>
        <label class="field"><span>{t("manager.from")}</span><input type="date" required value={period.from} max={today()} onInput={({ currentTarget }) => currentTarget.value && narrow({ from: currentTarget.value })} /></label>
        <label class="field"><span>{t("manager.to")}</span><input type="date" required value={period.to} max={today()} onInput={({ currentTarget }) => currentTarget.value && narrow({ to: currentTarget.value })} /></label>
        <Township value={period.township ?? ""} choose={(township) => narrow({ township })} />
        <label class="field"><span>{t("rechecks.category")}</span>
          <select value={period.category ?? ""} onChange={({ currentTarget }) => narrow({ category: currentTarget.value })}>
            <option value="">{t("rechecks.all_categories")}</option>
            {[...categories.value.values()].map((one) => <option key={one.code} value={one.code}>{either(one.name, one.name_en)}</option>)}
          </select>
        </label>
        <div class="rechecks-amount">
          <label class="field"><span>{t("rechecks.how_many")}</span>
            <select value={by} onChange={({ currentTarget }) => setBy(currentTarget.value as "size")}>
              <option value="size">{t("rechecks.by_size")}</option><option value="share">{t("rechecks.by_share")}</option>
            </select>
          </label>
          <label class="field"><span>{t(by === "size" ? "rechecks.cases" : "rechecks.percent")}</span>
            <input type="number" required min={by === "size" ? 1 : 0.1} max={by === "size" ? SIZE_MAX : 100} step={by === "size" ? 1 : 0.1} value={amount} onInput={({ currentTarget }) => setAmount(currentTarget.value)} />
          </label>
        </div>
        <label class="field"><span>{t("rechecks.seed")}</span><input minLength={SEED_LEAST} maxLength={64} placeholder={t("rechecks.seed_random")} value={seed} onInput={({ currentTarget }) => setSeed(currentTarget.value)} /></label>
        {there.error !== null && <Failed error={there.error} again={there.again} />}
        {doing.error !== null && <Failed error={doing.error} />}
        <div class="office-buttons">
          <button class="button main" disabled={doing.busy || !said.can}>{t(doing.busy ? "rechecks.drawing" : "rechecks.do_draw")}</button>
          <p class="quiet" role="status">{said.words}</p>
        </div>
      </form>
    </section>
  );
}

function useTyped<T>(value: T): T {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setTyped(value), TYPED_MS);
    return () => clearTimeout(timer);
  }, [JSON.stringify(value)]);
  return typed;
}

function tidy({ from, to, township, category }: Period): Period {
  return { from, to, ...(township ? { township } : {}), ...(category ? { category } : {}) };
}

/** What such a draw would come to, before it is done. */
function judge(there: number | null, by: "size" | "share", amount: number, seed: string, inOrder: boolean): { can: boolean; words: string } {
  const no = (words: string) => ({ can: false, words });
  if (!inOrder) return no(t("rechecks.out_of_order"));
  if (seed && seed.length < SEED_LEAST) return no(t("rechecks.seed_short", { n: SEED_LEAST }));
  if (there === null) return no(t("rechecks.counting"));
  if (there === 0) return no(t("rechecks.nothing_closed"));
  const size = by === "size" ? amount : Math.ceil((there * amount) / 100);
  if (!(amount > 0) || (by === "share" && amount > 100) || (by === "size" && !Number.isInteger(amount))) return no(t("rechecks.amount_wanted"));
  if (size > SIZE_MAX) return no(t("rechecks.too_many", { n: size, max: SIZE_MAX }));
  if (size > there) return { can: true, words: t("rechecks.all_of_them", { n: there, wanted: size }) };
  return { can: true, words: t("rechecks.would_draw", { n: size, of: there }) };
}
