/** The history of a case in people's words: what was done, by whom, when, and what was said. */
import { exact, maybe, relative, t } from "../words";
import { bodies, categoryName, type Entry } from "./calls";
import { now } from "./standing";

const APART_MS = 60_000;

/** Sentences come newest first: what happened last is what is asked for. */
export function Timeline({ entries }: { entries: Entry[] }) {
  return (
    <ol class="case-timeline">
      {[...entries].reverse().map((entry) => (
        <li key={entry.seq}>
          <time dateTime={doneAt(entry)} title={moments(entry)}>{relative(doneAt(entry), Math.max(now.value, Date.parse(entry.recorded_at)))}</time>
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
  const role = entry.actor_role ? (maybe(`role.${entry.actor_role}`) ?? entry.actor_role) : null;
  return [name, role && entry.actor_name ? t("history.by", { role, name: entry.actor_name }) : role].filter(Boolean).join(" · ");
}

/** When it was done, where that is told; else when it was written down. */
function doneAt(entry: Entry): string {
  const at = text(entry, "at");
  return at && !Number.isNaN(Date.parse(at)) ? at : entry.recorded_at;
}

/** Both moments, where they differ by more than it takes to write: what a phone did without network is recorded later. */
function moments(entry: Entry): string {
  const at = doneAt(entry);
  if (Math.abs(Date.parse(at) - Date.parse(entry.recorded_at)) < APART_MS) return exact(at);
  return t("history.done_recorded", { at: exact(at), recorded: exact(entry.recorded_at) });
}

function said(entry: Entry): string[] {
  const lines: string[] = [];
  const body = text(entry, "body");
  if (body) lines.push(t("history.to", { body: bodies.value.get(body) ?? body }));
  lines.push(...ofPractices(entry.body));
  const zone = entry.body["zone"] as { name?: string } | undefined;
  if (zone?.name) lines.push(zone.name);
  if (entry.body["read_as"]) lines.push(t("history.read_as", { datum: String(entry.body["read_as"]).toUpperCase() }));
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

/** What steps of enforcement and entries of court say, of their own case each. */
function ofPractices(body: Entry["body"]): string[] {
  const { matter, officers, said, on, paper, proceeding } = body as PracticeBody;
  const lines: string[] = [];
  if (proceeding) lines.push(t("history.proceeding", { number: proceeding }));
  if (matter) {
    const name = `${maybe(`litigation.kind_${matter.kind}`) ?? matter.kind} ${matter.reference}`;
    lines.push(on ? t("history.happened", { matter: name, on }) : name);
  }
  if (said?.outcome) {
    const fine = said.amount_yuan && said.amount_yuan !== "0.00" ? ` ${t("enforcing.yuan", { amount: said.amount_yuan })}` : "";
    lines.push((maybe(`${matter ? "litigation" : "enforcing"}.outcome_${said.outcome}`) ?? said.outcome) + fine);
  }
  if (said?.how) lines.push(maybe(`enforcing.how_${said.how}`) ?? t("enforcing.how_electronic"));
  if (said?.correction) lines.push(said.correction);
  if (paper) lines.push(paper);
  if (officers?.length) lines.push(t("history.certificates", { numbers: officers.map(({ certificate }) => certificate).join(" · ") }));
  if (said?.attachments?.length) lines.push(t("history.attached", { n: said.attachments.length }));
  return lines;
}

interface PracticeBody {
  proceeding?: string;
  matter?: { kind: string; reference: string };
  on?: string;
  paper?: string | null;
  officers?: { certificate: string }[];
  said?: { outcome?: string; amount_yuan?: string; how?: string; correction?: string; attachments?: string[] };
}

function text(entry: Entry, name: string): string | null {
  const value = entry.body[name];
  return typeof value === "string" && value ? value : null;
}
