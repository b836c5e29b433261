/** Where a complaint would go, asked of the server as soon as the place is known, and what intake may decide otherwise. */
import { useEffect, useState } from "preact/hooks";
import { categoryName, Glyph, standing } from "../cases";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { capital, either, exact, relative, t } from "../words";
import { type Matter, type Trial, tryMatter } from "./asking";

export interface Tried {
  told: Trial | null;
  error: unknown;
  again: () => void;
}

export function useTrial(matter: Matter | null): Tried {
  const [tried, setTried] = useState<Omit<Tried, "again">>({ told: null, error: null });
  const [round, setRound] = useState(0);
  const key = matter && JSON.stringify(matter);
  useEffect(() => {
    if (!matter) return setTried({ told: null, error: null });
    let gone = false;
    tryMatter(matter).then(
      (told) => !gone && setTried({ told, error: null }),
      (error: unknown) => !gone && setTried({ told: null, error }),
    );
    return () => {
      gone = true;
    };
  }, [key, round]);
  return { ...tried, again: () => setRound(round + 1) };
}

interface Asked {
  of: Tried;
  /** The place is known; without one there is nothing to ask. */
  placed: boolean;
  /** A correction stays with the case of what it corrects. */
  decided: boolean;
  /** By the rules, the number of a case, or one of its own. */
  to: string;
  force_new: string;
  change: (part: { to?: string; force_new?: string }) => void;
}

export const BY_RULE = "";
export const OWN = "own";

/** What was chosen, as far as it is offered still. */
export function offered(told: Trial | null, to: string): string {
  if (to === OWN) return told?.case ? OWN : BY_RULE;
  return told?.known.some(({ number }) => number === to) ? to : BY_RULE;
}

export function Going({ of: { told, error, again }, placed, decided, to, force_new, change }: Asked) {
  return (
    <section class="office-part" aria-labelledby="complaints-going" aria-live="polite">
      <header><h2 id="complaints-going">{t("complaints.going")}</h2></header>
      {!placed && <p class="quiet">{t("complaints.going_later")}</p>}
      {error !== null && <Failed error={error} again={again} />}
      {placed && !told && error === null && <Waiting />}
      {told && (
        <dl class="office-facts">
          <dt>{t("complaints.township")}</dt><dd>{told.match.township.name ?? t("officer.where.outside")}</dd>
          <dt>{t("complaints.zone")}</dt><dd>{told.match.frontage.name ?? told.match.parking.name ?? capital(t(`verdict.${told.match.frontage.verdict}`))}</dd>
          <dt>{t("complaints.body")}</dt><dd>{told.body}</dd>
        </dl>
      )}
      {told && !decided && (
        <>
          <fieldset class="complaints-ways">
            <legend>{t(told.known.length ? "complaints.known" : "complaints.none_known")}</legend>
            <Way value={BY_RULE} to={to} change={change}>
              <b>{told.case ? t("complaints.attaches", { number: told.case }) : t("complaints.opens")}</b>
              {told.because.map((reason) => <span key={reason.code} class="quiet">{either(reason.text, reason.text_en)}</span>)}
            </Way>
            {told.known.filter(({ number }) => number !== told.case).map((one) => (
              <Way key={one.number} value={one.number} to={to} change={change}>
                <b>{t("complaints.attach", { number: one.number })}</b>
                <span class="quiet"><Glyph of={standing(one)} /> {[categoryName(one.category), either(one.state_name, one.state_name_en), `${Math.round(one.distance_m)} m`].join(" · ")} · <time title={exact(one.opened_at)}>{relative(one.opened_at)}</time></span>
              </Way>
            ))}
            {told.case && <Way value={OWN} to={to} change={change}><b>{t("complaints.own")}</b></Way>}
          </fieldset>
          {to === OWN && (
            <label class="field"><span>{t("complaints.own_why")}</span>
              <input required maxLength={400} value={force_new} onInput={({ currentTarget }) => change({ force_new: currentTarget.value })} />
            </label>
          )}
        </>
      )}
    </section>
  );
}

function Way({ value, to, change, children }: Pick<Asked, "to" | "change"> & { value: string; children: preact.ComponentChildren }) {
  return (
    <label>
      <input type="radio" name="to" checked={to === value} onChange={() => change({ to: value })} />
      <span>{children}</span>
    </label>
  );
}
