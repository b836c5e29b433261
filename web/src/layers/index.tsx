/** Layers: drawing and changing zones on the map, their versions, what past reports would say of them, and strips that are drawn. */
import { useEffect } from "preact/hooks";
import { session } from "../api/client";
import { loadTownships } from "../manager/names";
import { t } from "../words";
import { KINDS, type Kind } from "./asking";
import { changed, job } from "./draft";
import { Edit } from "./edit";
import { Generate } from "./generate";
import { Ground } from "./ground";
import "./layers.css";
import { lookAt } from "./picking";
import { change, type Part, PARTS, query, readAddress } from "./query";
import { Rematch } from "./rematch";
import { saved } from "./saving";
import { Versions } from "./versions";
import { fetchZone } from "./zones";

const PANELS = { edit: Edit, versions: Versions, rematch: Rematch, generate: Generate };

export default function Layers() {
  useEffect(() => {
    readAddress();
    void loadTownships().catch(() => undefined);
    const { kind, code } = query.value;
    // Whoever follows a link to a zone sees where it lies.
    if (code) void fetchZone(kind, code).then((zone) => zone && lookAt(zone.shape), () => undefined);
    const leave = (event: BeforeUnloadEvent) => changed.value && event.preventDefault();
    addEventListener("beforeunload", leave);
    return () => removeEventListener("beforeunload", leave);
  }, []);
  const { kind, part } = query.value;
  const busy = job.value !== null;
  const Panel = PANELS[allowed(part) ? part : "edit"];
  return (
    <>
      <header class="layers-head">
        <h1>{t("layers.title")}</h1>
        <label class="field"><span class="unseen">{t("layers.kind")}</span>
          <select value={kind} disabled={busy} onChange={({ currentTarget }) => { saved.value = null; change({ kind: currentTarget.value as Kind, code: "" }); }}>
            {KINDS.map((one) => <option key={one} value={one}>{t(`layers.kind_${one}`)}</option>)}
          </select>
        </label>
        <div class="office-choice" role="group" aria-label={t("layers.parts")}>
          {PARTS.filter(allowed).map((one) => <button key={one} type="button" aria-pressed={one === part} disabled={busy && one !== part} onClick={() => change({ part: one })}>{t(`layers.part_${one}`)}</button>)}
        </div>
      </header>
      <div class="layers-sides">
        <Ground />
        <div class="layers-beside"><Panel /></div>
      </div>
    </>
  );
}

/** Strips are drawn by the district: they are a whole layer. */
function allowed(part: Part): boolean {
  const user = session.value?.user;
  return part !== "generate" || (["admin", "zone_manager"].includes(user?.role ?? "") && user?.organisation.kind === "district");
}
