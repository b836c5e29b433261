/** Matters of before from a file: looked at first, then taken whole. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { type Imported, send } from "./asking";

export function Import({ onDone }: { onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [source, setSource] = useState("");
  const [told, setTold] = useState<Imported | null>(null);
  const doing = useDoing();
  const look = async () => setTold(await send(file!, source, false));
  const take = async () => {
    await send(file!, source, true);
    onDone();
  };
  const good = told !== null && told.faults.length === 0;
  return (
    <form class="office-form" onSubmit={(event) => { event.preventDefault(); void doing.run(good ? take : look); }}>
      <p class="wide quiet">{t("litigation.import_how")}</p>
      <label class="field"><span>{t("litigation.file")}</span><input type="file" required accept=".csv,text/csv" onChange={({ currentTarget }) => { setFile(currentTarget.files?.[0] ?? null); setTold(null); }} /></label>
      <label class="field"><span>{t("litigation.source")}</span><input required maxLength={500} value={source} onInput={({ currentTarget }) => { setSource(currentTarget.value); setTold(null); }} /></label>
      {told && <p class="wide" role="status">{t("litigation.would", { new: told.new, unchanged: told.unchanged, faults: told.faults.length })}</p>}
      {told && told.faults.length > 0 && <ul class="wide litigation-faults">{told.faults.map((fault, n) => <li key={n}>{t("litigation.line", { n: fault.line })} {fault.message}</li>)}</ul>}
      {doing.error !== null && <div class="wide"><Failed error={doing.error} /></div>}
      <div class="office-buttons"><button class="button main" disabled={!file || doing.busy}>{t(doing.busy ? "litigation.busy" : good ? "litigation.take" : "litigation.look")}</button></div>
    </form>
  );
}
