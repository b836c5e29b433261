/** From a file to zones in force, a step at a time; and where bays are missing. */
import { useEffect, useMemo } from "preact/hooks";
import { Route, Switch } from "wouter-preact";
import { loadTownships } from "../manager/names";
import { Gaps } from "./gaps";
import "./importing.css";
import { Imports } from "./imports";
import { readAddress } from "./query";
import { Wizard } from "./wizard";

export default function Importing() {
  useEffect(() => void loadTownships().catch(() => undefined), []);
  return (
    <Switch>
      <Route path="/importing/gaps"><Gaps /></Route>
      <Route path="/importing/:id">{({ id }) => <At key={id} id={id} />}</Route>
      <Route><Imports /></Route>
    </Switch>
  );
}

/** The step is part of the address of one import: another import begins at its own. */
function At({ id }: { id: string }) {
  useMemo(readAddress, [id]);
  return <Wizard id={id} />;
}
