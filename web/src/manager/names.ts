/** Names of townships, which figures tell by their codes. */
import { signal } from "@preact/signals";
import { answer, api } from "../api/client";

export const townships = signal<ReadonlyMap<string, string>>(new Map());

export async function loadTownships(): Promise<void> {
  const { items } = await answer(api.GET("/api/v1/bodies"));
  townships.value = new Map(items.map(({ code, place }) => [code, place]));
}

/** Of a township, or of the district itself; its code where no name is known. */
export const placeName = (code: string): string => townships.value.get(code) ?? code;
