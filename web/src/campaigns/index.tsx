/** Campaigns: built over a map, followed by township, with a wall of before and after. */
import { useEffect } from "preact/hooks";
import { Route, Switch } from "wouter-preact";
import { loadNames } from "../cases";
import { loadTownships } from "../manager/names";
import { t } from "../words";
import { keeps } from "./asking";
import { Builder } from "./builder";
import "../rechecks/rechecks.css";
import "./campaigns.css";
import { CampaignPage } from "./campaign";
import { CampaignsPage } from "./list";

export default function Campaigns() {
  useEffect(() => {
    loadNames();
    void loadTownships().catch(() => undefined);
  }, []);
  return (
    <Switch>
      <Route path="/campaigns/new">{keeps() ? <Builder /> : <p class="notice office-refused">{t("office.no_rights")}</p>}</Route>
      <Route path="/campaigns/:id">{({ id }) => <CampaignPage key={id} id={id} />}</Route>
      <Route><CampaignsPage keeps={keeps()} /></Route>
    </Switch>
  );
}
