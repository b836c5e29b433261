/** What is wrong with a file, row by row; of rules that tie, the example the server names, drawn where it lies. */
import type { Failure } from "../api/client";
import { sentence } from "../ui/failing";
import { language, t } from "../words";
import { type Tie, Ties } from "./ties";

interface Fault {
  path: string;
  message: string;
}

/** A path like /rules/3/code: which row of the file that is. */
const ROW = /^\/\w+\/(\d+)(?:\/(.*))?$/;

export function Faults({ failure, csv }: { failure: Failure; csv: boolean }) {
  const errors = (failure.problem["errors"] as Fault[] | undefined) ?? [];
  const ties = (failure.problem["ties"] as Tie[] | undefined) ?? [];
  return (
    <div class="notice bad settings-faults" role="alert">
      <p>{sentence(failure)}</p>
      {errors.length > 0 && (
        <ol>
          {errors.map(({ path, message }, place) => (
            <li key={`${path}/${place}`}><strong>{where(path, csv)}</strong> {inLanguage(message)}</li>
          ))}
        </ol>
      )}
      {ties.length > 0 && <Ties ties={ties} />}
    </div>
  );
}

function where(path: string, csv: boolean): string {
  const found = ROW.exec(path);
  if (!found) return path === "/" ? "" : path;
  const row = Number(found[1]);
  // A CSV has a line with headings, and lines are counted from one.
  return [csv ? t("settings.line", { n: row + 2 }) : t("settings.entry", { n: row + 1 }), found[2] ?? ""].filter(Boolean).join(" · ");
}

/** The server words a fault as "中文 / English" on one line. */
function inLanguage(message: string): string {
  const parts = message.split(" / ");
  if (parts.length !== 2) return message;
  return language.value === "en" ? parts[1]! : parts[0]!;
}
