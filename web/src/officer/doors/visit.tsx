/** A call at a door that opens no case: which door, whether to inspect or to explain, and a line about it. */
import { useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { AtDoor } from "../../letters/at_door";
import { Failed } from "../../ui/failing";
import { t } from "../../words";
import { PapersAtDoor } from "../papers";
import { enqueueVisit, type HeldVisit } from "../queue";
import { titleOf, useCards } from "./cards";
import type { Near } from "./fronts";
import { DoorPicker, useDoor } from "./picker";
import "./doors.css";

type Kind = HeldVisit["kind"];
const KINDS: readonly Kind[] = ["inspection", "service"];

/** Into the queue, as it is now. */
export async function callAt(front: Near, kind: Kind, more: Pick<HeldVisit, "note" | "law_card"> = {}): Promise<void> {
  const visit: HeldVisit = { zone: { kind: "frontage", code: front.code }, kind, at: new Date().toISOString(), ...more };
  await enqueueVisit(t(more.law_card ? "doors.row_card" : `doors.row_${kind}`, { name: front.name }), visit);
}

export function VisitScreen() {
  const [, go] = useLocation();
  const door = useDoor();
  const [kind, setKind] = useState<Kind>("inspection");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { chosen } = door;

  async function keep(): Promise<void> {
    if (!chosen) return;
    setBusy(true);
    setError(null);
    try {
      await callAt(chosen, kind, { note: note.trim() || null });
      go("/officer");
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <main class="officer-report">
      <header class="officer-head">
        <Link class="officer-back" href="/officer" aria-label={t("officer.back")}>
          ‹
        </Link>
        <h1>{t("doors.visit")}</h1>
      </header>
      <DoorPicker door={door} />
      {chosen && <AtDoor key={chosen.code} front={chosen} />}
      {chosen?.door?.subject && <PapersAtDoor subject={chosen.door.subject} />}
      <fieldset class="doors-kinds">
        <legend>{t("doors.what")}</legend>
        {KINDS.map((known) => (
          <label key={known} class="doors-kind">
            <input type="radio" name="kind" checked={kind === known} onChange={() => setKind(known)} />
            <span>{t(`doors.${known}`)}</span>
          </label>
        ))}
      </fieldset>
      {kind === "service" && <CardHint trade={chosen?.trade ?? null} />}
      <label class="field officer-part">
        <span>{t("officer.report.note")}</span>
        <textarea rows={2} maxLength={2000} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
      <div class="officer-send">
        {error !== null && <Failed error={error} />}
        <button type="button" class="button main" disabled={!chosen || busy} onClick={() => void keep()}>
          {t(busy ? "officer.report.storing" : "doors.keep")}
        </button>
      </div>
    </main>
  );
}

/** Whoever explains has a card for it. */
function CardHint({ trade }: { trade: string | null }) {
  const card = useCards().value?.cards.find((one) => one.trade === trade);
  return (
    <Link class="officer-strip" href={card ? `/officer/cards/${card.code}` : "/officer/cards"}>
      <span>{card ? titleOf(card) : t("cards.title")}</span>
      <span aria-hidden="true">›</span>
    </Link>
  );
}
