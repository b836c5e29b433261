/** What a set would mean before it counts: each kind asks the server in its own way, and nothing is written. */
import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { categoryName } from "../cases";
import { Failed } from "../ui/failing";
import { today } from "../ui/days";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import type { Kind, Version } from "./kinds";
import { Replay } from "./replay";
import { cellWords } from "./words";

export function Trial({ kind, one }: { kind: Kind; one: Version }) {
  if (kind.name === "rules") return <Replay one={one} />;
  if (kind.name === "plans") return <Tried title={t("settings.trial_plans")}><Plans id={one.id} day={one.valid_from ?? today()} /></Tried>;
  if (kind.name === "deadlines") return <Tried title={t("settings.trial_deadlines")}><Deadlines id={one.id} day={today()} /></Tried>;
  if (kind.name === "categories") return <Tried title={t("settings.trial_categories")}><Categories id={one.id} day={today()} /></Tried>;
  return null;
}

function Tried({ title, children }: { title: string; children: preact.ComponentChildren }) {
  const [asked, setAsked] = useState(true);
  return (
    <section class="office-part" aria-label={title}>
      <header><h2>{title}</h2><button type="button" class="plain" aria-expanded={asked} onClick={() => setAsked(!asked)}>{t(asked ? "settings.fold" : "settings.unfold")}</button></header>
      {asked && children}
    </section>
  );
}

function Read<T>({ name, ask, children }: { name: string; ask: () => Promise<T>; children: (value: T) => preact.ComponentChildren }) {
  const read = useReading(`settings/trial/${name}`, ask, { seen: false });
  if (read.value) return <>{children(read.value)}</>;
  return read.error === null ? <Waiting what={t("settings.trying")} shape="rows" /> : <Failed error={read.error} again={read.again} />;
}

function Plans({ id, day }: { id: number; day: string }) {
  return (
    <Read name={`plans/${id}/${day}`} ask={() => answer(api.GET("/api/v1/patrol-plans/{plan_set_id}/trial", { params: { path: { plan_set_id: id }, query: { day } } }))}>
      {({ plans, fronts, changed }) => {
        const idle = plans.filter(({ plan, fronts: count }) => plan !== null && count === 0).map(({ plan }) => plan);
        return (
          <>
            <p>{t("settings.plans_tried", { n: fronts, changed })}</p>
            {idle.length > 0 && <p class="notice bad" role="alert">{t("settings.plans_idle", { plans: idle.join("、") })}</p>}
            <table class="office-table settings-narrow numbers">
              <thead><tr><th scope="col">{t("settings.plan")}</th><th scope="col">{t("settings.fronts")}</th><th scope="col">{t("settings.metres")}</th></tr></thead>
              <tbody>
                {plans.map(({ plan, fronts: count, length_m }) => (
                  <tr key={plan ?? ""}><th scope="row">{plan ?? t("settings.no_plan")}</th><td>{count === 0 && plan !== null ? <em class="office-bad">{t("settings.no_fronts")}</em> : count}</td><td>{Math.round(length_m)}</td></tr>
                ))}
              </tbody>
            </table>
          </>
        );
      }}
    </Read>
  );
}

function Deadlines({ id, day }: { id: number; day: string }) {
  const amount = (told: { value: number; unit: string } | null) => (told ? cellWords("handle", `${told.value} ${told.unit}`) : t("settings.no_clock"));
  return (
    <Read name={`deadlines/${id}/${day}`} ask={() => answer(api.GET("/api/v1/deadlines/{table_id}/trial", { params: { path: { table_id: id }, query: { day } } }))}>
      {({ items }) => {
        const running = items.reduce((sum, one) => sum + one.running, 0);
        const other = items.filter((one) => amount(one.before) !== amount(one.after));
        return (
          <>
            <p>{t("settings.deadlines_tried", { running, n: other.length })}</p>
            {other.length > 0 && (
              <table class="office-table settings-narrow">
                <thead><tr><th scope="col">{t("settings.col_category")}</th><th scope="col">{t("settings.now_is")}</th><th scope="col">{t("settings.will_be")}</th><th scope="col">{t("settings.recent_cases")}</th></tr></thead>
                <tbody>{other.map((one) => <tr key={one.category}><th scope="row">{categoryName(one.category)}</th><td>{amount(one.before)}</td><td>{amount(one.after)}</td><td class="numbers">{one.recent}</td></tr>)}</tbody>
              </table>
            )}
          </>
        );
      }}
    </Read>
  );
}

function Categories({ id, day }: { id: number; day: string }) {
  return (
    <Read name={`categories/${id}/${day}`} ask={() => answer(api.GET("/api/v1/categories/sets/{category_set_id}/trial", { params: { path: { category_set_id: id }, query: { day } } }))}>
      {({ changes, without_deadline }) => (
        <>
          <p>{changes.length ? t("settings.categories_tried", { added: changes.filter((one) => one.change === "added").length, gone: changes.filter((one) => one.change === "gone").length }) : t("settings.categories_same")}</p>
          {without_deadline.length > 0 && <p class="notice bad">{t("settings.without_deadline", { codes: without_deadline.join("、") })}</p>}
          {changes.length > 0 && (
            <div class="office-scroll" tabIndex={0} role="group" aria-label={t("settings.trial_categories")}>
              <table class="office-table">
                <thead><tr><th scope="col">{t("settings.col_code")}</th><th scope="col" class="words">{t("settings.change")}</th><th scope="col" class="words">{t("settings.now_is")}</th><th scope="col" class="words">{t("settings.will_be")}</th><th scope="col">{t("settings.open_cases")}</th><th scope="col" class="words">{t("settings.named_by_rules")}</th></tr></thead>
                <tbody>
                  {changes.map((one) => (
                    <tr key={`${one.code}/${one.change}`}><th scope="row">{one.code}</th><td class="words">{t(`settings.change_${one.change}`)}</td><td class="words">{one.before ?? "–"}</td><td class="words">{one.after ?? "–"}</td><td class="numbers">{one.open_cases}</td><td class="words">{one.change === "gone" && one.rules.length ? <em class="office-bad">{one.rules.join("、")}</em> : one.rules.join("、") || "–"}</td></tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </>
      )}
    </Read>
  );
}
