/** People and what they belong to: accounts, bodies, rosters, and the phones that tell where somebody is. */
import { useEffect } from "preact/hooks";
import { Link, Redirect, Route, Switch, useLocation } from "wouter-preact";
import { session } from "../api/client";
import { useReading } from "../ui/reading";
import { t } from "../words";
import { fetchBodies } from "./asking";
import { Bodies } from "./bodies";
import { Certificates } from "./certificates";
import { Devices } from "./devices";
import { bodies } from "./known";
import { People } from "./list";
import "./people.css";
import { readAddress } from "./query";
import { RosterPage } from "./roster";

const PARTS = [
  { path: "/people", name: "people.accounts" },
  { path: "/people/bodies", name: "people.bodies" },
  { path: "/people/roster", name: "people.roster" },
  { path: "/people/certificates", name: "people.certificates" },
  { path: "/people/devices", name: "people.devices" },
] as const;

export default function Section() {
  const [at] = useLocation();
  const admin = session.value?.user.role === "admin";
  useEffect(readAddress, [at]);
  const { value } = useReading("people/bodies", fetchBodies);
  useEffect(() => void (value && (bodies.value = value)), [value]);
  const parts = PARTS.filter(({ path }) => admin || path !== "/people/devices");
  return (
    <>
      <header class="people-head">
        <h1>{t("people.title")}</h1>
        <nav aria-label={t("people.title")}>
          {parts.map(({ path, name }) => <Link key={path} class="office-tab" href={path} {...(at === path && { "aria-current": "page" as const })}>{t(name)}</Link>)}
        </nav>
      </header>
      <Switch>
        <Route path="/people"><People admin={admin} /></Route>
        <Route path="/people/bodies"><Bodies admin={admin} /></Route>
        <Route path="/people/roster"><RosterPage /></Route>
        <Route path="/people/certificates"><Certificates admin={admin} /></Route>
        {admin && <Route path="/people/devices"><Devices /></Route>}
        <Route><Redirect to="/people" replace /></Route>
      </Switch>
    </>
  );
}
