/** The tiles of the server: one source a layer, fetched with the token of whoever is signed in. */
import { addProtocol, type GeoJSONSourceSpecification, type VectorSourceSpecification } from "maplibre-gl";
import { authorized, fetched, session } from "../api/client";
import { NOTHING } from "./marks";
import { PATROL_SOURCES } from "./patrol";

export const TILED = ["zones", "parking", "cases", "coverage"] as const;
export type Shown = (typeof TILED)[number] | "officers";

const SCHEME = "frontage";
/** Streets and zones are drawn from tiles of this zoom also nearer by: its grid has steps of 15 cm. */
const NEAREST_ZOOM = 16;
const TILES: Record<string, { layer: string; minzoom: number; maxzoom: number }> = {
  streets: { layer: "streets", minzoom: 11, maxzoom: NEAREST_ZOOM },
  townships: { layer: "township", minzoom: 7, maxzoom: NEAREST_ZOOM },
  // One tile holds a township whole, so that its name stands once and in its middle.
  "township-names": { layer: "township", minzoom: 7, maxzoom: 9 },
  zones: { layer: "frontage", minzoom: 14, maxzoom: NEAREST_ZOOM },
  parking: { layer: "parking", minzoom: 14, maxzoom: NEAREST_ZOOM },
  coverage: { layer: "coverage", minzoom: 9, maxzoom: NEAREST_ZOOM },
  "all-cases": { layer: "cases", minzoom: 7, maxzoom: 18 },
};
const OF_LAYER: Record<(typeof TILED)[number], string> = { zones: "zones", parking: "parking", cases: "all-cases", coverage: "coverage" };
/** Those whose content is told by the page, and how they begin. */
const TOLD = ["officers", "chosen", "candidates", "position", "shapes", ...PATROL_SOURCES] as const;

export type Sources = Record<string, VectorSourceSpecification | GeoJSONSourceSpecification>;

// The token may run out while the map is open: the program's own client renews it, which a header told in advance cannot.
addProtocol(SCHEME, async (asked, abort) => {
  const response = await fetched(asked.url.slice(`${SCHEME}:/`.length), { signal: abort.signal });
  return { data: await response.arrayBuffer() };
});

/** Sources for what is to be shown, with the versions of layers in their addresses so that tiles may be kept. */
export async function sourcesFor(shown: readonly Shown[]): Promise<Sources> {
  const tiled = TILED.filter((layer) => shown.includes(layer)).map((layer) => OF_LAYER[layer]);
  const wanted = ["streets", "townships", "township-names", ...tiled];
  const layers = [...new Set(wanted.map((name) => TILES[name]!.layer))];
  const addresses = new Map(await Promise.all(layers.map(async (layer) => [layer, await addressOf(layer)] as const)));
  const made: Sources = {};
  for (const name of wanted) {
    const { layer, minzoom, maxzoom } = TILES[name]!;
    made[name] = { type: "vector", tiles: [`${SCHEME}:/${addresses.get(layer)}`], minzoom, maxzoom };
  }
  made["cases"] = {
    type: "geojson", data: NOTHING, promoteId: "id", cluster: true, clusterRadius: 44, clusterMaxZoom: 15,
    clusterProperties: { overdue: ["+", ["case", ["==", ["get", "clock"], "overdue"], 1, 0]] },
  };
  for (const name of TOLD) made[name] = { type: "geojson", data: NOTHING };
  made["officers"] = { type: "geojson", data: NOTHING, promoteId: "id" };
  return made;
}

/** Addresses of tiles of coverage over these local days, both counted. */
export function coverageTiles(from: string, to: string): string[] {
  return [`${SCHEME}://api/v1/tiles/coverage/{z}/{x}/{y}.mvt?${new URLSearchParams({ from, to })}`];
}

/** The address of a layer's tiles on this host; without an answer the one that names no version. */
async function addressOf(layer: string): Promise<string> {
  const plain = `/api/v1/tiles/${layer}/{z}/{x}/{y}.mvt`;
  if (!session.value) return plain;
  try {
    const response = await authorized(`/api/v1/tiles/${layer}.json`);
    if (!response.ok) return plain;
    const told = (await response.json()) as { tiles: string[] };
    const address = told.tiles[0];
    return address?.slice(address.indexOf("/api/v1/tiles/")) ?? plain;
  } catch {
    return plain;
  }
}
