/** Forms on the phone: those one may fill in, and one of them, generated from its data, through the queue. */
import { useEffect, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { session } from "../../api/client";
import { Fields } from "../../records/fields";
import { type Answers, type Field, fills, type Form, labelOf, nameOf, useForms, type Value, wanting } from "../../records/forms";
import { Failed } from "../../ui/failing";
import { t } from "../../words";
import { Head, Shots, type Taken, Unsent } from "../checks/parts";
import { Copied } from "../copied";
import { DoorPicker, useDoor } from "../doors/picker";
import "../doors/doors.css";
import { datum, fix, trouble, watch } from "../here";
import { enqueueRecord, type HeldRecord, items } from "../queue";
import "./records.css";

export function RecordsScreen() {
  const read = useForms();
  const mine = read.value?.filter(fills) ?? null;
  const waiting = items.value.filter((item) => item.kind === "record" && item.state !== "kept");
  return (
    <main class="checks">
      <Head back="/officer" title={t("records.title")} />
      <Unsent items={waiting} />
      <Copied read={read} />
      {mine?.length === 0 && <p class="officer-empty">{t("records.none_for_you")}</p>}
      <ul class="officer-list">
        {mine?.map((form) => (
          <li key={form.code}>
            <Link class="officer-row checks-row" href={`/officer/records/${form.code}`}>
              <span class="officer-row-text"><strong>{nameOf(form)}</strong><span class="quiet">{t(`records.about_${form.about}`)}</span></span>
              <span aria-hidden="true">›</span>
            </Link>
          </li>
        ))}
      </ul>
    </main>
  );
}

export function RecordScreen({ params: { code } }: { params: { code: string } }) {
  const read = useForms();
  const form = read.value?.find((one) => one.code === code);
  return (
    <main class="checks officer-report">
      <Head back="/officer/records" title={form ? nameOf(form) : t("records.title")} />
      <Copied read={read} />
      {read.value && !form && <p class="notice" role="status">{t("records.gone")}</p>}
      {form && <Filling key={form.code} form={form} />}
    </main>
  );
}

/** What it is about: the door one stands at, the place, one's township, or what is typed in. */
function useThing(form: Form) {
  const door = useDoor();
  const [typed, setTyped] = useState(form.about === "township" ? (session.value?.user.organisation.code ?? "") : "");
  useEffect(watch, []);
  const at_door = form.about === "zone" && form.zone_kinds.includes("frontage");
  const at = fix.value;
  const position = at && { lon: at.lon, lat: at.lat, datum: datum.value, accuracy_m: Math.round(at.accuracy_m * 10) / 10 };
  const code = at_door ? (door.chosen?.code ?? "") : typed.trim();
  const known = form.about === "place" ? position !== null : code !== "";
  const told: Pick<HeldRecord, "about" | "position"> = {
    ...(form.about === "place" ? {} : { about: { code, zone_kind: at_door ? "frontage" : (form.zone_kinds[0] ?? null), township: null } }),
    ...(position && { position }),
  };
  return { door, at_door, typed, setTyped, known, told, name: form.about === "place" ? "" : (at_door ? (door.chosen?.name ?? "") : code) };
}

function Filling({ form }: { form: Form }) {
  const [, go] = useLocation();
  const thing = useThing(form);
  const [answers, setAnswers] = useState<Answers>({});
  const [photos, setPhotos] = useState<Record<string, Taken[]>>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const left = wanting(form, answers).filter(({ code, type }) => type !== "photos" || !photos[code]?.length);
  const say = (code: string, value: Value | undefined) =>
    setAnswers(({ [code]: _, ...others }) => (value === undefined ? others : { ...others, [code]: value }));

  async function keep(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const record: HeldRecord = { form: form.code, at: new Date().toISOString(), answers: { ...answers }, ...thing.told };
      await enqueueRecord([nameOf(form), thing.name].filter(Boolean).join(" · "), record, photos);
      go("/officer/records");
    } catch (failed) {
      setError(failed);
      setBusy(false);
    }
  }
  return (
    <>
      <About form={form} thing={thing} />
      <section class="officer-part records-fields" aria-label={nameOf(form)}>
        <Fields form={form} answers={answers} say={say} photos={(field: Field) => <Shots photos={photos[field.code] ?? []} setPhotos={(taken) => setPhotos((before) => ({ ...before, [field.code]: taken }))} label={t("checks.take")} />} />
      </section>
      <div class="officer-send">
        {error !== null && <Failed error={error} />}
        {!thing.known && <p class="quiet" role="status">{t(form.about === "place" ? "records.place_wanted" : "records.about_wanted")}</p>}
        {thing.known && left.length > 0 && <p class="quiet" role="status">{t("records.left", { what: left.slice(0, 3).map(labelOf).join("、"), count: left.length })}</p>}
        <button type="button" class="button main" disabled={!thing.known || left.length > 0 || busy} onClick={() => void keep()}>
          {t(busy ? "officer.report.storing" : "checks.keep")}
        </button>
      </div>
    </>
  );
}

function About({ form, thing }: { form: Form; thing: ReturnType<typeof useThing> }) {
  if (thing.at_door) return <DoorPicker door={thing.door} />;
  if (form.about === "place") {
    const at = fix.value;
    return <p class="notice" role="status">{at ? t("records.here", { metres: Math.round(at.accuracy_m) }) : t(trouble.value ? `officer.position.${trouble.value}` : "officer.position.awaited")}</p>;
  }
  return (
    <label class="field officer-part">
      <span>{t(`records.about_${form.about}`)}</span>
      <input maxLength={200} value={thing.typed} onInput={({ currentTarget }) => thing.setTyped(currentTarget.value)} />
    </label>
  );
}
