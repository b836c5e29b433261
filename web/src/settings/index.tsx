/** What is in force and since when, one way for all kinds of sets; how long what is kept; who looked at whom. */
import { useEffect } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import { session } from "../api/client";
import { loadNames } from "../cases";
import { loadTownships } from "../manager/names";
import { type Reading, useReading } from "../ui/reading";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { type Book, kindOf, loadBooks, pathOf } from "./books";
import { KIND, KINDS, type KindName, uncoveredYears } from "./kinds";
import { KindPage } from "./kind";
import { Overview } from "./overview";
import { Reads } from "./reads";
import { Retention } from "./retention";
import "./settings.css";

const EDITING = ["zone_manager", "admin"];

export default function Settings() {
  useEffect(() => {
    loadNames();
    void loadTownships().catch(() => undefined);
  }, []);
  const missing = useReading("settings/years", uncoveredYears);
  const books = useReading("settings/books", loadBooks);
  return (
    <div class="settings">
      <Sections missing={missing.value?.length ?? 0} books={books.value ?? []} />
      <div class="settings-page">
        <Switch>
          <Route path="/settings/retention"><Retention /></Route>
          <Route path="/settings/reads"><Reads /></Route>
          <Route path="/settings/book/:kind">
            {({ kind }) => <BookPage key={kind} books={books} kind={kind} />}
          </Route>
          <Route path="/settings/:kind">
            {({ kind }) => (KINDS.includes(kind as KindName) ? <KindPage key={kind} kind={KIND[kind as KindName]} changed={missing.again} missing={missing.value ?? []} /> : <Overview missing={missing} books={books} />)}
          </Route>
          <Route><Overview missing={missing} books={books} /></Route>
        </Switch>
      </div>
    </div>
  );
}

function BookPage({ books, kind }: { books: Reading<Book[]>; kind: string }) {
  const found = books.value?.find((one) => one.kind === kind);
  if (found) return <KindPage kind={kindOf(found)} changed={books.again} missing={[]} />;
  if (books.error !== null) return <Failed error={books.error} again={books.again} />;
  return books.value ? <p class="office-empty">{t("settings.no_such_kind")}</p> : <Waiting shape="rows" />;
}

function Sections({ missing, books }: { missing: number; books: Book[] }) {
  const [at] = useLocation();
  const role = session.value?.user.role ?? "";
  const one = (path: string, name: string, note?: string) => (
    <li key={path}>
      <Link href={path} {...(at === path && { "aria-current": "page" as const })}>{name}{note && <em class="office-bad"> {note}</em>}</Link>
    </li>
  );
  return (
    <nav class="settings-sections" aria-label={t("settings.kinds")}>
      <ul>
        {one("/settings", t("settings.overview"))}
        {KINDS.map((kind) => one(`/settings/${kind}`, t(`settings.kind_${kind}`), kind === "calendars" && missing > 0 ? "!" : undefined))}
        {EDITING.includes(role) && one("/settings/retention", t("settings.retention"))}
        {role === "admin" && one("/settings/reads", t("settings.reads"))}
      </ul>
      {books.length > 0 && (
        <>
          <h2 id="settings-books">{t("settings.books")}</h2>
          <ul aria-labelledby="settings-books">
            {books.map((book) => one(`/settings/${pathOf(book.kind)}`, either(book.name, book.name_en), book.in_force ? undefined : "!"))}
          </ul>
        </>
      )}
    </nav>
  );
}
