/** The way in, the same for everybody. */
import { useState } from "preact/hooks";
import { changePassword, Failure, sessionEnded, signIn } from "./api/client";
import { Failed } from "./ui/failing";
import { language, speak, t } from "./words";

export function SignIn() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  /** The password is right and was told by somebody else. */
  const [first, setFirst] = useState(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(null);
    try {
      const [username, password] = [String(given.get("username")), String(given.get("password"))];
      await (first ? changePassword(username, password, String(given.get("new_password"))) : signIn(username, password));
    } catch (failed) {
      const told = failed instanceof Failure && failed.code === "password_must_change";
      if (told) setFirst(true);
      setError(told ? null : failed);
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <img class="mark" src="/app/icon.svg" alt="" />
        <h1>{t("app.name")}</h1>
        <p class="lead">{t("sign_in.lead")}</p>
        {sessionEnded.value && <p class="notice">{t("session.ended")}</p>}
        <label class="field">
          <span>{t("sign_in.username")}</span>
          <input name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </label>
        <label class="field">
          <span>{t("sign_in.password")}</span>
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {first && (
          <>
            <p class="notice" role="status">{t("sign_in.first")}</p>
            <label class="field">
              <span>{t("sign_in.new_password")}</span>
              <input name="new_password" type="password" autocomplete="new-password" minLength={10} required ref={(field) => field?.focus()} />
            </label>
          </>
        )}
        {error !== null && <Failed error={error} />}
        <button class="button main" disabled={busy}>
          {busy ? t("sign_in.waiting") : t(first ? "sign_in.set" : "sign_in.button")}
        </button>
        <p class="feet">
          <button type="button" class="plain" onClick={() => speak(language.value === "en" ? "zh-CN" : "en")}>
            {t("language.other")}
          </button>
        </p>
      </form>
    </main>
  );
}
