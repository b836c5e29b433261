/** The last step: from which day, what becomes of zones that are not in the file, and what still stands in the way. */
import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Failure } from "../api/client";
import { useDoing } from "../office/doing";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { apply, compare, type Comparison, decisionOf, type Import } from "./asking";
import { type Choices, forget } from "./choices";
import { change } from "./query";

interface Shown {
  one: Import;
  choices: Signal<Choices>;
  again: () => void;
}

export function Apply({ one, choices, again }: Shown) {
  const chosen = choices.value;
  const decision = decisionOf(chosen);
  const read = useReading(`importing.fates.${one.id}.${JSON.stringify(decision)}`, () => compare(one.id, decision, ""), { seen: false });
  const doing = useDoing();
  const put = (part: Partial<Choices>) => (choices.value = { ...chosen, ...part });
  const fates = read.stale ? null : read.value?.fates;
  const doubt = one.faults.find(({ code }) => code === "datum_suspicion");
  const mixed = "datum_mixed" in one.fault_counts;
  const blocked = mixed || (doubt !== undefined && !chosen.confirm_datum) || !fates || ["faulty", "before_version", "reported"].some((fate) => fates[fate]);
  const overtaken = doing.error instanceof Failure && doing.error.code === "import_applied";
  // Somebody else was first: what they did is shown.
  useEffect(() => {
    if (overtaken) again();
  }, [overtaken]);
  return (
    <form
      class="importing-apply"
      aria-label={t("importing.step_apply")}
      onSubmit={(event) => {
        event.preventDefault();
        if (blocked) return;
        void doing.run(() => apply(one.id, decision)).then((done) => {
          if (!done) return;
          forget(one.id);
          change({ step: "found", fate: "", zone: "", fault: "", code: "", undoes: "" }, "replace");
          again();
        });
      }}
    >
      <div class="office-form">
        <label class="field"><span>{t("importing.valid_from")}</span>
          <input type="date" required value={chosen.valid_from} onChange={({ currentTarget }) => currentTarget.value && put({ valid_from: currentTarget.value })} />
        </label>
        <fieldset class="importing-gone">
          <legend>{t("importing.gone")}</legend>
          <div class="office-choice">
            {(["keep", "close"] as const).map((gone) => <button key={gone} type="button" aria-pressed={chosen.gone === gone} onClick={() => put({ gone })}>{t(`importing.gone_${gone}`)}</button>)}
          </div>
        </fieldset>
      </div>
      <p class="quiet">{chosen.valid_from > today() ? t("importing.from_later", { day: chosen.valid_from }) : t("importing.from_now")}</p>
      {read.error !== null && !fates && <Failed error={read.error} again={read.again} />}
      {!fates && read.error === null && <Waiting what={t("importing.comparing")} />}
      {fates && <Sums fates={fates} gone={chosen.gone} />}
      {mixed && <p class="notice bad">{t("importing.mixed_advice")}</p>}
      {doubt && (
        <div class="notice bad">
          <p>{either(doubt.text, doubt.text_en)}</p>
          <label class="importing-tick"><input type="checkbox" checked={chosen.confirm_datum} onChange={({ currentTarget }) => put({ confirm_datum: currentTarget.checked })} /> {t("importing.confirm_datum")}</label>
        </div>
      )}
      {fates?.["faulty"] && (
        <p class="notice bad">
          {t("importing.blocked_faulty", { n: fates["faulty"].zones })} <button type="button" class="plain" onClick={() => change({ step: "report", fault: "", code: "" })}>{t("importing.step_report")}</button>
        </p>
      )}
      {fates?.["before_version"] && (
        <p class="notice bad">
          {t("importing.blocked_before", { n: fates["before_version"].zones, zones: fates["before_version"].codes.slice(0, 5).join("、") })}{" "}
          <button type="button" class="plain" onClick={() => put({ valid_from: moved(chosen.valid_from, 1) })}>{t("importing.a_day_later")}</button>
        </p>
      )}
      {(fates?.["reported"] || chosen.rematch) && (
        <div class="notice bad">
          <p>{t("importing.blocked_reported", { n: fates?.["reported"]?.zones ?? 0 })}</p>
          <label class="importing-tick"><input type="checkbox" checked={chosen.rematch} onChange={({ currentTarget }) => put({ rematch: currentTarget.checked })} /> {t("importing.rematch")}</label>
        </div>
      )}
      {doing.error !== null && <Failed error={doing.error} />}
      <div class="office-buttons">
        <button class="button main" disabled={blocked || doing.busy}>{doing.busy ? t("importing.applying") : t("importing.apply", { day: chosen.valid_from })}</button>
        <span class="quiet">{t("importing.all_or_nothing")}</span>
      </div>
    </form>
  );
}

function Sums({ fates, gone }: { fates: Comparison["fates"]; gone: Choices["gone"] }) {
  const count = (fate: string) => fates[fate]?.zones ?? 0;
  return (
    <p class="importing-sum" role="status">
      {t("importing.will", { added: count("new"), changed: count("changed"), same: count("unchanged") })}
      {count("gone") > 0 && ` ${t(gone === "close" ? "importing.will_close" : "importing.will_keep", { n: count("gone") })}`}
    </p>
  );
}
