/** The questions asked at each door: in order or not, or answers of their own. */
import { t } from "../words";
import type { Item } from "./asking";
import { ITEMS_MAX, newAnswer, newItem } from "./draft";

export function Checklist({ items, set }: { items: Item[]; set: (items: Item[]) => void }) {
  const change = (at: number, part: Partial<Item>) => set(items.map((item, place) => (place === at ? { ...item, ...part } : item)));
  return (
    <section class="office-part" aria-labelledby="campaigns-checklist">
      <header><h2 id="campaigns-checklist">{t("campaigns.checklist")}</h2></header>
      <p class="quiet">{t("campaigns.checklist_fixed")}</p>
      <ol class="campaigns-items">
        {items.map((item, place) => (
          <li key={item.code}>
            <div class="campaigns-item">
              <label class="field"><span>{t("campaigns.question", { n: place + 1 })}</span><input maxLength={200} value={item.text} onInput={({ currentTarget }) => change(place, { text: currentTarget.value })} /></label>
              <label class="field"><span>{t("campaigns.in_english")}</span><input maxLength={200} lang="en" value={item.text_en} onInput={({ currentTarget }) => change(place, { text_en: currentTarget.value })} /></label>
            </div>
            <Answers item={item} n={place + 1} set={(answers) => change(place, { answers })} />
            {items.length > 1 && <button type="button" class="plain" onClick={() => set(items.filter((one) => one !== item))}>{t("campaigns.drop_question", { n: place + 1 })}</button>}
          </li>
        ))}
      </ol>
      {items.length < ITEMS_MAX && <button type="button" class="plain" onClick={() => set([...items, newItem(items)])}>{t("campaigns.add_question")}</button>}
    </section>
  );
}

function Answers({ item: { answers }, n, set }: { item: Item; n: number; set: (answers: Item["answers"]) => void }) {
  const change = (at: number, part: Partial<Item["answers"][number]>) => set(answers.map((one, place) => (place === at ? { ...one, ...part } : one)));
  const own = () => {
    const good = newAnswer([], true);
    set([good, newAnswer([good], false)]);
  };
  return (
    <div class="campaigns-answers">
      <label class="field"><span>{t("campaigns.answers")}</span>
        <select value={answers.length > 0 ? "own" : "plain"} aria-label={t("campaigns.answers_of", { n })} onChange={({ currentTarget }) => (currentTarget.value === "own" ? own() : set([]))}>
          <option value="plain">{t("campaigns.answers_plain")}</option><option value="own">{t("campaigns.answers_own")}</option>
        </select>
      </label>
      {answers.map((one, place) => (
        <div key={one.code} class="campaigns-answer">
          <input aria-label={t("campaigns.answer", { n: place + 1 })} placeholder={t("campaigns.answer", { n: place + 1 })} maxLength={200} value={one.text} onInput={({ currentTarget }) => change(place, { text: currentTarget.value })} />
          <label class="rechecks-mark"><input type="checkbox" checked={one.ok} onChange={({ currentTarget }) => change(place, { ok: currentTarget.checked })} /> {t("campaigns.counts_ok")}</label>
          {answers.length > 2 && <button type="button" class="plain" aria-label={t("campaigns.drop_answer", { n: place + 1 })} onClick={() => set(answers.filter((other) => other !== one))}>✕</button>}
        </div>
      ))}
      {answers.length > 0 && answers.length < 20 && <button type="button" class="plain" onClick={() => set([...answers, newAnswer(answers, false)])}>{t("campaigns.add_answer")}</button>}
    </div>
  );
}
