/** Campaigns one is part of, and the doors of one of them, the nearest first. */
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { t } from "../../words";
import { useCategories } from "../categories";
import { Copied } from "../copied";
import { distance_m, metres } from "../far";
import { ground, trouble, watch } from "../here";
import { type Campaign, type Shown, STATES, unsentDoors, useCampaign, useCampaigns, useZones, type Zone } from "./asking";
import { Head, Unsent } from "./parts";

export function CampaignsScreen() {
  const read = useCampaigns();
  return (
    <main class="checks">
      <Head back="/officer/tasks" title={t("checks.campaigns")} />
      <Copied read={read} />
      {read.value?.length === 0 && <p class="officer-empty">{t("checks.no_campaigns")}</p>}
      <ul class="officer-list">
        {read.value?.map((one) => (
          <li key={one.id}>
            <Link class="officer-row checks-row" href={`/officer/campaigns/${one.id}`}>
              <span class="officer-row-text">
                <strong>{one.name}</strong>
                <span class="quiet numbers">{t("checks.until", { day: one.to })}</span>
              </span>
              <span aria-hidden="true">›</span>
            </Link>
          </li>
        ))}
      </ul>
    </main>
  );
}

export function CampaignScreen({ params: { id } }: { params: { id: string } }) {
  const [shown, setShown] = useState<Shown>("unseen");
  const campaign = useCampaign(id);
  const zones = useZones(id, shown);
  useEffect(watch, []);
  // A photo at a door without network needs them.
  useCategories();
  const waiting = unsentDoors(id);
  const listed = zones.value?.filter((zone) => shown !== "unseen" || !waiting.has(zone.code)) ?? null;
  return (
    <main class="checks">
      <Head back="/officer/tasks" title={campaign.value?.name ?? t("checks.campaigns")} />
      {campaign.value && <Terms of={campaign.value} />}
      <div class="officer-chips" role="group" aria-label={t("checks.which")}>
        {STATES.map((state) => <button key={state} type="button" class="officer-chip" aria-pressed={shown === state} onClick={() => setShown(state)}>{t(`checks.show_${state}`)}</button>)}
      </div>
      <Unsent items={[...waiting.values()]} />
      <Copied read={zones} />
      {!ground.value && listed && <p class="officer-aside">{t(trouble.value ? `officer.position.${trouble.value}` : "checks.no_place")}</p>}
      {listed?.length === 0 && <p class="officer-empty">{t(shown === "unseen" ? "checks.all_seen" : "checks.none_here")}</p>}
      <ul class="officer-list">{listed?.map((zone) => <Door key={zone.code} campaign={id} zone={zone} />)}</ul>
    </main>
  );
}

function Terms({ of }: { of: Campaign }) {
  return (
    <>
      <p class="quiet numbers">{t(of.state === "running" ? "checks.until" : "checks.over", { day: of.to })}</p>
      {of.note && <p class="checks-note">{of.note}</p>}
    </>
  );
}

function Door({ campaign, zone }: { campaign: string; zone: Zone }) {
  const at = `${zone.position.lon},${zone.position.lat}`;
  return (
    <li>
      <Link class="officer-row checks-row" href={`/officer/campaigns/${campaign}/${encodeURIComponent(zone.code)}?at=${at}&name=${encodeURIComponent(zone.name)}`}>
        <span class="officer-row-text">
          <strong>{zone.name}</strong>
          <span class="quiet">{[zone.street, t(`checks.state_${zone.state}`)].filter(Boolean).join(" · ")}</span>
        </span>
        <span class="officer-row-side numbers">{ground.value && <span>{metres(distance_m(ground.value, zone.position))}</span>}</span>
      </Link>
    </li>
  );
}
