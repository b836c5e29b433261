/** Every sentence for people, zh-CN first, English beside it; times in the district's zone. */
import { signal } from "@preact/signals";
import en from "./en.json";
import zh from "./zh-CN.json";

export type Key = keyof typeof zh | keyof typeof import("./office/zh-CN.json");
export type Language = "zh-CN" | "en";
const CATALOGUES: Record<Language, Record<string, string>> = { "zh-CN": { ...zh }, en: { ...(en satisfies Record<keyof typeof zh, string>) } };
const KEPT = "frontage.language";

export const language = signal<Language>(chosen());

function chosen(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "zh-CN" || kept === "en") return kept;
  return navigator.language.startsWith("zh") ? "zh-CN" : "en";
}

/** Sentences of pages that are fetched later. */
export function learn(more: Record<Language, Record<string, string>>): void {
  Object.assign(CATALOGUES["zh-CN"], more["zh-CN"]);
  Object.assign(CATALOGUES.en, more.en);
}

export function speak(next: Language): void {
  localStorage.setItem(KEPT, next);
  language.value = next;
  document.documentElement.lang = next;
}

/** A sentence in the language of the page; `{name}` is replaced by the value of that name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return (CATALOGUES[language.value][key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The sentence of a key that is put together, where there is one. */
export function maybe(key: string, values: Record<string, string | number> = {}): string | null {
  return key in CATALOGUES["zh-CN"] ? t(key as Key, values) : null;
}

/** Of a pair that the server tells in both languages the one of the page. */
export function either(text: string, text_en: string): string {
  return language.value === "en" ? text_en : text;
}

const ZONE = "Asia/Shanghai";

const TO_THE_MINUTE = { timeZone: ZONE, day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

function written(at: string | number | Date, withYear: boolean): string {
  // Figures alone tell day from month in Chinese, not in English.
  const [locale, month] = language.value === "en" ? (["en-GB", "short"] as const) : (["zh-CN", "2-digit"] as const);
  return new Intl.DateTimeFormat(locale, { ...TO_THE_MINUTE, month, ...(withYear ? { year: "numeric" } : {}) }).format(new Date(at));
}

/** Date and time to the minute, in the district's zone. */
export const exact = (at: string | number | Date): string => written(at, true);

/** The day in the district's zone, as 2026-11-30. */
export const day = (at: string | number | Date): string => new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(new Date(at));

/** The first letter large, where a name that is meant for the middle of a sentence stands alone. */
export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** "12 minutes ago" within a day, the date beyond it. */
export function relative(at: string | number | Date, now: number = Date.now()): string {
  const passed_s = (new Date(at).getTime() - now) / 1000;
  const far = Math.abs(passed_s);
  if (far >= 86_400) return written(at, day(at).slice(0, 4) !== day(now).slice(0, 4));
  const words = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  if (far < 60) return words.format(Math.round(passed_s), "second");
  return far < 3600 ? words.format(Math.round(passed_s / 60), "minute") : words.format(Math.round(passed_s / 3600), "hour");
}
