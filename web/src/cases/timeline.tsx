/** The history of a case in people's words: what was done, by which role, when, and what was said. */
import { exact, maybe, relative, t } from "../words";
import { bodies, categoryName, type Entry } from "./calls";
import { now } from "./standing";

/** Sentences come newest first: what happened last is what is asked for. */
export function Timeline({ entries }: { entries: Entry[] }) {
  return (
    <ol class="case-timeline">
      {[...entries].reverse().map((entry) => (
        <li key={entry.seq}>
          <time dateTime={entry.recorded_at} title={exact(entry.recorded_at)}>{relative(entry.recorded_at, Math.max(now.value, Date.parse(entry.recorded_at)))}</time>
          <div>
            <p>{headline(entry)}</p>
            {said(entry).map((line) => <p class="quiet" key={line}>{line}</p>)}
          </div>
        </li>
      ))}
    </ol>
  );
}

export function headline(entry: Entry): string {
  const name = maybe(`history.${entry.action}`) ?? entry.action;
  const role = text(entry, "actor_role");
  return role ? `${name} · ${maybe(`role.${role}`) ?? role}` : name;
}

function said(entry: Entry): string[] {
  const lines: string[] = [];
  const body = text(entry, "body");
  if (body) lines.push(t("history.to", { body: bodies.value.get(body) ?? body }));
  const category = text(entry, "category");
  if (category && entry.action !== "report.received") lines.push(t("history.category", { category: categoryName(category) }));
  const department = text(entry, "department");
  if (department) lines.push(t("history.to", { body: department }));
  for (const name of ["into", "merged", "parent"]) {
    const number = text(entry, name);
    if (number) lines.push(t("history.other_case", { number }));
  }
  // Of other entries it is a code, told where it belongs.
  const reason = entry.action.startsWith("case.") ? text(entry, "reason") : null;
  if (reason) lines.push(t("history.reason", { reason }));
  const note = text(entry, "note");
  if (note) lines.push(`“${note}”`);
  return lines;
}

function text(entry: Entry, name: string): string | null {
  const value = entry.body[name];
  return typeof value === "string" && value ? value : null;
}
