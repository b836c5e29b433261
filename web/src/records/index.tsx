/** Records at a desk: what was filled in by a form, what it comes to, one record, and a new one. */
import { useEffect } from "preact/hooks";
import { Route, Switch } from "wouter-preact";
import { loadTownships } from "../manager/names";
import { RecordsPage } from "./list";
import { MakingPage } from "./making";
import { RecordPage } from "./one";
import "./records.css";

export default function Records() {
  useEffect(() => void loadTownships().catch(() => undefined), []);
  return (
    <Switch>
      <Route path="/records/new/:form">{({ form }) => <MakingPage key={form} code={form} />}</Route>
      <Route path="/records/:id">{({ id }) => <RecordPage key={id} id={id} />}</Route>
      <Route><RecordsPage /></Route>
    </Switch>
  );
}
