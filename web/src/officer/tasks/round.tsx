/** The round one was asked to walk today, street by street: each turns green as its fronts are seen, by whomever. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schema } from "../../api/client";
import { CopyNotice } from "../../cases/reply";
import { beginnings } from "../../map/along";
import type { LonLat, MapView } from "../../map";
import { t } from "../../words";
import { metres } from "../far";
import { LazyMap } from "../lazy_map";
import { useReading } from "../../ui/reading";
import "./round.css";

type Sent = Schema<"SentRound">;
type Street = Sent["streets"][number];
/** What the phone sent is counted as seen a second or two later. */
const ANEW_MS = 10_000;

export function MyRound() {
  const read = useReading("round", fetchRound);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && read.again(), ANEW_MS);
    return () => clearInterval(timer);
  }, [read.again]);
  const one = read.value?.round;
  // Without a round there is nothing to say, and a list of cases is not held up by it.
  if (!one || one.day !== today()) return null;
  return (
    <section class="round" aria-labelledby="round-mine">
      <header>
        <h2 id="round-mine">{t("round.mine")}</h2>
        <strong class="numbers" role="status">{one.seen === one.zones ? t("round.done") : t("round.seen", { seen: one.seen, of: one.zones })}</strong>
      </header>
      {read.copied_at && <CopyNotice at={read.copied_at} />}
      <p class="quiet numbers">{t("round.way", { far: metres(one.length_m), minutes: Math.round(one.minutes) })}</p>
      {one.note && <p>{t("round.note_from", { name: one.sent_by })}{one.note}</p>}
      <ol class="round-streets">{one.streets.map((street, place) => <Leg key={place} street={street} place={place} />)}</ol>
      {one.line && <Way one={one} />}
    </section>
  );
}

const left = (street: Street) => street.zones.filter((zone) => !zone.seen_at);

function Leg({ street, place }: { street: Street; place: number }) {
  const open = left(street);
  const done = street.zones.length > 0 && open.length === 0;
  return (
    <li data-done={done}>
      <b class="round-step numbers" aria-hidden="true">{done ? "✓" : place + 1}</b>
      <span>
        <strong>{street.street ?? t("round.no_street")}</strong>
        {street.zones.length > 0 && <span class="quiet numbers">{done ? t("round.done") : t("round.seen", { seen: street.zones.length - open.length, of: street.zones.length })}</span>}
        {open.length > 0 && open.length < street.zones.length && <span class="quiet">{open.map((zone) => zone.name).join("、")}</span>}
      </span>
    </li>
  );
}

/** The way on the map, fetched when it is wanted. */
function Way({ one }: { one: Sent }) {
  const [open, setOpen] = useState(false);
  const [view, setView] = useState<MapView | null>(null);
  useEffect(() => {
    const line = one.line?.coordinates as LonLat[] | undefined;
    if (!view || !line) return;
    view.setLines(
      [{ stretches: [line], rank: 0 }],
      beginnings(line, one.streets).map((at, place) => ({ at, label: String(place + 1), done: one.streets[place]!.zones.length > 0 && left(one.streets[place]!).length === 0 })),
    );
  }, [view, one]);
  return (
    <>
      <button type="button" class="button" aria-expanded={open} onClick={() => setOpen(!open)}>{t("round.map")}</button>
      {open && (
        <div class="round-map">
          <LazyMap
            layers={["zones"]}
            opened={(made) => {
              made.fit(one.line!.coordinates as LonLat[]);
              setView(made);
            }}
          />
        </div>
      )}
    </>
  );
}

async function fetchRound(): Promise<{ round: Sent | null }> {
  const { items } = await answer(api.GET("/api/v1/rounds", { params: { query: { day: today(), limit: 1 } } }));
  return { round: items[0] ?? null };
}

/** Today in the district, as 2026-09-01. */
function today(): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());
}
