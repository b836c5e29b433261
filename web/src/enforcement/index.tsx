/** Enforcement: proceedings and their steps, decisions, and the powers they are taken by. */
import { useEffect } from "preact/hooks";
import { Route, Switch, useLocation } from "wouter-preact";
import { DecisionsPage } from "./decisions";
import "./enforcement.css";
import { ProceedingsPage, readAddress } from "./list";
import { ProceedingPage } from "./one";
import { PowersPage } from "./powers";

export default function Enforcement() {
  const [at] = useLocation();
  useEffect(readAddress, [at]);
  return (
    <Switch>
      <Route path="/enforcement/decisions"><DecisionsPage /></Route>
      <Route path="/enforcement/powers"><PowersPage /></Route>
      <Route path="/enforcement/:number">{({ number }) => <ProceedingPage key={number} number={number} />}</Route>
      <Route><ProceedingsPage /></Route>
    </Switch>
  );
}
