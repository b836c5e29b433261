/** What was photographed, where the server would put it, what it is: three taps from the button to the queue. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import type { Schema } from "../api/client";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { Ask } from "./ask";
import { labelOf, nameOf, noteRecent, quick, useCategories } from "./categories";
import { CategorySheet } from "./category_sheet";
import { DutyItems } from "./duty_items";
import { fix, watch } from "./here";
import { addPhotos, arriveAt, capturedAt, change, discard, door, type Making, making, recover, settle, submit } from "./making";
import { Picture } from "./picture";
import { useAddress } from "./thumb";
import { Where } from "./where";

type Role = Schema<"PhotoIn">["role"];
const ROLES: readonly Role[] = ["scene", "before", "after", "document"];
/** A photo from the gallery older than this was hardly taken where the phone is now. */
const ELSEWHERE_MS = 5 * 60_000;

export function ReportScreen() {
  const [, go] = useLocation();
  useEffect(watch, []);
  useEffect(() => void recover().then(readDoor), []);
  useSignalEffect(() => settle(fix.value));
  const report = making.value;
  return (
    <main class="officer-report">
      <header class="officer-head">
        <Link class="officer-back" href="/officer" aria-label={t("officer.back")}>
          ‹
        </Link>
        <h1>{t("officer.report.title")}</h1>
        {report && (
          <Ask
            label={t("officer.report.discard")}
            text={t("officer.report.discard_ask")}
            act={() => {
              discard();
              go("/officer");
            }}
          />
        )}
      </header>
      {report ? <Confirm report={report} done={() => go("/officer")} /> : <Nothing />}
    </main>
  );
}

/** Opened by the code on a door, it is told of which; a report that was begun is taken to lie there too. */
function readDoor(): void {
  const code = new URLSearchParams(location.search).get("door");
  if (code) arriveAt(code);
}

function Nothing() {
  return (
    <div class="officer-empty">
      <p>{door.value ? t("officer.report.door", { code: door.value }) : t("officer.report.nothing")}</p>
      <Picture class="officer-shoot" from="camera" taken={(files) => addPhotos(files, "camera")}>
        {t("officer.home.shoot")}
      </Picture>
      <Picture class="button" from="gallery" taken={(files) => addPhotos(files, "gallery")}>
        {t("officer.report.gallery")}
      </Picture>
    </div>
  );
}

function Confirm({ report, done }: { report: Making; done: () => void }) {
  const categories = useCategories();
  const [choosing, setChoosing] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const all = categories.value ?? [];
  const shown = quick(all);
  const chosen = all.find((category) => category.code === report.category);
  const missing = !report.spot ? "officer.report.needs_position" : !report.category ? "officer.report.needs_category" : null;
  const elsewhere = report.spot?.source === "device" && report.spot.at - Date.parse(capturedAt(report)) > ELSEWHERE_MS;

  const choose = (category: string) => change({ category, items: null });
  async function send(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const code = report.category ?? "";
      await submit(labelOf(all, code));
      noteRecent(code);
      done();
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <>
      <Photos report={report} />
      {elsewhere && <p class="notice">{t("officer.report.elsewhere")}</p>}
      <Where report={report} />
      <label class="field officer-part">
        <span>{t("officer.report.note")}</span>
        <textarea rows={2} maxLength={1000} value={report.note} onInput={({ currentTarget }) => change({ note: currentTarget.value })} />
      </label>
      <div class="officer-send">
        {categories.error !== null && !categories.value && <Failed error={categories.error} again={categories.again} />}
        <div class="officer-quick" role="group" aria-label={t("officer.report.category")}>
          <button type="button" class="officer-chip" onClick={() => setChoosing(true)}>
            {t("officer.report.all_categories")}
          </button>
          {(chosen && !shown.includes(chosen) ? [chosen, ...shown.slice(0, -1)] : shown).map((category) => (
            <button
              key={category.code}
              type="button"
              class="officer-chip"
              aria-pressed={category.code === report.category}
              onClick={() => choose(category.code)}
            >
              {nameOf(category)}
            </button>
          ))}
        </div>
        {report.category && <DutyItems category={report.category} chosen={report.items ?? null} choose={(items) => change({ items })} />}
        {error !== null && <Failed error={error} />}
        {missing && (
          <p class="officer-aside" role="status">
            {t(missing)}
          </p>
        )}
        <button type="button" class="button main" disabled={missing !== null || busy} onClick={() => void send()}>
          {t(busy ? "officer.report.storing" : "officer.report.send")}
        </button>
      </div>
      {choosing && (
        <CategorySheet
          all={all}
          chosen={report.category}
          choose={choose}
          close={() => setChoosing(false)}
        />
      )}
    </>
  );
}

function Photos({ report }: { report: Making }) {
  const put = (photos: Making["photos"]) => change({ photos });
  return (
    <ul class="officer-photos" aria-label={t("officer.report.photos", { count: report.photos.length })}>
      {report.photos.map((photo, at) => (
        <Photo
          key={photo.captured_at + at}
          photo={photo}
          number={at + 1}
          role={(role) => put(report.photos.map((other, place) => (place === at ? { ...other, role } : other)))}
          {...(report.photos.length > 1 && { drop: () => put(report.photos.filter((_, place) => place !== at)) })}
        />
      ))}
      <li class="officer-more">
        <Picture class="button" from="camera" taken={(files) => addPhotos(files, "camera")}>
          {t("officer.report.camera")}
        </Picture>
        <Picture class="button" from="gallery" taken={(files) => addPhotos(files, "gallery")}>
          {t("officer.report.gallery")}
        </Picture>
      </li>
    </ul>
  );
}

interface Shown {
  photo: Making["photos"][number];
  number: number;
  role: (role: Role) => void;
  drop?: () => void;
}

function Photo({ photo, number, role, drop }: Shown) {
  const address = useAddress(photo.blob);
  return (
    <li class="officer-photo">
      {address && <img src={address} alt={t("officer.report.photo", { number })} />}
      {drop && (
        <button type="button" class="officer-drop" aria-label={t("officer.report.drop", { number })} onClick={drop}>
          ×
        </button>
      )}
      <select aria-label={t("officer.report.role", { number })} value={photo.role} onChange={({ currentTarget }) => role(currentTarget.value as Role)}>
        {ROLES.map((known) => (
          <option key={known} value={known}>
            {t(`officer.role.${known}`)}
          </option>
        ))}
      </select>
    </li>
  );
}
