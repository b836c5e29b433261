/** One account in a sheet: what it is, changing it, ending what is open, its phones, tokens and history. */
import { useEffect, useState } from "preact/hooks";
import { Failure, session } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { type Account, changeAccount, endSessions, fetchAccount, fetchAccountChanges, resetPassword, type Told, undoAccountChange } from "./asking";
import { DevicesOf } from "./devices";
import { AccountFields, type Fields } from "./form";
import { History } from "./history";
import { stateOf } from "./list";
import { Paper } from "./paper";
import type { Role } from "./query";
import { Tokens } from "./tokens";

const FIELD = new Set(["officer", "handler", "checker"]);

interface Shown {
  id: string;
  admin: boolean;
  onChanged: () => void;
  onClosed: () => void;
}

export function Person({ id, admin, onChanged, onClosed }: Shown) {
  const [tick, setTick] = useState(0);
  const [told, setTold] = useState<Told | null>(null);
  const read = useReading(`people/account/${id}`, () => fetchAccount(id), { tick });
  const changed = () => {
    setTick((had) => had + 1);
    onChanged();
  };
  const one = read.value;
  return (
    <Sheet title={one?.display_name ?? t("people.account")} onClosed={onClosed}>
      {() => told ? <Paper told={told} /> : (
        <>
          {read.error !== null && <Failed error={read.error} again={read.again} />}
          {!one && read.error === null && <Waiting shape="rows" rows={3} />}
          {one && <Facts one={one} />}
          {one && admin && (
            <>
              <Changing one={one} changed={changed} />
              <Ending one={one} changed={changed} told={(came) => (setTold(came), changed())} />
              {FIELD.has(one.role) && <DevicesOf account={one} />}
              <Tokens account={one.id} tick={tick} onChanged={changed} />
              <History id={id} tick={tick} ask={() => fetchAccountChanges(id)} undo={(version) => undoAccountChange(id, version)} onUndone={changed} />
            </>
          )}
        </>
      )}
    </Sheet>
  );
}

function Facts({ one }: { one: Account }) {
  return (
    <dl class="office-facts">
      <dt>{t("people.username")}</dt><dd>{one.username}</dd>
      <dt>{t("people.role")}</dt><dd>{t(`role.${one.role as Role}`)}</dd>
      <dt>{t("people.body")}</dt><dd>{one.body.name}</dd>
      <dt>{t("people.team")}</dt><dd>{one.team ?? t("people.no_team")}</dd>
      <dt>{t("people.state")}</dt><dd>{stateOf(one)}{one.disabled_at && <> · <time dateTime={one.disabled_at}>{exact(one.disabled_at)}</time></>}</dd>
      {one.sessions !== null && <><dt>{t("people.sessions")}</dt><dd class="numbers">{one.sessions}</dd></>}
    </dl>
  );
}

const fieldsOf = (one: Account): Fields => ({ display_name: one.display_name, role: one.role as Role, body: one.body.code, team: one.team ?? "" });

function Changing({ one, changed }: { one: Account; changed: () => void }) {
  const [fields, setFields] = useState(fieldsOf(one));
  useEffect(() => setFields(fieldsOf(one)), [one.version]);
  const { busy, error, run } = useDoing();
  const own = one.id === session.value?.user.id;
  const before = fieldsOf(one);
  const said = Object.fromEntries((Object.keys(before) as (keyof Fields)[]).filter((name) => fields[name] !== before[name]).map((name) => [name, name === "team" ? fields.team || null : fields[name]]));
  const late = error instanceof Failure && error.code === "record_changed";
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (await run(() => changeAccount(one, said))) changed();
  };
  return (
    <form class="office-form" aria-label={t("people.change")} onSubmit={(event) => void save(event)}>
      <AccountFields fields={fields} set={(part) => setFields({ ...fields, ...part })} own={own} />
      {own && <p class="quiet wide">{t("people.own_help")}</p>}
      {error !== null && <Failed error={error} {...(late && { again: changed })} />}
      <div class="office-buttons"><button class="button main" disabled={busy || Object.keys(said).length === 0}>{busy ? t("people.saving") : t("people.save")}</button></div>
    </form>
  );
}

function Ending({ one, changed, told }: { one: Account; changed: () => void; told: (came: Told) => void }) {
  const { busy, error, run } = useDoing();
  const [sure, setSure] = useState(false);
  const own = one.id === session.value?.user.id;
  const set = async (disabled: boolean) => {
    setSure(false);
    if (await run(() => changeAccount(one, { disabled }))) changed();
  };
  const end = async () => (await run(() => endSessions(one.id))) && changed();
  return (
    <>
      {error !== null && <Failed error={error} />}
      <div class="office-buttons">
        {!own && <button type="button" class="button" disabled={busy || one.disabled_at !== null} onClick={() => void run(async () => told(await resetPassword(one.id)))}>{t("people.reset")}</button>}
        <button type="button" class="button" disabled={busy || !one.sessions} onClick={() => void end()}>{t("people.end_sessions")}</button>
        {!own && one.disabled_at && <button type="button" class="button" disabled={busy} onClick={() => void set(false)}>{t("people.enable")}</button>}
        {!own && !one.disabled_at && !sure && <button type="button" class="button grave" disabled={busy} onClick={() => setSure(true)}>{t("people.disable")}</button>}
      </div>
      {sure && (
        <div class="notice bad" role="alert">
          <p>{t("people.disable_ask", { name: one.display_name })}</p>
          <div class="office-buttons">
            <button type="button" class="button grave" onClick={() => void set(true)}>{t("people.disable_now")}</button>
            <button type="button" class="button" onClick={() => setSure(false)}>{t("people.leave")}</button>
          </div>
        </div>
      )}
    </>
  );
}
