/** Anybody's page, without signing in: seed and case numbers give the sample. Nothing leaves the browser. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { language, speak, t } from "../words";
import "../words/office";
import "../office/office.css";
import { draw, numbersOf } from "./drawing";
import "./rechecks.css";

export default function DrawnPage() {
  const told = new URLSearchParams(location.hash.slice(1));
  const [seed, setSeed] = useState(told.get("seed") ?? "");
  const [size, setSize] = useState(told.get("size") ?? "20");
  const [text, setText] = useState("");
  const [drawn, setDrawn] = useState<string[] | null>(null);
  const doing = useDoing();
  const numbers = numbersOf(text);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void doing.run(async () => setDrawn(await draw(numbers, seed, Number(size))));
  };
  return (
    <main class="office rechecks-public">
      <p class="office-brand"><img src="/app/icon.svg" alt="" width="24" height="24" /><span>{t("app.name")}</span></p>
      <h1>{t("rechecks.public_title")}</h1>
      <p>{t("rechecks.public_how")}</p>
      {!isSecureContext && <p class="notice bad">{t("rechecks.insecure")}</p>}
      <form class="office-form office-box" onSubmit={submit}>
        <label class="field"><span>{t("rechecks.seed")}</span><input required maxLength={64} value={seed} onInput={({ currentTarget }) => { setSeed(currentTarget.value); setDrawn(null); }} /></label>
        <label class="field"><span>{t("rechecks.cases")}</span><input type="number" required min={1} value={size} onInput={({ currentTarget }) => { setSize(currentTarget.value); setDrawn(null); }} /></label>
        <label class="field"><span>{t("rechecks.from_file")}</span>
          <input type="file" accept=".txt,.csv,text/plain" onChange={({ currentTarget }) => { const [file] = currentTarget.files ?? []; void file?.text().then((read) => { setText(read); setDrawn(null); }); }} />
        </label>
        <label class="field wide"><span>{t("rechecks.numbers", { n: numbers.length })}</span><textarea rows={8} value={text} onInput={({ currentTarget }) => { setText(currentTarget.value); setDrawn(null); }} /></label>
        <div class="office-buttons"><button class="button main" disabled={doing.busy || numbers.length === 0 || !isSecureContext}>{t("rechecks.do_draw")}</button></div>
      </form>
      {doing.error !== null && <Failed error={doing.error} />}
      {drawn && (
        <section aria-live="polite">
          <h2>{t("rechecks.drawn_n", { n: drawn.length, of: numbers.length })}</h2>
          <ol class="rechecks-drawn numbers">{drawn.map((number) => <li key={number}>{number}</li>)}</ol>
        </section>
      )}
      <button type="button" class="plain" onClick={() => speak(language.value === "en" ? "zh-CN" : "en")}>{t("language.other")}</button>
    </main>
  );
}
