/** What somebody is handed to sign in for the first time: on the screen once, and on a sheet of paper. */
import { t } from "../words";
import type { Told } from "./asking";

export function Paper({ told: { account, password, address, qr_png } }: { told: Told }) {
  return (
    <>
      <p class="notice" role="status">{t("people.shown_once")}</p>
      <article class="people-paper">
        <h3>{t("app.name")}</h3>
        <p class="people-paper-name">{account.display_name} <span class="quiet">{account.body.name} · {t(`role.${account.role as "officer"}`)}</span></p>
        <img src={`data:image/png;base64,${qr_png}`} alt={t("people.address_code", { address })} width="160" height="160" />
        <dl class="office-facts">
          <dt>{t("people.address")}</dt><dd>{address}</dd>
          <dt>{t("people.username")}</dt><dd><code>{account.username}</code></dd>
          <dt>{t("people.first_password")}</dt><dd><code>{password}</code></dd>
        </dl>
        <p>{t("people.first_password_help")}</p>
      </article>
      <div class="office-buttons"><button type="button" class="button main" onClick={() => print()}>{t("people.print")}</button></div>
    </>
  );
}
