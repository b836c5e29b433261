/** Which fronts: by trade, street and township together, within an area; and beside these whatever a list names. */
import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { either, t } from "../words";
import { placeName } from "../manager/names";
import { numbersOf } from "../rechecks/drawing";
import { type Choices, fetchChoices, type Kind, type Selection } from "./asking";

/** As the server takes them. */
const CODES_MAX = 20_000;

interface Asked {
  kind: Kind;
  from: string;
  selection: Selection;
  set: (selection: Selection) => void;
}

export function Zones({ kind, from, selection, set }: Asked) {
  const read = useReading(`campaign-choices/${kind}/${from}`, () => fetchChoices(kind, from), { seen: false });
  const trades = useTrades();
  const there = read.value;
  const toggle = (name: "trades" | "townships", value: string) => {
    const has = selection[name].includes(value);
    set({ ...selection, [name]: has ? selection[name].filter((one) => one !== value) : [...selection[name], value] });
  };
  return (
    <section class="office-part" aria-labelledby="campaigns-where">
      <header><h2 id="campaigns-where">{t("campaigns.where")}</h2></header>
      {read.error !== null && !there && <Failed error={read.error} again={read.again} />}
      {there && there.trades.length > 0 && (
        <fieldset class="campaigns-choices">
          <legend>{t("campaigns.trades")}</legend>
          {there.trades.map(({ value, zones }) => <Choice key={value} on={selection.trades.includes(value)} toggle={() => toggle("trades", value)} name={trades.get(value) ?? value} zones={zones} />)}
        </fieldset>
      )}
      {there && (
        <fieldset class="campaigns-choices">
          <legend>{t("campaigns.townships")}</legend>
          {there.townships.flatMap(({ township, name, zones }) => (township ? [<Choice key={township} on={selection.townships.includes(township)} toggle={() => toggle("townships", township)} name={name ?? placeName(township)} zones={zones} />] : []))}
        </fieldset>
      )}
      {there && there.streets.length > 0 && <Streets of={there.streets} chosen={selection.streets} set={(streets) => set({ ...selection, streets })} />}
      <Codes codes={selection.codes} set={(codes) => set({ ...selection, codes })} />
    </section>
  );
}

/** Trades by the names that law cards give them; without one their code stands. */
function useTrades(): ReadonlyMap<string, string> {
  const read = useReading("campaign-trades", () => answer(api.GET("/api/v1/law-cards")));
  return new Map(read.value?.cards.map((card) => [card.trade, either(card.trade_name, card.trade_name_en)]) ?? []);
}

function Choice({ on, toggle, name, zones }: { on: boolean; toggle: () => void; name: string; zones: number }) {
  return (
    <label class="campaigns-choice">
      <input type="checkbox" checked={on} onChange={toggle} />
      <span>{name} <span class="quiet numbers">{zones}</span></span>
    </label>
  );
}

function Streets({ of, chosen, set }: { of: Choices["streets"]; chosen: string[]; set: (streets: string[]) => void }) {
  const [typed, setTyped] = useState("");
  const known = new Map<string, number>();
  for (const { value, zones } of of) known.set(value, (known.get(value) ?? 0) + zones);
  const add = (name: string) => {
    setTyped(known.has(name) ? "" : name);
    if (known.has(name) && !chosen.includes(name)) set([...chosen, name]);
  };
  return (
    <div class="campaigns-streets">
      <label class="field"><span>{t("campaigns.streets", { n: known.size })}</span>
        <input type="search" list="campaigns-streets" placeholder={t("campaigns.street_name")} value={typed} onInput={({ currentTarget }) => add(currentTarget.value.trim())} />
      </label>
      <datalist id="campaigns-streets">{[...known].map(([value, zones]) => <option key={value} value={value}>{zones}</option>)}</datalist>
      {chosen.map((name) => (
        <button key={name} type="button" class="office-chip" onClick={() => set(chosen.filter((one) => one !== name))}>
          {name} <span aria-hidden="true">✕</span><span class="unseen">{t("manager.take_away")}</span>
        </button>
      ))}
    </div>
  );
}

function Codes({ codes, set }: { codes: string[]; set: (codes: string[]) => void }) {
  const [text, setText] = useState(codes.join("\n"));
  const [over, setOver] = useState(0);
  const take = (read: string) => {
    const found = numbersOf(read);
    setText(read);
    setOver(Math.max(0, found.length - CODES_MAX));
    set(found.slice(0, CODES_MAX));
  };
  return (
    <details open={codes.length > 0}>
      <summary>{codes.length > 0 ? t("campaigns.codes_n", { n: codes.length }) : t("campaigns.codes")}</summary>
      <div class="office-form">
        <label class="field"><span>{t("campaigns.codes_file")}</span>
          <input type="file" accept=".txt,.csv,text/plain,text/csv" onChange={({ currentTarget }) => void currentTarget.files?.[0]?.text().then((read) => take(firstColumn(read)))} />
        </label>
        <label class="field wide"><span>{t("campaigns.codes_how")}</span><textarea rows={4} value={text} onInput={({ currentTarget }) => take(currentTarget.value)} /></label>
      </div>
      {over > 0 && <p class="office-bad" role="status">{t("campaigns.codes_over", { n: over, max: CODES_MAX })}</p>}
    </details>
  );
}

/** Of a table the first column, without its heading where there is one. */
function firstColumn(text: string): string {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/).map((line) => (line.split(/[,;\t]/)[0] ?? "").trim().replace(/^"|"$/g, ""));
  return lines.filter((line, place) => line && !(place === 0 && /^(code|zone|代码|编号|区代码)$/i.test(line))).join("\n");
}
