/** The zone manager's page: which fronts were seen, and who went where. */
import { useEffect } from "preact/hooks";
import { Route, Switch } from "wouter-preact";
import { session } from "../api/client";
import { loadNames } from "../cases";
import { t } from "../words";
import { Coverage } from "./coverage";
import "./manager.css";
import { loadTownships } from "./names";
import { Playback } from "./playback";
import { readAddress } from "./query";
import { watch } from "./watching";

export default function Manager() {
  useEffect(() => {
    readAddress();
    loadNames();
    void loadTownships().catch(() => undefined);
    return watch();
  }, []);
  return (
    <Switch>
      <Route path="/manager/playback">
        {session.value?.user.role === "admin" ? <NotForAdmins /> : <Playback />}
      </Route>
      <Route><Coverage /></Route>
    </Switch>
  );
}

function NotForAdmins() {
  return (
    <>
      <h1>{t("manager.playback_title")}</h1>
      <p class="notice office-refused">{t("manager.playback_not_admin")}</p>
    </>
  );
}
