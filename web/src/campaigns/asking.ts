/** What the pages of campaigns ask the server. */
import { answer, api, fetched, type Schema, session } from "../api/client";
import { save } from "../ui/saving";

export type Campaign = Schema<"CampaignOut">;
export type Preview = Schema<"CampaignPreview">;
export type Choices = Schema<"CampaignChoices">;
export type Progress = Schema<"CampaignProgress">;
export type Figures = Schema<"CampaignFigures">;
export type Zone = Schema<"CampaignZoneOut">;
export type Pair = Schema<"CampaignPair">;
export type Kind = Campaign["kind"];
export type Polygon = { type: "Polygon"; coordinates: [number, number][][] };

export interface Selection {
  codes: string[];
  trades: string[];
  streets: string[];
  townships: string[];
  area: Polygon | null;
}
export interface Item {
  code: string;
  text: string;
  text_en: string;
  answers: { code: string; text: string; text_en: string; ok: boolean }[];
}
export interface Goal {
  township: string;
  zones: number;
}
export interface Wanted {
  name: string;
  note: string;
  kind: Kind;
  from: string;
  to: string;
  selection: Selection;
  checklist: Item[];
  target_visits: number;
  goals: Goal[];
}
export type Terms = Partial<Pick<Wanted, "name" | "note" | "to" | "target_visits" | "goals">> & { version: number; cancelled_because?: string };

/** Whether who is signed in may begin and change campaigns: those of the district who manage zones. */
export function keeps(): boolean {
  const user = session.value?.user;
  return user?.organisation.kind === "district" && (user.role === "zone_manager" || user.role === "admin");
}

const PAGE = 50;
const of = (campaign_id: string) => ({ path: { campaign_id } });

export async function fetchCampaigns(cursor?: string): Promise<Schema<"CampaignList">> {
  return answer(api.GET("/api/v1/campaigns", { params: { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } } }));
}

export const fetchCampaign = (id: string): Promise<Campaign> => answer(api.GET("/api/v1/campaigns/{campaign_id}", { params: of(id) }));

export const fetchProgress = (id: string): Promise<Progress> => answer(api.GET("/api/v1/campaigns/{campaign_id}/progress", { params: of(id) }));

export function fetchChoices(kind: Kind, from: string): Promise<Choices> {
  return answer(api.GET("/api/v1/campaigns/choices", { params: { query: { kind, from } } }));
}

export function preview(kind: Kind, from: string, selection: Selection): Promise<Preview> {
  return answer(api.POST("/api/v1/campaigns/preview", { body: { kind, from, selection } as unknown as Schema<"CampaignPreviewIn"> }));
}

export function begin(wanted: Wanted): Promise<Campaign> {
  return answer(api.POST("/api/v1/campaigns", { body: wanted as unknown as Schema<"CampaignIn"> }));
}

export function change(id: string, terms: Terms): Promise<Campaign> {
  return answer(api.PATCH("/api/v1/campaigns/{campaign_id}", { params: of(id), body: terms as Schema<"CampaignPatch"> }));
}

export function fetchZones(id: string, township: string, state: Zone["state"] | "", cursor?: string): Promise<Schema<"CampaignZoneList">> {
  const query = { limit: PAGE, ...(township ? { township } : {}), ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) };
  return answer(api.GET("/api/v1/campaigns/{campaign_id}/zones", { params: { ...of(id), query } }));
}

export function fetchPairs(id: string, township: string, cursor?: string): Promise<Schema<"CampaignPairs">> {
  const query = { limit: 24, ...(township ? { township } : {}), ...(cursor ? { cursor } : {}) };
  return answer(api.GET("/api/v1/campaigns/{campaign_id}/pairs", { params: { ...of(id), query } }));
}

export async function saveProgress(id: string, name: string): Promise<void> {
  const response = await fetched(`/api/v1/campaigns/${id}/progress.csv`);
  save(await response.blob(), `${name}.csv`);
}
