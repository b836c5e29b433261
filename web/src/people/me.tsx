/** One's own: another password, and tokens for programs of one's own. For everybody, on the phone too. */
import { useState } from "preact/hooks";
import { changePassword, session } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { createToken } from "./asking";
import "./people.css";
import { Tokens } from "./tokens";

const DAYS = [30, 90, 180, 365] as const;
const PASSWORD_MIN_CHARS = 10;

export default function Me() {
  const user = session.value!.user;
  return (
    <div class="people-me">
      <header>
        <h1>{user.display_name}</h1>
        <p class="quiet">{user.organisation.name} · {t(`role.${user.role as "officer"}`)} · {user.username}</p>
      </header>
      <Password username={user.username} />
      <Making />
    </div>
  );
}

function Password({ username }: { username: string }) {
  const [done, setDone] = useState(false);
  const { busy, error, run } = useDoing();
  const change = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const came = await run(() => changePassword(username, String(given.get("old")), String(given.get("new"))));
    setDone(came);
    if (came) form.reset();
  };
  return (
    <section class="office-part" aria-labelledby="me-password">
      <header><h2 id="me-password">{t("people.own_password")}</h2></header>
      <p class="quiet">{t("people.own_password_help")}</p>
      <form class="office-form" onSubmit={(event) => void change(event)}>
        <input class="unseen" name="username" autocomplete="username" value={username} readOnly tabIndex={-1} aria-hidden="true" />
        <label class="field"><span>{t("people.old_password")}</span><input name="old" type="password" autocomplete="current-password" required /></label>
        <label class="field"><span>{t("sign_in.new_password")}</span><input name="new" type="password" autocomplete="new-password" minLength={PASSWORD_MIN_CHARS} required /></label>
        {error !== null && <Failed error={error} />}
        {done && <p class="notice" role="status">{t("people.password_changed")}</p>}
        <div class="office-buttons"><button class="button" disabled={busy}>{busy ? t("people.saving") : t("people.change_password")}</button></div>
      </form>
    </section>
  );
}

function Making() {
  const [tick, setTick] = useState(0);
  const [secret, setSecret] = useState<string | null>(null);
  const { busy, error, run } = useDoing();
  const changed = () => setTick((had) => had + 1);
  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const wanted = { name: String(given.get("name")), scope: given.get("scope") as "read", days: Number(given.get("days")) };
    if (!(await run(async () => setSecret((await createToken(wanted)).secret)))) return;
    form.reset();
    changed();
  };
  return (
    <>
      <Tokens account={null} tick={tick} onChanged={changed} />
      <section class="office-part" aria-labelledby="me-token">
        <header><h2 id="me-token">{t("people.new_token")}</h2></header>
        <p class="quiet">{t("people.tokens_help")}</p>
        <form class="office-form" onSubmit={(event) => void make(event)}>
          <label class="field"><span>{t("people.token_name")}</span><input name="name" required maxLength={100} /></label>
          <label class="field"><span>{t("people.scope")}</span><select name="scope"><option value="read">{t("people.scope_read")}</option><option value="write">{t("people.scope_write")}</option></select></label>
          <label class="field"><span>{t("people.token_days")}</span><select name="days">{DAYS.map((days) => <option key={days} value={days}>{t("people.n_days", { n: days })}</option>)}</select></label>
          {error !== null && <Failed error={error} />}
          <div class="office-buttons"><button class="button main" disabled={busy}>{busy ? t("people.making") : t("people.make")}</button></div>
        </form>
        {secret && (
          <div class="notice people-secret" role="status">
            <p>{t("people.token_once")}</p>
            <label class="field"><span class="unseen">{t("people.tokens")}</span><textarea readOnly rows={3} value={secret} onFocus={({ currentTarget }) => currentTarget.select()} /></label>
            <button type="button" class="button" onClick={() => void navigator.clipboard.writeText(secret)}>{t("people.copy")}</button>
          </div>
        )}
      </section>
    </>
  );
}
