/** Liability letters by street, and papers that wait to be served by hand. */
import { useEffect } from "preact/hooks";
import { Redirect, Route, Switch } from "wouter-preact";
import { loadTownships } from "../manager/names";
import { StreetsPage } from "./streets";
import { TasksPage } from "./tasks";
import "./letters.css";

export default function Letters() {
  useEffect(() => void loadTownships().catch(() => undefined), []);
  return (
    <Switch>
      <Route path="/letters"><StreetsPage /></Route>
      <Route path="/letters/tasks"><TasksPage /></Route>
      <Route><Redirect to="/letters" replace /></Route>
    </Switch>
  );
}
