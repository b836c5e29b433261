/** The checklist at one door: each question with its answers, and a photo of what is not in order, which opens a case. */
import { useEffect, useState } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";
import { type Spot, Where } from "../../cases/reply";
import { Begun, type Draft, useDraft } from "../../ui/draft";
import { Failed } from "../../ui/failing";
import { day, t } from "../../words";
import { labelOf, noteRecent, quick, useCategories } from "../categories";
import { CategorySheet } from "../category_sheet";
import { Copied } from "../copied";
import { Going } from "../going";
import { enqueue, enqueueLook } from "../queue";
import { type Campaign, unsentDoors, useCampaign } from "./asking";
import { Head, Shots, type ShotSpot, type Taken, Unsent, useShotSpot, wordOf } from "./parts";

type Item = Campaign["checklist"][number];
interface Said {
  ok: boolean;
  answer?: string;
  note: string;
}
interface Place {
  position: { lon: number; lat: number };
}

export function DoorScreen({ params: { id, code } }: { params: { id: string; code: string } }) {
  const zone = decodeURIComponent(code);
  const search = new URLSearchParams(useSearch());
  const [lon, lat] = (search.get("at") ?? "").split(",").map(Number);
  const place = lon && lat ? { position: { lon, lat } } : null;
  const campaign = useCampaign(id);
  const name = search.get("name") ?? zone;
  const waiting = unsentDoors(id).get(zone);
  const one = campaign.value;
  const today = day(Date.now());
  const closed = one && (one.cancelled_because !== null || today < one.from || today > one.to);
  return (
    <main class="checks officer-report">
      <Head back={`/officer/campaigns/${id}`} title={name} />
      <Copied read={campaign} />
      {waiting && <Unsent items={[waiting]} />}
      {place && <Going place={place.position} name={name} />}
      {one && closed && <p class="notice" role="status">{t(one.cancelled_because !== null ? "checks.cancelled" : today < one.from ? "checks.not_yet" : "checks.over", { day: today < one.from ? one.from : one.to })}</p>}
      {one && !closed && <Filling key={zone} campaign={one} zone={zone} name={name} place={place} />}
    </main>
  );
}

interface Filled extends ShotSpot {
  said: Record<string, Said>;
  note: string;
  category: string | null;
}

interface Checking {
  campaign: Campaign;
  zone: string;
  name: string;
  place: Place | null;
}

function Filling(of: Checking) {
  const draft = useDraft(`look/${of.campaign.id}/${of.zone}`, (): Filled => ({ said: {}, note: "", photos: [], category: null, by_hand: false, spot: null }));
  return draft.value && <Form {...of} filled={draft.value} draft={draft} />;
}

function Form({ campaign, zone, name, place, filled, draft }: Checking & { filled: Filled; draft: Draft<Filled> }) {
  const [, go] = useLocation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { said, note, photos, category, by_hand } = filled;
  const spot = useShotSpot(filled, place, draft.change);
  const answered = campaign.checklist.every((item) => item.code in said);
  const failing = Object.values(said).some((one) => !one.ok);
  const photographed = failing && photos.length > 0;
  const ready = answered && (!photographed || (spot !== null && category !== null));

  async function keep(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const report = photographed ? await enqueueReport(zone, name, photos, spot!, category!, note) : null;
      await enqueueLook(t("checks.row_door", { name }), {
        campaign: campaign.id,
        ...(report && { after: report }),
        body: {
          zone,
          looked_at: new Date().toISOString(),
          items: campaign.checklist.map(({ code }) => itemOf(code, said[code]!)),
          note: note.trim(),
          ...(report && { reports: [{ report, role: "baseline" as const }] }),
        },
      });
      draft.clear();
      go(`/officer/campaigns/${campaign.id}`);
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <>
      <Begun of={draft} />
      {campaign.checklist.map((item) => (
        <Question key={item.code} item={item} said={said[item.code]} say={(one) => draft.change({ said: { ...said, [item.code]: one } })} />
      ))}
      {failing && (
        <section class="officer-part" aria-labelledby="checks-photo">
          <h2 id="checks-photo">{t("checks.photo")}</h2>
          <p class="quiet">{t("checks.photo_why")}</p>
          <Shots photos={photos} setPhotos={(taken) => draft.change({ photos: taken })} label={t("checks.take")} />
          {photographed && <CategoryPart chosen={category} choose={(chosen) => draft.change({ category: chosen })} />}
          {photographed && place && <Where spot={spot} one={place} by_hand={by_hand} setByHand={(by) => draft.change({ by_hand: by })} words="checks" />}
        </section>
      )}
      <label class="field officer-part">
        <span>{t("officer.report.note")}</span>
        <textarea rows={2} maxLength={2000} value={note} onInput={({ currentTarget }) => draft.change({ note: currentTarget.value })} />
      </label>
      <div class="officer-send">
        {error !== null && <Failed error={error} />}
        {!answered && <p class="quiet" role="status">{t("checks.left", { count: campaign.checklist.filter((item) => !(item.code in said)).length })}</p>}
        {answered && photographed && !category && <p class="quiet" role="status">{t("checks.category_wanted")}</p>}
        <button type="button" class="button main" disabled={!ready || busy} onClick={() => void keep()}>
          {t(busy ? "officer.report.storing" : "checks.keep")}
        </button>
      </div>
    </>
  );
}

function itemOf(item: string, { ok, answer, note }: Said) {
  return { item, note: ok ? "" : note.trim(), ok: answer === undefined ? ok : null, answer: answer ?? null };
}

function Question({ item, said, say }: { item: Item; said: Said | undefined; say: (said: Said) => void }) {
  const own = item.answers.map((one) => ({ key: one.code, word: wordOf(one), ok: one.ok, answer: { answer: one.code } }));
  const choices = own.length > 0 ? own : ([true, false] as const).map((ok) => ({ key: String(ok), word: t(ok ? "checks.in_order" : "checks.not_in_order"), ok, answer: {} }));
  const chosen = said && (said.answer ?? String(said.ok));
  return (
    <fieldset class="doors-kinds checks-question">
      <legend>{wordOf(item)}</legend>
      {choices.map(({ key, word, ok, answer }) => (
        <label key={key} class="doors-kind">
          <input type="radio" name={item.code} checked={chosen === key} onChange={() => say({ ok, note: said?.note ?? "", ...answer })} />
          <span>{word}</span>
        </label>
      ))}
      {said && !said.ok && (
        <label class="field">
          <span>{t("checks.what")}</span>
          <input maxLength={1000} value={said.note} onInput={({ currentTarget }) => say({ ...said, note: currentTarget.value })} />
        </label>
      )}
    </fieldset>
  );
}

function CategoryPart({ chosen, choose }: { chosen: string | null; choose: (code: string) => void }) {
  const categories = useCategories();
  const [all, setAll] = useState(false);
  const known = categories.value ?? [];
  const near = quick(known).map(({ code }) => code);
  const shown = chosen && !near.includes(chosen) ? [chosen, ...near] : near;
  useEffect(() => {
    if (chosen) noteRecent(chosen);
  }, [chosen]);
  return (
    <div class="officer-chips" role="group" aria-label={t("officer.report.category")}>
      {!categories.value && <Copied read={categories} />}
      {shown.map((code) => <button key={code} type="button" class="officer-chip" aria-pressed={code === chosen} onClick={() => choose(code)}>{labelOf(known, code)}</button>)}
      <button type="button" class="officer-chip" onClick={() => setAll(true)}>{t("officer.report.all_categories")}</button>
      {all && <CategorySheet all={known} chosen={chosen} choose={choose} close={() => setAll(false)} />}
    </div>
  );
}

/** The photo goes first, as a report of its own; its id. */
async function enqueueReport(zone: string, name: string, photos: Taken[], spot: Spot, category: string, note: string): Promise<string> {
  const id = crypto.randomUUID();
  const report = { captured_at: photos[0]!.captured_at, position: spot, category, note: note.trim() || null, zone_hint: { code: zone, how: "picked" as const } };
  await enqueue({ kind: "report", id, title: t("checks.row_photo", { name }), report, photos });
  return id;
}
