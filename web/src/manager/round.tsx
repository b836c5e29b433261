/** A round for the next shift: suggested over the streets that wait most, changed, and sent to who walks it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { actionKey } from "../cases/calls";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { type Sent, sendRound, suggestRound, type Suggested } from "./asking";
import { metres } from "./measures";
import { placeName } from "./names";
import { usePeople } from "./people";
import { walked } from "./reading";
import { draft, inView, rounding, shownSent, type Wanted } from "./round_state";
import { onDuty } from "../dispatch/on_duty";

const LENGTHS_M = [2000, 4000, 6000, 10_000, 15_000] as const;
const STREETS_MAX = 20;

export function Round({ wanted }: { wanted: Wanted }) {
  const [max_m, setMax] = useState<number>(6000);
  const [without, setWithout] = useState<readonly string[]>([]);
  const [found, setFound] = useState<Suggested | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const [sent, setSent] = useState<Sent | null>(null);
  const newest = useRef(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const view = useRef(inView.peek());
  const place = JSON.stringify([wanted, max_m, without]);
  const ask = () => {
    const number = ++newest.current;
    setBusy(true);
    setError(null);
    const where = wanted.township ? { township: wanted.township } : view.current ? { bbox: view.current } : {};
    suggestRound({ ...where, street: wanted.street, without: [...without], max_m, max_streets: STREETS_MAX }).then(
      (came) => number === newest.current && (setFound(came), setBusy(false)),
      (failed: unknown) => number === newest.current && (setError(failed), setBusy(false)),
    );
  };
  useEffect(ask, [place]);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    shownSent.value = null;
    draft.value = found;
    return () => void (draft.value = null);
  }, [found]);
  const close = () => void (rounding.value = null);
  const whole = wanted.street ?? (wanted.township ? placeName(wanted.township) : t("manager.in_view"));
  return (
    <section class="office-part manager-round" aria-labelledby="manager-round">
      <header>
        <h2 id="manager-round" ref={heading} tabIndex={-1}>{t("manager.round")} · {whole}</h2>
        <button type="button" class="button" onClick={close}>{t("manager.back_to_streets")}</button>
      </header>
      {sent ? <Done sent={sent} close={close} /> : (
        <>
          <label class="field"><span>{t("manager.round_length")}</span>
            <select value={String(max_m)} onChange={({ currentTarget }) => setMax(Number(currentTarget.value))}>
              {LENGTHS_M.map((length) => <option key={length} value={String(length)}>{t("manager.at_most", { far: metres(length) })}</option>)}
            </select>
          </label>
          {busy && <p class="quiet" role="status">{t("manager.round_looking")}</p>}
          {error !== null && <Failed error={error} again={ask} />}
          {!busy && found && !found.streets.length && <p class="office-empty">{t("manager.round_none")}</p>}
          {found && found.streets.length > 0 && (
            <>
              <p class="numbers"><strong>{metres(found.length_m)}</strong> · {t("manager.minutes", { n: Math.round(found.minutes) })} · {t("manager.fronts_n", { n: found.streets.reduce((sum, one) => sum + one.zones.length, 0) })}</p>
              <Legs found={found} leave={(street) => setWithout([...without, street])} />
              <Left found={found} without={without} takeBack={(street) => setWithout(without.filter((one) => one !== street))} />
              <Send found={found} wanted={wanted} sent={setSent} />
            </>
          )}
          {found && !found.streets.length && <Left found={found} without={without} takeBack={(street) => setWithout(without.filter((one) => one !== street))} />}
        </>
      )}
    </section>
  );
}

function Legs({ found, leave }: { found: Suggested; leave: (street: string) => void }) {
  return (
    <ol class="manager-legs numbers">
      {found.streets.map((leg, place) => (
        <li key={place}>
          <b class="manager-step" aria-hidden="true">{place + 1}</b>
          <span>
            <strong>{leg.street ?? t("round.no_street")}</strong>
            <span class="quiet">{t("manager.leg", { way: metres(leg.way_m), walk: metres(leg.walk_m), fronts: leg.zones.length, minutes: Math.round(leg.minutes) })}</span>
          </span>
          {leg.street !== null && leg.zones.length > 0 && (
            <button type="button" class="plain" onClick={() => leave(leg.street!)}>{t("manager.leave_out")}<span class="unseen"> {leg.street}</span></button>
          )}
        </li>
      ))}
    </ol>
  );
}

function Left({ found, without, takeBack }: { found: Suggested; without: readonly string[]; takeBack: (street: string) => void }) {
  if (!found.left.length && !without.length) return null;
  return (
    <div class="manager-left">
      {without.map((street) => (
        <button type="button" key={street} class="office-chip" onClick={() => takeBack(street)}>{t("manager.take_back", { street })}</button>
      ))}
      {found.left.length > 0 && (
        <details>
          <summary>{t("manager.left_out", { n: found.left.length })}</summary>
          <ul>{found.left.map((one, place) => <li key={place}>{one.street ?? t("round.no_street")} <span class="quiet">{t(`manager.left_${one.why}`)}</span></li>)}</ul>
        </details>
      )}
    </div>
  );
}

function Send({ found, wanted, sent }: { found: Suggested; wanted: Wanted; sent: (round: Sent) => void }) {
  const read = usePeople();
  const [officer, setOfficer] = useState("");
  const [day, setDay] = useState(today());
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // The same round sent again after a lost answer is one round; a changed one is another.
  const content = JSON.stringify([found, officer, day, note]);
  const key = useRef({ of: "", id: "" });
  const here = [...read.people].sort((a, b) => Number(onDuty.value.has(b.account)) - Number(onDuty.value.has(a.account)) || Number(b.body === wanted.township) - Number(a.body === wanted.township));
  const send = async (event: Event) => {
    event.preventDefault();
    if (!officer) return;
    if (key.current.of !== content) key.current = { of: content, id: actionKey() };
    setBusy(true);
    setError(null);
    const streets = found.streets.map(({ street, zones, way_m, walk_m, minutes }) => ({ street, zones, way_m, walk_m, minutes }));
    const line = found.line ? { type: "LineString" as const, coordinates: found.line.coordinates as [number, number][] } : null;
    try {
      const round = await sendRound(key.current.id, { officer, day, streets, length_m: found.length_m, minutes: found.minutes, line, note });
      walked.value += 1;
      sent(round);
    } catch (failed) {
      setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="manager-send" onSubmit={(event) => void send(event)}>
      <label class="field"><span>{t("manager.send_to")}</span>
        <select required value={officer} onChange={({ currentTarget }) => setOfficer(currentTarget.value)}>
          <option value="" disabled>{t("manager.choose_officer")}</option>
          {here.map(({ account, name, body }) => (
            <option key={account} value={account}>{name} · {placeName(body)}{onDuty.value.has(account) ? ` · ${t("manager.on_duty")}` : ""}</option>
          ))}
        </select>
      </label>
      <label class="field"><span>{t("manager.send_day")}</span>
        <input type="date" required min={today()} max={moved(today(), 31)} value={day} onChange={({ currentTarget }) => setDay(currentTarget.value)} />
      </label>
      <label class="field wide"><span>{t("manager.send_note")}</span>
        <input type="text" maxLength={500} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
      </label>
      {read.error !== null && !read.people.length && <Failed error={read.error} again={read.again} />}
      {error !== null && <Failed error={error} />}
      <button type="submit" class="button main" disabled={busy || !officer}>{t(busy ? "manager.sending" : "manager.send")}</button>
    </form>
  );
}

function Done({ sent, close }: { sent: Sent; close: () => void }) {
  const said = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    shownSent.value = sent;
    said.current?.focus();
  }, [sent]);
  return (
    <>
      <p class="notice" ref={said} tabIndex={-1} role="status">{t("manager.sent", { name: sent.officer.name, day: sent.day, n: sent.streets.length })}</p>
      <button type="button" class="button" onClick={close}>{t("manager.understood")}</button>
    </>
  );
}
