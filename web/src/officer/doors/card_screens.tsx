/** Law cards: one for each trade, large enough to be read across a counter, with a code to take away. */
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { Failed } from "../../ui/failing";
import { either, exact, t } from "../../words";
import { Copied } from "../copied";
import { type Card, type CardSet, titleOf, tradeOf, useCards } from "./cards";
import { near } from "./fronts";
import { DoorPicker, useDoor } from "./picker";
import { callAt } from "./visit";
import "./doors.css";

export function CardsScreen() {
  const read = useCards();
  // The trade of the door where the officer stands comes first.
  const here = useDoor().chosen?.trade;
  const cards = [...(read.value?.cards ?? [])].sort((a, b) => Number(b.trade === here) - Number(a.trade === here));
  return (
    <main class="officer-report">
      <Head title={t("cards.title")} back="/officer" />
      <Copied read={read} />
      <ul class="officer-list">
        {cards.map((card) => (
          <li key={card.code}>
            <Link class="officer-row cards-row" href={`/officer/cards/${card.code}`}>
              <span class="officer-row-text">
                <strong>{titleOf(card)}</strong>
                <span class="quiet">
                  {tradeOf(card)}
                  {card.trade === here && ` · ${t("cards.of_here")}`}
                </span>
              </span>
              <span aria-hidden="true">›</span>
            </Link>
          </li>
        ))}
      </ul>
      {read.value?.cards.length === 0 && <p class="officer-empty">{t("cards.none")}</p>}
    </main>
  );
}

function Head({ title, back }: { title: string; back: string }) {
  return (
    <header class="officer-head">
      <Link class="officer-back" href={back} aria-label={t("officer.back")}>
        ‹
      </Link>
      <h1>{title}</h1>
    </header>
  );
}

export function CardScreen({ params }: { params: { code: string } }) {
  const read = useCards();
  const card = read.value?.cards.find(({ code }) => code === params.code);
  return (
    <main class="officer-report">
      <Head title={card ? tradeOf(card) : t("cards.title")} back="/officer/cards" />
      <Copied read={read} />
      {read.value && !card && <p class="officer-empty">{t("cards.gone")}</p>}
      {read.value && card && <Shown set={read.value} card={card} />}
    </main>
  );
}

function Shown({ set, card }: { set: CardSet; card: Card }) {
  return (
    <>
      <article class="cards-card">
        <h2>{titleOf(card)}</h2>
        {set.sample && <p class="notice">{t("cards.sample")}</p>}
        <ol>
          {card.points.map((point) => (
            <li key={point.text}>{either(point.text, point.text_en)}</li>
          ))}
        </ol>
        <p class="quiet">
          {t("cards.source", { source: card.source })}
          {card.source_date && ` · ${exact(card.source_date).slice(0, 10)}`}
        </p>
      </article>
      <section class="officer-part cards-away" aria-label={t("cards.take_away")}>
        <img src={`data:image/png;base64,${card.qr_png}`} alt={t("cards.code", { title: titleOf(card) })} />
        <div>
          <p>{t("cards.take_away")}</p>
          <a href={card.address} target="_blank" rel="noreferrer">
            {card.address}
          </a>
        </div>
      </section>
      <Deliver set={set.set!} card={card} />
    </>
  );
}

/** One tap: the card was handed over at the door where the officer stands, or at the one that is chosen. */
function Deliver({ set, card }: { set: number; card: Card }) {
  const [, go] = useLocation();
  const door = useDoor();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { chosen } = door;

  async function deliver(): Promise<void> {
    if (!chosen) return;
    setBusy(true);
    setError(null);
    try {
      await callAt(chosen, "service", { law_card: { set, code: card.code } });
      go("/officer");
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <>
      <DoorPicker door={door} />
      <div class="officer-send">
        {error !== null && <Failed error={error} />}
        {near.value && chosen && <p class="officer-aside">{t("cards.to", { name: chosen.name })}</p>}
        <button type="button" class="button main" disabled={!chosen || busy} onClick={() => void deliver()}>
          {t(busy ? "officer.report.storing" : "cards.delivered")}
        </button>
      </div>
    </>
  );
}
