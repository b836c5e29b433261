/** Closed cases one was asked to look at again: the nearest first, and what was found there with a photo. */
import { useEffect, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { PhotoPair } from "../../cases";
import { categoryName, loadNames } from "../../cases/calls";
import { Where } from "../../cases/reply";
import { useWhole } from "../../cases/whole";
import { Begun, type Draft, useDraft } from "../../ui/draft";
import { Failed } from "../../ui/failing";
import { Waiting } from "../../ui/waiting";
import { exact, relative, t } from "../../words";
import { Copied } from "../copied";
import { distance_m, metres } from "../far";
import { Going } from "../going";
import { ground, watch } from "../here";
import { enqueue, enqueueLook } from "../queue";
import { type Recheck, unsentRecheck, useRechecks } from "./asking";
import { Head, Shots, type ShotSpot, Unsent, useShotSpot } from "./parts";

export function RechecksScreen() {
  const read = useRechecks(true);
  useEffect(watch, []);
  useEffect(loadNames, []);
  const waiting = read.value?.flatMap((one) => unsentRecheck(one.recheck, one.number) ?? []) ?? [];
  const open = read.value?.filter((one) => !unsentRecheck(one.recheck, one.number));
  return (
    <main class="checks">
      <Head back="/officer/tasks" title={t("checks.rechecks")} />
      <Unsent items={waiting} />
      <Copied read={read} />
      {open?.length === 0 && <p class="officer-empty">{t("checks.no_rechecks")}</p>}
      <ul class="officer-list">
        {open?.map((one) => (
          <li key={`${one.recheck}/${one.number}`}>
            <Link class="officer-row checks-row" href={`/officer/rechecks/${one.recheck}/${encodeURIComponent(one.number)}`}>
              <span class="officer-row-text">
                <strong>{categoryName(one.category)}</strong>
                <span class="quiet numbers">{one.number} · <time dateTime={one.closed_at} title={exact(one.closed_at)}>{t("checks.closed", { when: relative(one.closed_at) })}</time></span>
              </span>
              <span class="officer-row-side numbers">{ground.value && <span>{metres(distance_m(ground.value, one.position))}</span>}</span>
            </Link>
          </li>
        ))}
      </ul>
    </main>
  );
}

export function RecheckScreen({ params: { recheck, number } }: { params: { recheck: string; number: string } }) {
  const wanted = decodeURIComponent(number);
  const read = useRechecks(true);
  const one = read.value?.find((task) => task.recheck === recheck && task.number === wanted);
  const waiting = unsentRecheck(recheck, wanted);
  useEffect(loadNames, []);
  return (
    <main class="checks officer-report">
      <Head back="/officer/rechecks" title={one ? categoryName(one.category) : wanted} />
      <Copied read={read} />
      {waiting && <Unsent items={[waiting]} />}
      {read.value && !one && !waiting && <p class="notice" role="status">{t("checks.not_mine")}</p>}
      {one && <Case one={one} />}
      {one && !waiting && <Filling key={wanted} one={one} />}
    </main>
  );
}

function Case({ one }: { one: Recheck }) {
  const { read, error } = useWhole(one.number);
  return (
    <>
      <p class="quiet numbers">{one.number} · {t("checks.closed", { when: relative(one.closed_at) })}</p>
      {read && <PhotoPair reports={read.value.reports} />}
      {!read && (error !== null ? <Failed error={error} /> : <Waiting shape="case" rows={0} />)}
      <Going place={one.position} name={one.number} />
      <Link href={`/officer/tasks/${encodeURIComponent(one.number)}`} class="officer-strip"><span>{t("checks.whole_case")}</span><span aria-hidden="true">›</span></Link>
    </>
  );
}

interface Filled extends ShotSpot {
  passed: boolean | null;
  note: string;
}

function Filling({ one }: { one: Recheck }) {
  const draft = useDraft(`recheck/${one.recheck}/${one.number}`, (): Filled => ({ passed: null, note: "", photos: [], by_hand: false, spot: null }));
  return draft.value && <Form one={one} filled={draft.value} draft={draft} />;
}

function Form({ one, filled, draft }: { one: Recheck; filled: Filled; draft: Draft<Filled> }) {
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { passed, note, photos, by_hand } = filled;
  const spot = useShotSpot(filled, one, draft.change);
  const ready = passed !== null && photos.length > 0 && spot !== null && (passed || note.trim() !== "");
  const wanted = photos.length === 0 ? "checks.photo_wanted" : passed === null ? "checks.verdict_wanted" : !passed && !note.trim() ? "checks.reason_wanted" : null;

  async function keep(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      // How it stands now where it holds; where it does not, what was found anew.
      const report = crypto.randomUUID();
      await enqueue({
        kind: "report",
        id: report,
        title: t("checks.row_photo", { name: one.number }),
        report: { captured_at: photos[0]!.captured_at, position: spot!, category: one.category, case: one.number },
        photos: photos.map((photo) => ({ ...photo, role: passed ? ("after" as const) : ("scene" as const) })),
      });
      await enqueueLook(t("checks.row_recheck", { number: one.number }), {
        recheck: one.recheck,
        number: one.number,
        after: report,
        body: { passed: passed!, note: note.trim(), version: one.version, report },
      });
      draft.clear();
      go("/officer/rechecks");
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <>
      <Begun of={draft} />
      <section class="officer-part" aria-labelledby="checks-photo">
        <h2 id="checks-photo">{t("checks.now")}</h2>
        <Shots photos={photos} setPhotos={(taken) => draft.change({ photos: taken })} label={t("checks.take_now")} main />
        {photos.length > 0 && <Where spot={spot} one={one} by_hand={by_hand} setByHand={(by) => draft.change({ by_hand: by })} />}
      </section>
      <fieldset class="doors-kinds checks-question">
        <legend>{t("checks.verdict")}</legend>
        {[true, false].map((holds) => (
          <label key={String(holds)} class="doors-kind">
            <input type="radio" name="verdict" checked={passed === holds} onChange={() => draft.change({ passed: holds })} />
            <span>{t(holds ? "checks.holds" : "checks.fails")}</span>
          </label>
        ))}
      </fieldset>
      {passed === false && <p class="notice">{t("checks.reopens")}</p>}
      <label class="field officer-part">
        <span>{t(passed === false ? "checks.reason" : "officer.report.note")}</span>
        <textarea rows={2} maxLength={2000} value={note} onInput={({ currentTarget }) => draft.change({ note: currentTarget.value })} />
      </label>
      <div class="officer-send">
        {error !== null && <Failed error={error} />}
        {wanted && <p class="quiet" role="status">{t(wanted)}</p>}
        <button type="button" class="button main" disabled={!ready || busy} onClick={() => void keep()}>{t(busy ? "officer.report.storing" : "checks.keep")}</button>
      </div>
    </>
  );
}
