/** Responsible subjects: the register, one subject with its history, and files of them. */
import { useEffect } from "preact/hooks";
import { Link, Redirect, Route, Switch, useLocation } from "wouter-preact";
import { loadTownships } from "../manager/names";
import { t } from "../words";
import { FilePage } from "./file";
import { keeps } from "./known";
import { Register } from "./list";
import { SubjectPage } from "./one";
import { readAddress } from "./query";
import "./subjects.css";

export default function Section() {
  const [at] = useLocation();
  useEffect(readAddress, [at]);
  useEffect(() => void loadTownships().catch(() => undefined), []);
  return (
    <>
      <header class="subjects-head">
        <h1>{t("subjects.title")}</h1>
        {keeps() && (
          <nav aria-label={t("subjects.title")}>
            <Tab to="/subjects" at={at}>{t("subjects.register")}</Tab>
            <Tab to="/subjects/file" at={at}>{t("subjects.file")}</Tab>
          </nav>
        )}
      </header>
      <Switch>
        <Route path="/subjects"><Register /></Route>
        {keeps() && <Route path="/subjects/file"><FilePage /></Route>}
        <Route path="/subjects/:code">{({ code }) => <SubjectPage key={code} code={code} />}</Route>
        <Route><Redirect to="/subjects" replace /></Route>
      </Switch>
    </>
  );
}

function Tab({ to, at, children }: { to: string; at: string; children: string }) {
  return <Link class="office-tab" href={to} {...(at === to && { "aria-current": "page" as const })}>{children}</Link>;
}
