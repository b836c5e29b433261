/** The fields of an account, for a new one and for one that is there. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../words";
import { fetchTeams, type Team } from "../office/teams";
import { joinable } from "./known";
import { type Role, ROLES } from "./query";

export interface Fields {
  display_name: string;
  role: Role;
  body: string;
  team: string;
}

export function AccountFields({ fields, set, own }: { fields: Fields; set: (part: Partial<Fields>) => void; own?: boolean }) {
  const [teams, setTeams] = useState<readonly Team[]>([]);
  useEffect(() => void fetchTeams().then(setTeams, () => undefined), []);
  const names = teams.filter(({ body }) => body === fields.body).map(({ name }) => name);
  // One that is in several keeps them until another is chosen.
  if (fields.team && !names.includes(fields.team)) names.unshift(fields.team);
  const known = joinable();
  return (
    <>
      <label class="field">
        <span>{t("people.name")}</span>
        <input value={fields.display_name} maxLength={100} required onInput={({ currentTarget }) => set({ display_name: currentTarget.value })} />
      </label>
      <label class="field">
        <span>{t("people.role")}</span>
        <select value={fields.role} disabled={own} onChange={({ currentTarget }) => set({ role: currentTarget.value as Role })}>
          {ROLES.map((role) => <option key={role} value={role}>{t(`role.${role}`)}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("people.body")}</span>
        <select value={fields.body} required disabled={own} onChange={({ currentTarget }) => set({ body: currentTarget.value, team: "" })}>
          {!known.some(({ code }) => code === fields.body) && <option value={fields.body} />}
          {known.map(({ code, name }) => <option key={code} value={code}>{name}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("people.team")}</span>
        <select value={fields.team} onChange={({ currentTarget }) => set({ team: currentTarget.value })}>
          <option value="">{t("people.no_team")}</option>
          {names.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
      </label>
    </>
  );
}
