/** Campaigns and second looks that are one's own, kept for days without network. */
import { answer, api, type Schema, session } from "../../api/client";
import { type Reading, useReading } from "../../ui/reading";
import { distance_m } from "../far";
import { ground } from "../here";
import { items, type QueueItem } from "../queue";

export type Campaign = Schema<"CampaignOut">;
export type Zone = Schema<"CampaignZoneOut">;
export type Recheck = Schema<"RecheckTask">;
export const STATES = ["unseen", "open", "all"] as const;
export type Shown = (typeof STATES)[number];

/** More doors than that nobody goes to in a day. */
const ZONES_MAX = 200;
const SQUARE_DEGREES = 0.003;

export const checks = (): boolean => session.value?.user.role === "checker";

export function useCampaigns(): Reading<Campaign[]> {
  return useReading("campaigns/mine", async () => {
    const query = { state: "running" as const, mine: true, limit: 100 };
    return (await answer(api.GET("/api/v1/campaigns", { params: { query } }))).items;
  });
}

export function useCampaign(id: string): Reading<Campaign> {
  return useReading(`campaign/${id}`, () => answer(api.GET("/api/v1/campaigns/{campaign_id}", { params: { path: { campaign_id: id } } })));
}

/** The doors nearest to where one stands, read anew when one has walked on or something has been sent. */
export function useZones(id: string, shown: Shown): Reading<Zone[]> {
  const at = ground.value;
  const square = at ? 1 + Math.floor(at.lon / SQUARE_DEGREES) * 1e6 + Math.floor(at.lat / SQUARE_DEGREES) : 0;
  const ask = async () => {
    const here = ground.peek();
    const query = {
      limit: ZONES_MAX,
      ...(here ? { near: `${here.lon.toFixed(6)},${here.lat.toFixed(6)}` } : {}),
      ...(shown === "all" ? {} : { state: shown }),
    };
    return (await answer(api.GET("/api/v1/campaigns/{campaign_id}/zones", { params: { path: { campaign_id: id }, query } }))).items;
  };
  const read = useReading(`campaign-zones/${id}/${shown}`, ask, { tick: square * 1000 + sentLooks() });
  return { ...read, value: read.value && nearestFirst(read.value) };
}

export function useRechecks(asked: boolean): Reading<Recheck[]> {
  const read = useReading(asked ? "rechecks/mine" : null, async () => (await answer(api.GET("/api/v1/rechecks/mine"))).items, { tick: sentLooks() });
  return { ...read, value: read.value && nearestFirst(read.value) };
}

function nearestFirst<T extends { position: { lon: number; lat: number } }>(listed: T[]): T[] {
  const at = ground.value;
  return at ? [...listed].sort((a, b) => distance_m(at, a.position) - distance_m(at, b.position)) : listed;
}

/** How many looks the server has by now. */
function sentLooks(): number {
  return items.value.filter((item) => item.kind === "look" && item.state === "kept").length;
}

const unsent = (item: QueueItem): boolean => item.kind === "look" && item.state !== "kept";

/** Looks at doors of a campaign that the phone still has, by code of the zone. */
export function unsentDoors(campaign: string): Map<string, QueueItem> {
  return new Map(items.value.flatMap((item) => (unsent(item) && item.look && "campaign" in item.look && item.look.campaign === campaign ? [[item.look.body.zone, item] as const] : [])));
}

/** A second look that the phone still has. */
export function unsentRecheck(recheck: string, number: string): QueueItem | undefined {
  return items.value.find((item) => unsent(item) && item.look && "recheck" in item.look && item.look.recheck === recheck && item.look.number === number);
}
