/** The rule of the draw, worked out in the browser: nobody has to believe the server. */
const encoder = new TextEncoder();

/** The cases of a population in the order in which the seed draws them: by SHA-256 of seed, a bar and number. */
export async function draw(population: readonly string[], seed: string, size: number): Promise<string[]> {
  const digests = await Promise.all(population.map(async (number) => [hex(await crypto.subtle.digest("SHA-256", encoder.encode(`${seed}|${number}`))), number] as const));
  return digests
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, size)
    .map(([, number]) => number);
}

function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Case numbers of a text, whatever stands between them, each once. */
export function numbersOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;，；、]+/).filter(Boolean))];
}
