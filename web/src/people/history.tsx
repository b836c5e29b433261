/** What was changed, by whom and when; taken back where it can be, with the reason where it cannot. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, maybe, t } from "../words";
import type { Change, Page } from "./asking";
import { bodyName } from "./known";

interface Shown {
  id: string;
  ask: () => Promise<Page<Change>>;
  undo: (version: number) => Promise<unknown>;
  /** Grows with every change made elsewhere on the page. */
  tick: number;
  onUndone: () => void;
}

export function History({ id, ask, undo, tick, onUndone }: Shown) {
  const [own, setOwn] = useState(0);
  const read = useReading(`people/history/${id}`, ask, { tick: tick + own });
  const { busy, error, run } = useDoing();
  const takeBack = async (version: number) => {
    if (!(await run(() => undo(version)))) return;
    setOwn((had) => had + 1);
    onUndone();
  };
  return (
    <section class="office-part" aria-labelledby={`history-${id}`}>
      <header><h3 id={`history-${id}`}>{t("people.history")}</h3></header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      {error !== null && <Failed error={error} />}
      <ol class="people-history">
        {read.value?.items.map((change) => <One key={change.version} change={change} busy={busy} undo={() => void takeBack(change.version)} />)}
      </ol>
      {read.value?.items.length === 0 && <p class="quiet">{t("people.no_history")}</p>}
    </section>
  );
}

function One({ change, busy, undo }: { change: Change; busy: boolean; undo: () => void }) {
  const names = Object.keys(change.after ?? {});
  return (
    <li>
      <p><strong>{maybe(`people.action_${change.action}`) ?? change.action}</strong> <span class="quiet">{change.made_by ? change.made_by.display_name : t("people.operator")} · <time dateTime={change.made_at}>{exact(change.made_at)}</time></span></p>
      {names.length > 0 && (
        <ul>
          {names.map((name) => (
            <li key={name}>
              <span class="quiet">{maybe(`people.fact_${name}`) ?? name}</span> {change.before && <><s>{told(name, change.before[name])}</s> → </>}{told(name, change.after?.[name])}
            </li>
          ))}
        </ul>
      )}
      {change.undo === "possible" ? <button type="button" class="plain" disabled={busy} onClick={undo}>{t("people.undo")}</button> : <p class="quiet">{t(`people.undo_${change.undo}`)}</p>}
    </li>
  );
}

function told(name: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return t("people.nothing");
  if (typeof value === "boolean") return t(value ? "people.yes" : "people.no");
  if (name === "role") return maybe(`role.${String(value)}`) ?? String(value);
  return name === "body" ? bodyName(String(value)) : String(value);
}
