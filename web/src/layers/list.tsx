/** The zones in view as a list: the way to one without a pointer, and by code or name. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { draft } from "./draft";
import { lookAt, pick } from "./picking";
import { change, query } from "./query";
import { failed, far, fetchZone, look, reading, zones } from "./zones";

const ROWS = 60;

export function ZoneList() {
  const [text, setText] = useState("");
  const [none, setNone] = useState("");
  const { busy, error, run } = useDoing();
  const { kind } = query.value;
  const wanted = text.trim().toLowerCase();
  const all = [...zones.value.values()];
  const found = wanted ? all.filter(({ code, name }) => code.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted)) : all;
  const search = (event: Event) => {
    event.preventDefault();
    const code = text.trim();
    if (!code) return;
    const [first] = found;
    if (first && (found.length === 1 || first.code === code)) return pick(first.code);
    void run(async () => {
      const zone = await fetchZone(kind, code).catch((failure: { status?: number }) => {
        if (failure.status === 404) return null;
        throw failure;
      });
      setNone(zone ? "" : code);
      if (!zone) return;
      lookAt(zone.shape);
      change({ code: zone.code });
    });
  };
  return (
    <section class="office-part" aria-labelledby="layers-list">
      <header><h2 id="layers-list">{t("layers.in_view")}</h2><span class="quiet numbers">{t("layers.zones_n", { n: all.length })}</span></header>
      <form class="layers-search" onSubmit={search}>
        <label class="field"><span>{t("layers.search")}</span>
          <input type="search" value={text} maxLength={64} onInput={({ currentTarget }) => (setText(currentTarget.value), setNone(""))} />
        </label>
        <button type="submit" class="button" disabled={busy}>{t("layers.find")}</button>
      </form>
      {none && <p class="notice" role="status">{t("layers.no_such", { code: none })}</p>}
      {error !== null && <Failed error={error} />}
      {failed.value !== null && <Failed error={failed.value} again={() => look(true)} />}
      {far.value && <p class="office-empty">{t("layers.too_far")}</p>}
      {!far.value && !reading.value && failed.value === null && !found.length && <p class="office-empty">{t(wanted ? "layers.none_found" : "layers.none_here")}</p>}
      <Rows zones={found} />
    </section>
  );
}

/** Rows to choose from; of many the first. */
export function Rows({ zones: shown }: { zones: readonly { code: string; name: string }[] }) {
  const marked = new Set(draft.value?.zones.map(({ code }) => code));
  return (
    <>
      <ul class="layers-list">
        {shown.slice(0, ROWS).map(({ code, name }) => (
          <li key={code}>
            <button type="button" aria-pressed={marked.has(code)} onClick={() => pick(code)}>
              <strong class="numbers">{code}</strong> <span>{name}</span>
            </button>
          </li>
        ))}
      </ul>
      {shown.length > ROWS && <p class="quiet">{t("layers.first_rows", { n: ROWS, all: shown.length })}</p>}
    </>
  );
}
