/** Ratings: the red and the black list and why, lists on their way to be published, appeals, and what leniency waived. */
import { useEffect } from "preact/hooks";
import { Route, Switch } from "wouter-preact";
import { loadNames } from "../cases";
import { ListsPage } from "./lists";
import { PublicationPage } from "./publication";
import "./ratings.css";
import { WaivedPage } from "./waived";

export default function Ratings() {
  useEffect(() => loadNames(), []);
  return (
    <Switch>
      <Route path="/ratings/leniency"><WaivedPage /></Route>
      <Route path="/ratings/:id">{({ id }) => <PublicationPage key={id} id={id} />}</Route>
      <Route><ListsPage /></Route>
    </Switch>
  );
}
