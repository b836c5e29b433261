/** Office hours of the district, or of one body, from a day on. */
import { useState } from "preact/hooks";
import { Failure } from "../api/client";
import { bodies } from "../cases";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { Faults } from "./faults";
import { putHours } from "./kinds";

export function HoursForm({ done }: { done: () => void }) {
  const [said, setSaid] = useState({ body: "", valid_from: today(), hours: "1-5 08:30-12:00; 1-5 14:00-17:30", source: "" });
  const doing = useDoing();
  const put = (part: Partial<typeof said>) => setSaid({ ...said, ...part });
  const refused = doing.error instanceof Failure && Array.isArray(doing.error.problem["errors"]) ? doing.error : null;
  return (
    <section class="office-part" aria-labelledby="settings-hours">
      <header><h2 id="settings-hours">{t("settings.new_hours")}</h2></header>
      <form class="office-form office-box" onSubmit={(event) => { event.preventDefault(); void doing.run(async () => { const { body, ...rest } = said; await putHours({ ...rest, ...(body && { body }) }); done(); }); }}>
        <label class="field"><span>{t("settings.hours_body")}</span>
          <select value={said.body} onChange={({ currentTarget }) => put({ body: currentTarget.value })}>
            <option value="">{t("settings.hours_district")}</option>
            {[...bodies.value].filter(([code]) => /^\d{9}$/.test(code)).map(([code, name]) => <option key={code} value={code}>{name}</option>)}
          </select>
        </label>
        <label class="field"><span>{t("settings.first_day")}</span><input type="date" required value={said.valid_from} onInput={({ currentTarget }) => put({ valid_from: currentTarget.value })} /></label>
        <label class="field"><span>{t("settings.col_hours")}</span><input required value={said.hours} onInput={({ currentTarget }) => put({ hours: currentTarget.value })} /></label>
        <label class="field"><span>{t("settings.source")}</span><input value={said.source} onInput={({ currentTarget }) => put({ source: currentTarget.value })} /></label>
        <div class="office-buttons"><button class="button main" disabled={doing.busy}>{t("settings.send_import")}</button></div>
      </form>
      {refused ? <Faults failure={refused} csv={false} /> : doing.error !== null && <Failed error={doing.error} />}
    </section>
  );
}
