/** A roster from a file: tried first, kept when it says what is meant. Nothing is kept of one with a fault. */
import { useRef, useState } from "preact/hooks";
import { Failure, type Schema } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { sendRoster } from "./asking";
import { bodyName } from "./known";

type Tried = Schema<"RosterImportOut">;
const FAULTS_SHOWN = 20;

export function RosterFile({ body, onKept }: { body: string; onKept: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [tried, setTried] = useState<Tried | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const { busy, error, run } = useDoing();
  const choose = (chosen: File | null) => {
    setFile(chosen);
    setTried(null);
    if (chosen) void run(async () => setTried(await sendRoster(chosen, body, true)));
  };
  const keep = async () => {
    if (!file || !(await run(async () => setTried(await sendRoster(file, body, false))))) return;
    setFile(null);
    if (input.current) input.current.value = "";
    onKept();
  };
  return (
    <section class="office-part" aria-labelledby="people-file">
      <header><h2 id="people-file">{t("people.file")}</h2></header>
      <p class="quiet">{t("people.file_help")} <code>day,from,to,officer,team,area</code></p>
      <label class="button people-file">
        <span>{t("people.file_choose")}{file && `：${file.name}`}</span>
        <input ref={input} class="unseen" type="file" accept=".csv,text/csv" onChange={({ currentTarget }) => choose(currentTarget.files?.[0] ?? null)} />
      </label>
      {busy && <p role="status">{t("people.file_reading")}</p>}
      {error !== null && <Faults error={error} />}
      {tried && error === null && (
        <div class="notice" role="status">
          <p class="numbers">{t(tried.dry_run ? "people.file_would" : "people.file_kept", { body: bodyName(tried.body), first: tried.first, last: tried.last, entries: tried.entries, replaced: tried.replaced })}</p>
          {!tried.made && <p>{t("people.file_same")}</p>}
          {tried.dry_run && tried.made && <button type="button" class="button main" disabled={busy} onClick={() => void keep()}>{t("people.file_keep")}</button>}
        </div>
      )}
    </section>
  );
}

/** What a cell of a column has to be, where a file's own words would be the server's. */
const WANTED: Record<string, "people.file_day" | "people.file_clock"> = { day: "people.file_day", from: "people.file_clock", to: "people.file_clock" };
const LINE = /^\/entries\/(\d+)(?:\/(\w+))?/;
interface Fault {
  path: string;
  message: string;
}

function Faults({ error }: { error: unknown }) {
  const all = error instanceof Failure && Array.isArray(error.problem["errors"]) ? (error.problem["errors"] as Fault[]) : [];
  // The first and the last day follow from the lines.
  const lines = all.filter(({ path }) => LINE.test(path));
  const found = lines.length ? lines : all;
  return (
    <>
      <Failed error={error} />
      <ul class="people-faults">
        {found.slice(0, FAULTS_SHOWN).map((one) => <li key={one.path + one.message}><code>{lineOf(one.path)}</code> {wordsOf(one)}</li>)}
      </ul>
      {found.length > FAULTS_SHOWN && <p class="quiet">{t("people.file_more", { n: found.length - FAULTS_SHOWN })}</p>}
    </>
  );
}

function wordsOf({ path, message }: Fault): string {
  const wanted = WANTED[LINE.exec(path)?.[2] ?? ""];
  return wanted ? t(wanted) : message;
}

/** Lines as a spreadsheet counts them: the heading is the first. */
function lineOf(path: string): string {
  const line = LINE.exec(path);
  return line ? t("people.file_line", { n: Number(line[1]) + 2, column: line[2] ?? "" }).trim() : path;
}
