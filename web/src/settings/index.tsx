/** What is in force and since when, one way for all kinds of sets; how long what is kept; who looked at whom. */
import { useEffect } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import { session } from "../api/client";
import { loadNames } from "../cases";
import { loadTownships } from "../manager/names";
import { useReading } from "../ui/reading";
import { type Key, t } from "../words";
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
  return (
    <div class="settings">
      <Sections missing={missing.value?.length ?? 0} />
      <div class="settings-page">
        <Switch>
          <Route path="/settings/retention"><Retention /></Route>
          <Route path="/settings/reads"><Reads /></Route>
          <Route path="/settings/:kind">
            {({ kind }) => (KINDS.includes(kind as KindName) ? <KindPage key={kind} kind={KIND[kind as KindName]} changed={missing.again} missing={missing.value ?? []} /> : <Overview missing={missing} />)}
          </Route>
          <Route><Overview missing={missing} /></Route>
        </Switch>
      </div>
    </div>
  );
}

function Sections({ missing }: { missing: number }) {
  const [at] = useLocation();
  const role = session.value?.user.role ?? "";
  const one = (path: string, name: Key, note?: string) => (
    <li key={path}>
      <Link href={path} {...(at === path && { "aria-current": "page" as const })}>{t(name)}{note && <em class="office-bad"> {note}</em>}</Link>
    </li>
  );
  return (
    <nav class="settings-sections" aria-label={t("settings.kinds")}>
      <ul>
        {one("/settings", "settings.overview")}
        {KINDS.map((kind) => one(`/settings/${kind}`, `settings.kind_${kind}`, kind === "calendars" && missing > 0 ? "!" : undefined))}
        {EDITING.includes(role) && one("/settings/retention", "settings.retention")}
        {role === "admin" && one("/settings/reads", "settings.reads")}
      </ul>
    </nav>
  );
}
