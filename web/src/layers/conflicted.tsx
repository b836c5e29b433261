/** Somebody was first: what they did, both shapes on the map, and the choice between them. Nothing drawn is lost by reading. */
import { useEffect, useRef } from "preact/hooks";
import { exact, t } from "../words";
import { draft } from "./draft";
import { conflict, takeTheirs, tryAgain } from "./saving";

export function Conflicted() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const now = conflict.value;
  if (!now) return null;
  const all = now.zones.length === draft.value?.zones.length;
  return (
    <section class="office-part" aria-labelledby="layers-conflict">
      <header><h2 id="layers-conflict" tabIndex={-1} ref={heading}>{t("layers.conflict")}</h2></header>
      <p>{t("layers.conflict_what")}</p>
      <ul class="layers-edits">
        {now.told.map(({ properties: { code, name, version, valid_to, withdrawn, edit, recorded_at } }) => (
          <li key={code}>
            <span><strong>{code}</strong> {name} · {t("layers.version_n", { n: version })}{(valid_to !== null || withdrawn) && ` · ${t("layers.has_ended")}`}</span>
            <span class="quiet">{edit ? t("layers.changed_by", { who: edit.by, what: t(`layers.action_${edit.action as "draw"}`), why: edit.note, when: exact(edit.at) }) : exact(recorded_at)}</span>
          </li>
        ))}
      </ul>
      <ul class="layers-legend"><li><i class="mine" aria-hidden="true" />{t("layers.mine")}</li><li><i class="theirs" aria-hidden="true" />{t("layers.theirs")}</li></ul>
      {!all && <p class="notice">{t("layers.conflict_gone")}</p>}
      <div class="office-buttons">
        {all && <button type="button" class="button main" onClick={tryAgain}>{t("layers.try_again")}</button>}
        <button type="button" class="button" onClick={takeTheirs}>{t("layers.take_theirs")}</button>
      </div>
    </section>
  );
}
