/** On the way to the tasks: second looks one was given, and campaigns one's township is part of. */
import { Link } from "wouter-preact";
import { t } from "../../words";
import { metres, nearest } from "../far";
import { ground } from "../here";
import { checks, unsentRecheck, useCampaigns, useRechecks } from "./asking";

export function MyChecks() {
  const rechecks = useRechecks(checks()).value?.filter((one) => !unsentRecheck(one.recheck, one.number)) ?? [];
  const campaigns = useCampaigns().value ?? [];
  if (rechecks.length + campaigns.length === 0) return null;
  const near = nearest(ground.value, rechecks.map((one) => one.position));
  return (
    <nav class="checks-ways" aria-label={t("checks.title")}>
      {rechecks.length > 0 && (
        <Link class="officer-strip" href="/officer/rechecks">
          <span>
            {t("checks.rechecks_n", { count: rechecks.length })}
            {near !== null && ` · ${t("officer.home.nearest", { distance: metres(near) })}`}
          </span>
          <span aria-hidden="true">›</span>
        </Link>
      )}
      {campaigns.length > 0 && (
        <Link class="officer-strip" href={campaigns.length === 1 ? `/officer/campaigns/${campaigns[0]!.id}` : "/officer/campaigns"}>
          <span>{campaigns.length === 1 ? campaigns[0]!.name : t("checks.campaigns_n", { count: campaigns.length })}</span>
          <span aria-hidden="true">›</span>
        </Link>
      )}
    </nav>
  );
}
