/** Any shop by its name or code, on a list or not, and its ledger. */
import { useState } from "preact/hooks";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { findSubjects } from "./asking";
import { Ledger } from "./ledger";

export function Finding() {
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const read = useReading(q.trim() ? `ratings/finding/${q.trim()}` : null, () => findSubjects(q.trim()));
  return (
    <div class="ratings-finding">
      <label class="field"><span>{t("ratings.find")}</span>
        <input type="search" maxLength={100} value={q} onInput={({ currentTarget }) => { setQ(currentTarget.value); setChosen(null); }} />
      </label>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {q.trim() && !read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      {read.value?.items.length === 0 && <p class="office-empty">{t("ratings.found_none")}</p>}
      {read.value && chosen === null && (
        <ul class={`ratings-found ${read.stale ? "stale" : ""}`}>
          {read.value.items.map((one) => (
            <li key={one.code}><button type="button" class="plain ratings-name" onClick={() => setChosen(one.code)}>{one.name} <span class="quiet">{one.code}</span></button></li>
          ))}
        </ul>
      )}
      {chosen && <Ledger code={chosen} />}
    </div>
  );
}
