/** Both lists as they would be today, why each shop is on one, and the lists that were proposed. */
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { fetchLists, fetchPublications, type Lists, propose, type PublicationItem, type Standing } from "./asking";
import { mayEnter } from "./by_hand";
import { Finding } from "./finding";
import { Ledger } from "./ledger";
import { stateOf, why } from "./names";

type Which = "black" | "red";

export function ListsPage() {
  const [on, setOn] = useState(today());
  const [which, setWhich] = useState<Which>("black");
  const [opened, setOpened] = useState<string | null>(null);
  const [finding, setFinding] = useState(false);
  const read = useReading(`ratings/${on}`, () => fetchLists(on));
  const items = read.value?.items.filter(({ colour }) => colour === which) ?? [];
  return (
    <>
      <h1>{read.value ? sentence(read.value) : t("ratings.title")}</h1>
      {read.copied_at && <p class="notice">{t("manager.copy", { at: exact(read.copied_at) })}</p>}
      <Publications />
      <section class="office-part" aria-labelledby="ratings-lists">
        <header>
          <h2 id="ratings-lists">{t("ratings.as_of", { on })}</h2>
          <div class="office-choice" role="group" aria-label={t("ratings.which")}>
            {(["black", "red"] as const).map((one) => (
              <button key={one} type="button" aria-pressed={which === one} onClick={() => setWhich(one)}>
                {t(`ratings.${one}`)} <span class="numbers">{read.value ? count(read.value, one) : ""}</span>
              </button>
            ))}
          </div>
        </header>
        <div class="office-filters">
          <label class="field"><span>{t("ratings.on")}</span>
            <input type="date" value={on} max={today()} onInput={({ currentTarget }) => currentTarget.value && setOn(currentTarget.value)} />
          </label>
          <button type="button" class="button" onClick={() => setFinding(true)}>{t(mayEnter() ? "ratings.enter_points" : "ratings.find_shop")}</button>
        </div>
        {read.error !== null && <Failed error={read.error} again={read.again} />}
        {!read.value && read.error === null && <Waiting shape="rows" />}
        {read.value && items.length === 0 && <p class="office-empty">{t(`ratings.nobody_${which}`)}</p>}
        {items.length > 0 && <Table items={items} stale={read.stale} open={setOpened} />}
      </section>
      {opened && <Sheet title={t("ratings.ledger")} onClosed={() => setOpened(null)}>{() => <Ledger code={opened} />}</Sheet>}
      {finding && <Sheet title={t("ratings.ledger")} onClosed={() => { setFinding(false); read.again(); }}>{() => <Finding />}</Sheet>}
    </>
  );
}

function sentence(lists: Lists): string {
  return t("ratings.answer", { rated: lists.rated, red: count(lists, "red"), black: count(lists, "black") });
}

function count({ items }: Lists, which: Which): number {
  return items.filter(({ colour }) => colour === which).length;
}

function Table({ items, stale, open }: { items: Standing[]; stale: boolean; open: (code: string) => void }) {
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="ratings-lists">
      <table class={`office-table numbers ${stale ? "stale" : ""}`}>
        <thead>
          <tr>
            <th scope="col">{t("ratings.subject")}</th><th scope="col" class="words">{t("ratings.where")}</th>
            <th scope="col">{t("ratings.score")}</th><th scope="col" class="words">{t("ratings.why")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.subject.code}>
              <th scope="row"><button type="button" class="plain ratings-name" onClick={() => open(one.subject.code)}>{one.subject.name ?? one.subject.code}</button></th>
              <td class="words">{[one.subject.street, one.subject.township_name].filter(Boolean).join(" · ")}</td>
              <td>{one.score}{one.stars && <span title={t("ratings.five_star", { n: one.good_months })}> ★{one.stars}</span>}</td>
              <td class="words">{why(one, ({ name, name_en }) => either(name, name_en))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Publications() {
  const [older, setOlder] = useState<PublicationItem[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  const read = useReading("ratings/publications", () => fetchPublications());
  const items = [...(read.value?.items ?? []), ...older];
  const cursor = next === undefined ? read.value?.next : next;
  const load = async () => {
    const page = await fetchPublications(cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  const user = session.value?.user;
  const keeps = user?.organisation.kind === "district" && ["zone_manager", "admin"].includes(user.role);
  return (
    <section class="office-part" aria-labelledby="ratings-publications">
      <header><h2 id="ratings-publications">{t("ratings.publications")}</h2></header>
      {keeps && <Propose />}
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      {read.value && items.length === 0 && <p class="office-empty">{t("ratings.never_proposed")}</p>}
      {items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="ratings-publications">
          <table class="office-table numbers">
            <thead>
              <tr>
                <th scope="col">{t("ratings.list_of")}</th><th scope="col" class="words">{t("ratings.state")}</th><th scope="col">{t("ratings.red")}</th><th scope="col">{t("ratings.black")}</th>
                <th scope="col">{t("ratings.open_appeals")}</th><th scope="col">{t("ratings.notice_until")}</th><th scope="col">{t("ratings.appeal_until")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <th scope="row"><Link href={`/ratings/${one.id}`}>{one.on}</Link></th>
                  <td class="words">{stateOf(one)}</td><td>{one.red}</td><td>{one.black}</td>
                  <td>{one.open_appeals > 0 ? <em class="office-bad">{one.open_appeals}</em> : 0}</td>
                  <td>{one.notice_until ?? "–"}</td><td>{one.appeal_until ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("ratings.older")}</button>}
    </section>
  );
}

function Propose() {
  const [, go] = useLocation();
  const [on, setOn] = useState(today());
  const doing = useDoing();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void doing.run(async () => go(`/ratings/${(await propose(on)).id}`));
  };
  return (
    <form class="office-form office-box" onSubmit={submit}>
      <label class="field"><span>{t("ratings.up_to")}</span>
        <input type="date" required value={on} max={today()} onInput={({ currentTarget }) => setOn(currentTarget.value)} />
      </label>
      <div class="office-buttons"><button class="button main" disabled={doing.busy}>{t(doing.busy ? "ratings.proposing" : "ratings.propose")}</button></div>
      {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
    </form>
  );
}

