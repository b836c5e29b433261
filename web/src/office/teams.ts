/** Teams of whoever asks, for choosing one. */
import { answer, api, type Schema } from "../api/client";

export type Team = Schema<"TeamOut">;

export const fetchTeams = async (): Promise<Team[]> => (await answer(api.GET("/api/v1/teams", { params: { query: { limit: 500 } } }))).items;
