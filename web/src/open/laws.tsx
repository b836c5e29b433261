/** Articles of law that decisions and lists cite, each with where it was found. */
import { answer, api } from "../api/client";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";

export function Laws() {
  const read = useReading("open/laws", () => answer(api.GET("/api/v1/open/laws")));
  const told = read.value;
  return (
    <section class="office-part" aria-labelledby="open-laws">
      <header><h2 id="open-laws">{t("open.laws")}</h2>{told?.valid_from && <p class="quiet">{t("open.in_force", { on: told.valid_from })}</p>}</header>
      {!told && (read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />)}
      {told && told.items.length === 0 && <p class="office-empty">{t("open.no_laws")}</p>}
      {told?.sample && <p class="quiet">{t("open.sample")}</p>}
      <ul class="open-list">
        {told?.items.map((one) => (
          <li key={one.code}>
            <details>
              <summary><span lang="zh-CN">《{one.title}》{one.clause}</span></summary>
              <p lang="zh-CN">{one.text}</p>
              <p class="quiet">
                {one.abridged && `${t("open.abridged")} · `}
                {one.issued_on && `${t("open.issued", { on: one.issued_on })} · `}
                {t("open.source")} {/^https?:/.test(one.source) ? <a href={one.source} rel="noreferrer">{one.source}</a> : one.source}
              </p>
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}
