/** The way in, the same for everybody. */
import { useState } from "preact/hooks";
import { sessionEnded, signIn } from "./api/client";
import { Failed } from "./ui/failing";
import { language, speak, t } from "./words";

export function SignIn() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(null);
    try {
      await signIn(String(given.get("username")), String(given.get("password")));
    } catch (failed) {
      setError(failed);
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
        {error !== null && <Failed error={error} />}
        <button class="button main" disabled={busy}>
          {busy ? t("sign_in.waiting") : t("sign_in.button")}
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
