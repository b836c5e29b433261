/** The red and black list that was published last, and what was corrected of it. */
import { answer, api } from "../api/client";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";

export function Ratings() {
  const read = useReading("open/ratings", () => answer(api.GET("/api/v1/open/ratings")));
  const told = read.value;
  return (
    <section class="office-part" aria-labelledby="open-ratings">
      <header><h2 id="open-ratings">{t("open.ratings")}</h2>{told?.on && <p class="quiet">{t("open.ratings_on", { on: told.on })}</p>}</header>
      {!told && (read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />)}
      {told && told.items.length === 0 && <p class="office-empty">{t("open.no_ratings")}</p>}
      {told && told.items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="open-ratings">
          <table class="office-table numbers">
            <thead><tr><th scope="col">{t("open.shop")}</th><th scope="col" class="words">{t("open.street")}</th><th scope="col" class="words">{t("open.colour")}</th><th scope="col">{t("open.score")}</th></tr></thead>
            <tbody>
              {told.items.map((one) => (
                <tr key={one.code}>
                  <th scope="row">{one.name}</th><td class="words">{[one.township_name, one.street].filter(Boolean).join(" ")}</td>
                  <td class="words"><span class={`open-${one.colour}`}>{t(`open.colour_${one.colour}`)}</span></td><td>{one.score}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {told && told.corrections.length > 0 && (
        <>
          <h3>{t("open.corrections")}</h3>
          <ul class="open-list">{told.corrections.map((one) => <li key={`${one.code}${one.corrected_at}`}>{t("open.corrected", { name: one.name, at: exact(one.corrected_at), on: one.on })}</li>)}</ul>
        </>
      )}
    </section>
  );
}
