/** What several parts of the page say alike: states, days, samples, and codes by their names. */
import { bodies, categoryName } from "../cases";
import { placeName } from "../manager/names";
import { type Key, language, maybe, t } from "../words";
import type { State, Version } from "./kinds";

export function Stated({ state }: { state: State }) {
  return <span class={`settings-state ${state}`}>{t(`settings.state_${state}`)}</span>;
}

export function Sample({ of }: { of: Pick<Version, "sample"> }) {
  return of.sample ? <span class="settings-sample">{t("settings.sample")}</span> : null;
}

export function daysOf(one: Version): string {
  if (one.withdrawn) return t("settings.would_have", { day: one.withdrawn.valid_from });
  if (!one.valid_from) return "–";
  return one.valid_to ? t("settings.from_to", { from: one.valid_from, to: one.valid_to }) : t("settings.from_on", { from: one.valid_from });
}

export const bodyName = (code: string): string => (code === "township" ? t("settings.body_township") : (bodies.value.get(code) ?? placeName(code)));

/** Of a text that whoever wrote it gave as "中文 / English" the part for the reader; any other is told whole. */
export function spoken(text: string): string {
  const [chinese, english, ...more] = text.split(" / ");
  if (!chinese || !english || more.length || !/\p{Script=Han}/u.test(chinese) || /\p{Script=Han}/u.test(english)) return text;
  return language.value === "en" ? english : chinese;
}

/** A cell as people read it: codes that have a name are told with it. */
export function cellWords(column: string, value: string): string {
  if (!value) return "";
  if (column === "category" || column === "parent") return named(value, categoryName(value));
  if (column === "township") return named(value, placeName(value));
  if (column === "body") return named(value, bodyName(value));
  if (column === "zone_kind") return maybe(`manager.kind_${value}`) ?? value;
  if (column === "categories") return value.split("; ").map((code) => named(code, categoryName(code))).join(t("settings.stop_short"));
  if (["kind", "per", "duty", "about", "severity", "theme"].includes(column)) return maybe(`settings.value_${value}`) ?? value;
  return spoken(value).replace(/\b(work_minute|work_hour|work_day|hour|day)\b/g, (unit) => t(`settings.unit_${unit}` as Key));
}

const named = (code: string, name: string): string => (name === code ? code : `${name} (${code})`);
