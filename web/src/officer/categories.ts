/** What was seen: the list in force, searched by words or by the first letters of their pinyin. */
import { answer, api, type Schema } from "../api/client";
import { either } from "../words";
import { type Reading, useReading } from "../ui/reading";

export type Category = Schema<"CategoryOut">;

const RECENT = "frontage.recent_categories";
const RECENT_COUNT = 4;

// The first character of each initial in pinyin order; no syllable begins with I, U or V.
const FIRSTS = "阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨它穵夕丫帀";
const LETTERS = "abcdefghjklmnopqrstwxyz";
const byPinyin = new Intl.Collator("zh-u-co-pinyin");

/** "占道经营" is "zdjy": the browser's own pinyin order says between which letters a character lies. */
export function initials(text: string): string {
  return Array.from(text, (character) => {
    if (!/\p{Script=Han}/u.test(character)) return character.toLowerCase();
    let at = -1;
    for (const first of FIRSTS) {
      if (byPinyin.compare(first, character) > 0) break;
      at += 1;
    }
    return LETTERS[at] ?? "";
  }).join("");
}

/** What was read last in this page, so that the next screen need not wait. */
let last: Category[] | null = null;

export function useCategories(): Reading<Category[]> {
  const read = useReading("categories", async () => (await answer(api.GET("/api/v1/categories"))).items);
  last = read.value ?? last;
  return { ...read, value: last };
}

/** Those that can be chosen: the groups above them cannot. */
export function choices(all: Category[]): Category[] {
  const groups = new Set(all.map((category) => category.parent));
  return all.filter((category) => !groups.has(category.code));
}

export const nameOf = (category: Category): string => either(category.name, category.name_en);

export function labelOf(all: Category[] | null, code: string): string {
  const found = all?.find((category) => category.code === code);
  return found ? nameOf(found) : code;
}

export function search(all: Category[], words: string): Category[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return all;
  return all.filter(
    ({ name, name_en, code }) => [name, name_en.toLowerCase(), code, initials(name)].some((text) => text.includes(wanted)),
  );
}

const recentCodes = (): string[] => JSON.parse(localStorage.getItem(RECENT) ?? "[]") as string[];

export function noteRecent(code: string): void {
  localStorage.setItem(RECENT, JSON.stringify([code, ...recentCodes().filter((other) => other !== code)].slice(0, RECENT_COUNT)));
}

/** Those used last, filled up from the list. */
export function quick(all: Category[]): Category[] {
  const known = choices(all);
  const recent = recentCodes().flatMap((code) => known.filter((category) => category.code === code));
  return [...new Set([...recent, ...known])].slice(0, RECENT_COUNT);
}
