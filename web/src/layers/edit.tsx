/** Beside the map: what lies there, the zone that is looked at, or the work that goes on. */
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { relative, t } from "../words";
import { fetchEdits, type EditItem, undoEdit } from "./asking";
import { Card } from "./card";
import { Conflicted } from "./conflicted";
import { job } from "./draft";
import { ZoneList } from "./list";
import { change, query } from "./query";
import { conflict, saved } from "./saving";
import { Work } from "./work";
import { changedZones, edited, editing } from "./zones";

export function Edit() {
  if (conflict.value) return <Conflicted />;
  if (job.value) return <Work key={job.value} />;
  return (
    <>
      <Saved />
      {!editing.value && <p class="notice">{t("layers.only_look")}</p>}
      {editing.value && <p class="notice layers-narrow">{t("layers.narrow")}</p>}
      {query.value.code ? <Card key={`${query.value.kind}/${query.value.code}`} /> : <ZoneList />}
      <Recent />
    </>
  );
}

function Saved() {
  const edit = saved.value;
  if (!edit) return null;
  return (
    <div class="notice layers-saved" role="status">
      <p>{t("layers.saved", { what: t(`layers.action_${edit.action}`), zones: edit.zones.join("、"), day: edit.valid_from })}</p>
      <span class="office-buttons">
        <Undo edit={edit} />
        <button type="button" class="plain" onClick={() => (saved.value = null)}>{t("layers.understood")}</button>
      </span>
    </div>
  );
}

/** What stood before an edit stands again. */
function Undo({ edit }: { edit: Pick<EditItem, "id" | "action" | "zones"> }) {
  const { busy, error, run } = useDoing();
  const undo = () =>
    run(async () => {
      saved.value = await undoEdit(edit.id, t("layers.undo_note", { what: t(`layers.action_${edit.action}`), zones: edit.zones.join("、") }));
      changedZones();
    });
  return (
    <>
      <button type="button" class="plain" disabled={busy} onClick={() => void undo()}>
        {t("layers.undo")}<span class="unseen"> {t(`layers.action_${edit.action}`)} {edit.zones.join("、")}</span>
      </button>
      {error !== null && <Failed error={error} />}
    </>
  );
}

const SHOWN = 5;

function Recent() {
  const { kind } = query.value;
  const read = useReading(`layers.edits/${kind}`, () => fetchEdits(kind), { tick: edited.value });
  const [all, setAll] = useState(false);
  useEffect(() => setAll(false), [kind]);
  const edits = read.value ?? [];
  const undone = new Set(edits.map(({ undoes }) => undoes));
  return (
    <section class="office-part" aria-labelledby="layers-recent">
      <header><h2 id="layers-recent">{t("layers.recent")}</h2></header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={3} />}
      {read.value && !edits.length && <p class="office-empty">{t("layers.no_edits")}</p>}
      <ul class="layers-edits">
        {edits.slice(0, all ? edits.length : SHOWN).map((edit) => (
          <li key={edit.id}>
            <span>
              <strong>{t(`layers.action_${edit.action}`)}</strong>{" "}
              {edit.zones.slice(0, 4).map((code) => <button key={code} type="button" class="plain" onClick={() => change({ code })}>{code}</button>)}
              {edit.zones.length > 4 && ` +${edit.zones.length - 4}`}
            </span>
            <span class="quiet">{edit.note} · {edit.by} · <time dateTime={edit.at}>{relative(edit.at)}</time> · {t("layers.from_day", { day: edit.valid_from })}</span>
            {editing.value && (undone.has(edit.id) ? <span class="quiet">{t("layers.undone")}</span> : <Undo edit={edit} />)}
          </li>
        ))}
      </ul>
      {edits.length > SHOWN && <button type="button" class="plain" aria-expanded={all} onClick={() => setAll(!all)}>{t(all ? "layers.less" : "layers.more", { n: edits.length - SHOWN })}</button>}
    </section>
  );
}
