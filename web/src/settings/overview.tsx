/** The first look: what is missing, in a sentence; then what is in force today, of each kind. */
import { Link } from "wouter-preact";
import { Failure } from "../api/client";
import { type Reading, useReading } from "../ui/reading";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { type Book, pathOf } from "./books";
import { KIND, KINDS, type KindName, type Version } from "./kinds";
import { daysOf, Sample, spoken, Stated } from "./words";

export function Overview({ missing, books }: { missing: Reading<number[]>; books: Reading<Book[]> }) {
  const years = missing.value;
  return (
    <>
      <h1>{years === null ? t("settings.title") : years.length ? t("settings.years_missing", { years: years.join("、") }) : t("settings.nothing_missing")}</h1>
      {missing.error !== null && years === null && <Failed error={missing.error} again={missing.again} />}
      {years !== null && years.length > 0 && (
        <p class="notice bad settings-missing">
          {t("settings.years_missing_means")} <Link href="/settings/calendars">{t("settings.go_import")}</Link>
        </p>
      )}
      <ul class="settings-cards">{KINDS.map((kind) => <Card key={kind} kind={kind} />)}</ul>
      <Books books={books} />
    </>
  );
}

function Card({ kind }: { kind: KindName }) {
  const read = useReading(`settings/${kind}`, () => KIND[kind].list());
  return (
    <li class="office-box settings-card">
      <h2><Link href={`/settings/${kind}`}>{t(`settings.kind_${kind}`)}</Link></h2>
      {read.value ? <InForce kind={kind} items={read.value.items} /> : read.error !== null ? <Unread error={read.error} again={read.again} /> : <Waiting shape="rows" rows={1} />}
    </li>
  );
}

/** What practices go by: those first of which nothing counts today. */
function Books({ books }: { books: Reading<Book[]> }) {
  const lacking = books.value?.filter((one) => !one.in_force) ?? [];
  const order = [...lacking, ...(books.value?.filter((one) => one.in_force) ?? [])];
  return (
    <section class="office-part" aria-labelledby="settings-books-in-force">
      <header><h2 id="settings-books-in-force">{t("settings.books_in_force")}</h2></header>
      {books.error !== null && !books.value && <Failed error={books.error} again={books.again} />}
      {!books.value && books.error === null && <Waiting shape="rows" />}
      {lacking.length > 0 && <p class="notice bad">{t("settings.books_missing", { n: lacking.length, names: lacking.map((one) => either(one.name, one.name_en)).join(t("settings.stop_short")) })}</p>}
      {books.value && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="settings-books-in-force">
          <table class="office-table settings-books">
            <thead>
              <tr>
                <th scope="col">{t("settings.kind")}</th><th scope="col" class="words">{t("settings.name")}</th><th scope="col" class="words">{t("settings.days")}</th>
                <th scope="col">{t("settings.rows")}</th><th scope="col" class="words">{t("settings.what_for")}</th>
              </tr>
            </thead>
            <tbody>{order.map((one) => <BookRow key={one.kind} book={one} />)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function BookRow({ book }: { book: Book }) {
  const now = book.in_force;
  return (
    <tr>
      <th scope="row"><Link href={`/settings/${pathOf(book.kind)}`}>{either(book.name, book.name_en)}</Link></th>
      <td class="words long">{now ? <>{spoken(now.name)} <Sample of={now} /></> : <span class="office-bad">{t("settings.to_import")}</span>}</td>
      <td class="words numbers">{now?.valid_from ? t("settings.from_on", { from: now.valid_from }) : "–"}</td>
      <td class="numbers">{now?.row_count ?? "–"}</td>
      <td class="words long">{either(book.about, book.about_en)}</td>
    </tr>
  );
}

export function Unread({ error, again }: { error: unknown; again: () => void }) {
  return error instanceof Failure && error.status === 403 ? <p class="quiet">{t("settings.not_yours")}</p> : <Failed error={error} again={again} />;
}

function InForce({ kind, items }: { kind: KindName; items: Version[] }) {
  const now = items.filter((one) => one.state === "in_force");
  const coming = items.filter((one) => one.state === "coming").pop();
  if (!now.length) return <p class="office-bad">{t("settings.none_in_force")}</p>;
  const first = now[0]!;
  return (
    <>
      <p class="settings-name">{spoken(first.name)} <Sample of={first} /></p>
      <p class="quiet">{kind === "hours" ? first.holds : t(`settings.holds_${kind}`, { n: first.holds })}</p>
      <p class="numbers">{t("settings.since", { day: first.valid_from ?? "" })}{now.length > 1 && ` · ${t("settings.and_more", { n: now.length - 1 })}`}</p>
      {coming && <p class="numbers"><Stated state="coming" /> {daysOf(coming)}</p>}
    </>
  );
}
