/** Second looks at closed cases: draw a sample anybody can draw again, hand its cases out, and read what was found. */
import { useEffect } from "preact/hooks";
import { Route, Switch } from "wouter-preact";
import { loadNames } from "../cases";
import { loadTownships } from "../manager/names";
import { SamplesPage } from "./list";
import "./rechecks.css";
import { SamplePage } from "./sample";

export default function Rechecks() {
  useEffect(() => {
    loadNames();
    void loadTownships().catch(() => undefined);
  }, []);
  return (
    <Switch>
      <Route path="/rechecks/:id">{({ id }) => <SamplePage key={id} id={id} />}</Route>
      <Route><SamplesPage /></Route>
    </Switch>
  );
}
