/** The red and the black list that were published last, what was corrected of them, and how a shop appeals. */
import { answer, api, type Schema } from "../api/client";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";

type Told = Schema<"OpenRatings">;

export function Ratings() {
  const read = useReading("open/ratings", () => answer(api.GET("/api/v1/open/ratings")));
  const told = read.value;
  return (
    <>
      <section class="office-part" aria-labelledby="open-ratings">
        <header><h2 id="open-ratings">{t("open.ratings")}</h2>{told?.on && <p class="quiet">{t("open.ratings_on", { on: told.on })}</p>}</header>
        {!told && (read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />)}
        {told && told.on === null && <p class="office-empty">{t("open.no_ratings")}</p>}
        {told?.on && (["red", "black"] as const).map((colour) => <List key={colour} of={told.items.filter((one) => one.colour === colour)} colour={colour} />)}
        {told && told.corrections.length > 0 && (
          <>
            <h3>{t("open.corrections")}</h3>
            <ul class="open-list">{told.corrections.map((one) => <li key={`${one.code}${one.corrected_at}`}>{t("open.corrected", { name: one.name, at: exact(one.corrected_at), on: one.on, before: listName(one.colour_before), now: listName(one.colour) })}</li>)}</ul>
          </>
        )}
      </section>
      <section class="office-part" aria-labelledby="open-appeals">
        <header><h2 id="open-appeals">{t("open.appeals")}</h2></header>
        {told?.appeal_until && <p>{t(today() > told.appeal_until ? "open.appeal_over" : "open.appeal_until", { on: told.on ?? "", until: told.appeal_until })}</p>}
        <ol class="open-steps">{(["where", "who", "meanwhile", "upheld"] as const).map((step) => <li key={step}>{t(`open.appeal_${step}`)}</li>)}</ol>
      </section>
    </>
  );
}

function listName(colour: "red" | "black" | null): string {
  return t(colour ? `open.colour_${colour}` : "open.colour_none");
}

function List({ of, colour }: { of: Told["items"]; colour: "red" | "black" }) {
  return (
    <>
      <h3 id={`open-${colour}`}>{t(`open.${colour}`, { n: of.length })}</h3>
      {of.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="group" aria-labelledby={`open-${colour}`}>
          <table class="office-table numbers open-rated">
            <thead><tr><th scope="col">{t("open.shop")}</th><th scope="col" class="words">{t("open.street")}</th><th scope="col">{t("open.score")}</th></tr></thead>
            <tbody>
              {of.map((one) => (
                <tr key={one.code}>
                  <th scope="row">{one.name}{one.stars && <span class="open-stars" title={t("open.stars", { n: one.stars })}> ★{one.stars}</span>}</th>
                  <td class="words">{[one.township_name, one.street].filter(Boolean).join(" ")}</td><td>{one.score}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
