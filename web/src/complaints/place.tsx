/** Where it is: a place found by the name of a shop, a street or whoever answers for it, or the point below the cross. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { LonLat, MapView } from "../map";
import { placeName } from "../manager/names";
import { useDoing } from "../office/doing";
import { LazyMap } from "../officer/lazy_map";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { type Found, searchPlaces } from "./asking";

/** A door is told from its neighbours. */
const ZOOM = 18;

interface Chosen {
  /** What was chosen, where that is known by now: the server knows where a zone is. */
  at: LonLat | null;
  name: string | null;
  choose: (zone: { code: string; name: string }) => void;
  point: (at: LonLat) => void;
}

export function Place({ at, name, choose, point }: Chosen) {
  const [view, setView] = useState<MapView | null>(null);
  const middle = useRef<LonLat | null>(null);
  const spot = at?.join();
  useEffect(() => {
    if (!view) return;
    view.showPosition(at, 0);
    if (at) view.fly(at, ZOOM);
  }, [view, spot]);
  const opened = (map: MapView) => {
    const { lng, lat } = map.map.getCenter();
    middle.current = [lng, lat];
    map.pickPoint((under) => (middle.current = under));
    setView(map);
  };
  return (
    <section class="office-part" aria-labelledby="complaints-place">
      <header><h2 id="complaints-place">{t("complaints.where")}</h2></header>
      <Search choose={choose} />
      <div class="complaints-map"><LazyMap layers={["zones", "parking"]} {...(at && { center: at, zoom: ZOOM })} opened={opened} /></div>
      <div class="office-buttons">
        <button type="button" class="button" disabled={!view} onClick={() => middle.current && point(middle.current)}>{t("complaints.point")}</button>
        <p class="quiet" role="status">{name ?? (at ? t("complaints.pointed") : t("complaints.nowhere"))}</p>
      </div>
    </section>
  );
}

function Search({ choose }: Pick<Chosen, "choose">) {
  const [words, setWords] = useState("");
  const [found, setFound] = useState<Found[] | null>(null);
  const looking = useDoing();
  const search = () => void (words.trim() && looking.run(async () => setFound(await searchPlaces(words.trim()))));
  return (
    <div class="complaints-search">
      <div class="office-buttons" role="search">
        <input
          type="search" maxLength={100} aria-label={t("complaints.find")} placeholder={t("complaints.find")} value={words}
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            // The form around it is not sent by a search.
            event.preventDefault();
            search();
          }}
        />
        <button type="button" class="button" disabled={looking.busy || !words.trim()} onClick={search}>{t(looking.busy ? "complaints.finding" : "complaints.find_now")}</button>
      </div>
      {looking.error !== null && <Failed error={looking.error} again={search} />}
      <div role="status">{found?.length === 0 && <p class="quiet">{t("complaints.not_found")}</p>}</div>
      {found && found.length > 0 && (
        <ul class="complaints-found">
          {found.map(({ name, zone, township }) => (
            <li key={name + zone}>
              <button
                type="button"
                onClick={() => {
                  choose({ code: zone, name });
                  setFound(null);
                }}
              >
                <b>{name}</b><span class="quiet numbers">{[zone, township && placeName(township)].filter(Boolean).join(" · ")}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
