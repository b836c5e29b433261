/** The bar above: looking for something, how much waits at each step, whether it is live, who is here. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { session, signOut } from "../api/client";
import { groupsOf } from "../office/sections";
import { exact, language, speak, t } from "../words";
import { counts, COUNTED } from "./counts";
import { helping, openCase } from "./desk";
import { heardAt, live } from "./live";
import { change, query } from "./query";
import { NUMBER } from "./rows";
import { calls, mute, muted, openCalls } from "./sos";

export const SEARCH = "desk-search";
/** As much as the server looks for. */
const SEARCH_MAX = 100;

export function Top() {
  const { steps, overdue } = counts.value;
  const of = query.value;
  return (
    <header class="desk-top">
      <h1><img src="/app/icon.svg" alt="" width="24" height="24" /><span>{t("app.name")}</span></h1>
      <Search />
      <nav class="desk-counts" aria-label={t("desk.filter_state")}>
        {COUNTED.map((group) => (
          <button type="button" key={group} aria-pressed={of.state === group && !of.clock}
            onClick={() => change({ state: of.state === group && !of.clock ? "open" : group, clock: "", view: "" })}>
            {group === "handling" ? t("desk.count_handling") : t(`state.${group}`)} <b class="numbers">{steps[group]}</b>
          </button>
        ))}
        <button type="button" class={overdue ? "overdue" : ""} aria-pressed={of.clock === "overdue"}
          onClick={() => change({ clock: of.clock === "overdue" ? "" : "overdue", state: "open", view: "" })}>
          {t("desk.count_overdue")} <b class="numbers">{overdue}</b>
        </button>
      </nav>
      <p class={`desk-live ${live.value}`} role="status">
        <span aria-hidden="true" />{t(`desk.live_${live.value}`)}
      </p>
      <p class={`desk-sos-count ${openCalls.value ? "open" : ""}`} title={calls.value.length ? "" : t("desk.sos_none")}>
        {t("desk.sos")} <b class="numbers">{openCalls.value}</b>
      </p>
      <button type="button" class="desk-icon" aria-pressed={!muted.value} title={t(muted.value ? "desk.sound_off" : "desk.sound_on")}
        aria-label={t(muted.value ? "desk.sound_off" : "desk.sound_on")} onClick={() => mute(!muted.value)}>
        <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
          <path d="M3 8v4h3l4 4V4L6 8z" fill="currentColor" />
          <path d={muted.value ? "M13 8l4 4m0-4l-4 4" : "M13 7q2 3 0 6M15.5 5q3.5 5 0 10"} fill="none" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
      <button type="button" class="desk-icon keys" aria-label={t("desk.help")} title={t("desk.help")} onClick={() => (helping.value = true)}>?</button>
      <Who />
    </header>
  );
}

/** Says until when what is shown is true, while the server cannot be reached. */
export function Lost() {
  if (live.value !== "lost") return null;
  return <p class="desk-lost" role="alert">{t("desk.lost_explained", { at: exact(heardAt.value) })}</p>;
}

/** So long after the last letter the list is asked for. */
const TYPED_MS = 200;

function Search() {
  const [text, setText] = useState(query.value.q);
  const typing = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => setText(query.value.q), [query.value.q]);
  useEffect(() => () => clearTimeout(typing.current), []);
  function look(words: string, after_ms: number): void {
    clearTimeout(typing.current);
    typing.current = setTimeout(() => change({ q: words }, "replace"), after_ms);
  }
  return (
    <form class="desk-search" role="search" onSubmit={(event) => {
      event.preventDefault();
      if (NUMBER.test(text.trim())) openCase(text.trim().toUpperCase());
      else look(text, 0);
    }}>
      <label class="unseen" for={SEARCH}>{t("desk.search_label")}</label>
      <input id={SEARCH} type="search" value={text} maxLength={SEARCH_MAX} placeholder={t("desk.search")} spellcheck={false} autocomplete="off"
        onInput={(event) => {
          setText(event.currentTarget.value);
          // A word that is still being composed from pinyin is none yet.
          if (!event.isComposing) look(event.currentTarget.value, TYPED_MS);
        }}
        onCompositionEnd={(event) => look(event.currentTarget.value, TYPED_MS)} />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function Who() {
  const user = session.value?.user;
  if (!user) return null;
  return (
    <details class="desk-who">
      <summary title={user.display_name}>{user.display_name}</summary>
      <div>
        <p>{user.organisation.name}</p>
        <p class="quiet">{t(`role.${user.role as "dispatcher"}`)} · {user.username}</p>
        <nav class="desk-office" aria-label={t("office.sections")}>
          {groupsOf(user).map(({ to, name }) => <Link key={to} href={to}>{t(name)}</Link>)}
        </nav>
        <button type="button" class="plain" onClick={() => speak(language.value === "en" ? "zh-CN" : "en")}>{t("language.other")}</button>
        <button type="button" class="plain" onClick={() => void signOut()}>{t("session.sign_out")}</button>
      </div>
    </details>
  );
}
