/** Accounts one looks after: searched and narrowed by the address, one of them open in a sheet. */
import { useState } from "preact/hooks";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { type Account, fetchAccounts } from "./asking";
import { bodies } from "./known";
import { NewPerson } from "./making";
import { useGrowing } from "./more";
import { Person } from "./person";
import { change, query, type Role, ROLES } from "./query";

const FIELD = ["officer", "handler", "checker"] as const;

export function People({ admin }: { admin: boolean }) {
  const of = query.value;
  const [tick, setTick] = useState(0);
  const [making, setMaking] = useState(false);
  const changed = () => setTick((had) => had + 1);
  const key = `people/${JSON.stringify([of.search.trim(), of.role, of.body, of.state])}`;
  const read = useGrowing(key, (cursor) => fetchAccounts(query.peek(), cursor), tick);
  return (
    <section class={`office-part ${read.stale ? "stale" : ""}`} aria-labelledby="people-accounts">
      <header>
        <h2 id="people-accounts">{t("people.accounts")}</h2>
        {admin && <button type="button" class="button main" disabled={bodies.value.length === 0} onClick={() => setMaking(true)}>{t("people.new")}</button>}
      </header>
      <Filters roles={admin ? ROLES : FIELD} />
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.items && read.error === null && <Waiting what={t("people.loading")} shape="rows" />}
      {read.items?.length === 0 && <p class="office-empty">{t("people.none")}</p>}
      {read.items && read.items.length > 0 && <Table rows={read.items} admin={admin} />}
      {read.fetching.error !== null && <Failed error={read.fetching.error} />}
      {read.more && <button type="button" class="plain" disabled={read.fetching.busy} onClick={read.more}>{t("people.more")}</button>}
      {making && <NewPerson onMade={changed} onClosed={() => setMaking(false)} />}
      {of.who && <Person key={of.who} id={of.who} admin={admin} onChanged={changed} onClosed={() => change({ who: "" })} />}
    </section>
  );
}

function Filters({ roles }: { roles: readonly Role[] }) {
  const of = query.value;
  return (
    <form class="office-filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        <span>{t("people.search")}</span>
        <input type="search" value={of.search} maxLength={100} onInput={({ currentTarget }) => change({ search: currentTarget.value }, "replace")} />
      </label>
      <Choice label={t("people.role")} value={of.role} options={roles.map((role) => [role, t(`role.${role}`)])} onChange={(role) => change({ role: role as Role })} />
      <Choice label={t("people.body")} value={of.body} options={bodies.value.map(({ code, name }) => [code, name])} onChange={(body) => change({ body })} />
      <Choice label={t("people.state")} value={of.state} options={[["enabled", t("people.enabled")], ["disabled", t("people.disabled")]]} onChange={(state) => change({ state: state as "enabled" })} />
    </form>
  );
}

export function Choice({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange: (value: string) => void }) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">{t("people.any")}</option>
        {options.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
      </select>
    </label>
  );
}

function Table({ rows, admin }: { rows: Account[]; admin: boolean }) {
  return (
    <div class="office-scroll" tabIndex={0} role="group" aria-label={t("people.accounts")}>
      <table class="office-table people-table">
        <thead>
          <tr>
            <th scope="col">{t("people.name")}</th>
            <th scope="col" class="words">{t("people.role")}</th>
            <th scope="col" class="words">{t("people.body")}</th>
            <th scope="col" class="words">{t("people.team")}</th>
            <th scope="col" class="words">{t("people.state")}</th>
            {admin && <th scope="col">{t("people.sessions")}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={one.id} aria-selected={query.value.who === one.id}>
              <th scope="row">
                <button type="button" class="plain people-name" onClick={() => change({ who: one.id })}>{one.display_name}</button>
                <span class="quiet people-user">{one.username}</span>
              </th>
              <td class="words">{t(`role.${one.role as Role}`)}</td>
              <td class="words">{one.body.name}</td>
              <td class="words">{one.team ?? "–"}</td>
              <td class="words">{stateOf(one)}</td>
              {admin && <td class="numbers">{one.sessions}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function stateOf(one: Account): string {
  if (one.disabled_at) return t("people.disabled");
  return one.must_change_password ? t("people.first_password") : t("people.enabled");
}
