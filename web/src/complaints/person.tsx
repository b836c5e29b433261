/** Who complained, in their own words: asked for with a reason, never kept in this browser; and who looked before. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { exact, t } from "../words";
import { fetchAccesses, type Person, revealPerson, type Why } from "./asking";

const WHYS = ["callback", "inquiry", "correction", "supervision"] as const;

export function Revealed({ id, onLook }: { id: string; onLook: () => void }) {
  const [why, setWhy] = useState<Why | "">("");
  const [told, setTold] = useState<Person | null>(null);
  const looking = useDoing();
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    if (!why) return;
    void looking.run(async () => {
      setTold(await revealPerson(id, why));
      onLook();
    });
  };
  return (
    <section class="office-part" aria-labelledby="complaints-person">
      <header>
        <h2 id="complaints-person">{t("complaints.person")}</h2>
        {told && <button type="button" class="plain" onClick={() => setTold(null)}>{t("complaints.hide")}</button>}
      </header>
      {!told && (
        <form class="office-form" onSubmit={look}>
          <p class="quiet wide">{t("complaints.look_noted")}</p>
          <label class="field"><span>{t("complaints.why")}</span>
            <select required value={why} onChange={({ currentTarget }) => setWhy(currentTarget.value as Why | "")}>
              <option value="">{t("complaints.choose")}</option>
              {WHYS.map((one) => <option key={one} value={one}>{t(`complaints.why_${one}`)}</option>)}
            </select>
          </label>
          <div class="office-buttons"><button class="button" disabled={looking.busy}>{t("complaints.look")}</button></div>
        </form>
      )}
      {looking.error !== null && <Failed error={looking.error} />}
      {told && <Shown told={told} />}
    </section>
  );
}

function Shown({ told: { complainant, text, calls } }: { told: Person }) {
  return (
    <>
      {!complainant && <p>{t("complaints.nobody")}</p>}
      <dl class="office-facts">
        {complainant && (
          <>
            <dt>{t("complaints.name")}</dt><dd>{complainant.name ?? "–"}</dd>
            <dt>{t("complaints.phone")}</dt><dd class="numbers">{complainant.phone ?? "–"}</dd>
            <dt>{t("complaints.home")}</dt><dd>{complainant.address ?? "–"}</dd>
          </>
        )}
        <dt>{t("complaints.spoken")}</dt><dd class="complaints-said">{text}</dd>
        {calls.length > 0 && (
          <>
            <dt>{t("complaints.calls")}</dt>
            <dd>{calls.map((one) => <p key={one.called_at}>{[exact(one.called_at), one.satisfaction ? t(`complaints.satisfaction_${one.satisfaction as 1}`) : t(one.reached ? "complaints.reached" : "complaints.not_reached"), one.note].filter(Boolean).join(" · ")}</p>)}</dd>
          </>
        )}
      </dl>
    </>
  );
}

export function Accesses({ id, looks }: { id: string; looks: number }) {
  const read = useReading(`complaint/${id}/accesses`, () => fetchAccesses(id), { tick: looks });
  return (
    <section class="office-part" aria-labelledby="complaints-looks">
      <header><h2 id="complaints-looks">{t("complaints.looks")}</h2></header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {read.value?.length === 0 && <p class="quiet">{t("complaints.no_looks")}</p>}
      {read.value && read.value.length > 0 && (
        <ul class="complaints-rows">
          {read.value.map((one) => <li key={one.looked_at + one.account}>{one.name} <span class="quiet">{t(`complaints.why_${one.why}`)} · <time>{exact(one.looked_at)}</time></span></li>)}
        </ul>
      )}
    </section>
  );
}
