/** Complaints at the desk of intake: the list, one of them, and taking one. */
import { useEffect } from "preact/hooks";
import { Route, Switch } from "wouter-preact";
import { loadNames } from "../cases";
import { loadTownships } from "../manager/names";
import "./complaints.css";
import { ComplaintsPage } from "./list";
import { ComplaintPage } from "./one";
import { TakingPage } from "./taking";

export default function Complaints() {
  useEffect(() => {
    loadNames();
    void loadTownships().catch(() => undefined);
  }, []);
  return (
    <Switch>
      <Route path="/complaints/new">{() => <TakingPage />}</Route>
      <Route path="/complaints/:id">{({ id }) => <ComplaintPage key={id} id={id} />}</Route>
      <Route><ComplaintsPage /></Route>
    </Switch>
  );
}
