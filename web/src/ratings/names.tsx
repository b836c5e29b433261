/** How lists and their states are said and marked: by a word and a shape, never by colour alone. */
import { t } from "../words";
import type { PublicationItem, Standing } from "./asking";

export function Colour({ of }: { of: "red" | "black" | null }) {
  return <span class={`ratings-colour ${of ?? "none"}`}>{t(of ? `ratings.${of}` : "ratings.none")}</span>;
}

export function stateOf({ state }: Pick<PublicationItem, "state">): string {
  return t(`ratings.state_${state}`);
}

/** What made the score, most points first: "goods outside 5 ×2". */
export function why({ entries }: Pick<Standing, "entries">, name: (one: Standing["entries"][number]) => string): string {
  const sums = new Map<string, number>();
  for (const one of entries) {
    const said = `${one.kind === "plus" ? "+" : "−"}${one.left} ${name(one)}`;
    sums.set(said, (sums.get(said) ?? 0) + 1);
  }
  return [...sums].map(([said, times]) => (times > 1 ? `${said} ×${times}` : said)).join(" · ");
}
