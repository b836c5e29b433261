/** How long what is kept and why; what the next night takes; what went; and what must stay whatever its age. */
import { answer, api, type Schema, session } from "../api/client";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, relative, t } from "../words";
import { Holds } from "./holds";
import { Unread } from "./overview";

export function Retention() {
  const read = useReading("settings/retention", async () => await answer(api.GET("/api/v1/retention")));
  const due = read.value?.due ?? [];
  const rows = due.reduce((sum, one) => sum + one.rows, 0);
  return (
    <>
      <h1>{t("settings.retention")}</h1>
      {read.error !== null && !read.value && <Unread error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && (
        <>
          <p>{rows ? t("settings.next_night", { at: exact(read.value.next_at), rows }) : t("settings.next_night_nothing", { at: exact(read.value.next_at) })}</p>
          {due.length > 0 && <Due due={due} />}
          <section class="office-part" aria-labelledby="settings-limits">
            <header><h2 id="settings-limits">{t("settings.limits")}</h2></header>
            <dl class="office-facts">
              {read.value.rules.map((one) => [<dt key={one.setting} class="numbers">{t("settings.n_days", { n: one.days })}</dt>, <dd key={`${one.setting}/why`}>{either(one.text, one.text_en)} <code class="quiet">{one.setting}</code></dd>])}
            </dl>
            <p class="quiet">{t("settings.limits_fixed")}</p>
          </section>
        </>
      )}
      {session.value?.user.role === "admin" && <Holds />}
      <Went />
    </>
  );
}

function Due({ due }: { due: Schema<"GoingNext">[] }) {
  return (
    <section class="office-part" aria-labelledby="settings-due">
      <header><h2 id="settings-due">{t("settings.due")}</h2></header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="settings-due">
        <table class="office-table settings-narrow numbers">
          <thead><tr><th scope="col">{t("settings.what")}</th><th scope="col" class="words">{t("settings.how")}</th><th scope="col" class="words">{t("settings.day_utc")}</th><th scope="col">{t("settings.rows")}</th><th scope="col">{t("settings.held_rows")}</th></tr></thead>
          <tbody>
            {due.map((one) => (
              <tr key={`${one.what}/${one.rule}/${one.day}`}><th scope="row">{t(`settings.what_${one.what}`)}</th><td class="words">{t(`settings.how_${one.rule}`)}</td><td class="words">{one.day ?? "–"}</td><td>{one.rows}</td><td>{one.held_rows || "–"}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Went() {
  const read = useReading("settings/deletions", async () => await answer(api.GET("/api/v1/deletion-reports", { params: { query: { limit: 50 } } })));
  return (
    <section class="office-part" aria-labelledby="settings-went">
      <header><h2 id="settings-went">{t("settings.went")}</h2></header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {read.value?.items.length === 0 && <p class="office-empty">{t("settings.went_nothing")}</p>}
      {read.value && read.value.items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="settings-went">
          <table class="office-table numbers">
            <thead><tr><th scope="col">{t("settings.what")}</th><th scope="col" class="words">{t("settings.at")}</th><th scope="col" class="words">{t("settings.day_utc")}</th><th scope="col">{t("settings.rows")}</th><th scope="col">{t("settings.held_rows")}</th></tr></thead>
            <tbody>
              {read.value.items.map((one) => (
                <tr key={`${one.at}/${one.what}/${one.rule}/${one.day}`}><th scope="row">{either(one.text, one.text_en)}</th><td class="words"><time dateTime={one.at} title={exact(one.at)}>{relative(one.at)}</time></td><td class="words">{one.day ?? "–"}</td><td>{one.rows ?? "–"}</td><td>{one.held_rows || "–"}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
