/** Forms on the phone: those one may fill in, and one of them, generated from its data, through the queue. */
import { Link, useLocation } from "wouter-preact";
import { useDoing } from "../../office/doing";
import { Fields } from "../../records/fields";
import { type Answers, type Field, fills, type Form, labelOf, nameOf, useForms, type Value, wanting } from "../../records/forms";
import { Begun, type Draft, useDraft } from "../../ui/draft";
import { Failed } from "../../ui/failing";
import { t } from "../../words";
import { Head, Shots, type Taken, Unsent } from "../checks/parts";
import { Copied } from "../copied";
import "../doors/doors.css";
import { fix, trouble } from "../here";
import { Picker } from "../places/picker";
import { enqueueRecord, type HeldRecord, items } from "../queue";
import "./records.css";
import { type Thing, useThing } from "./thing";

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
              <span class="officer-row-text"><strong>{nameOf(form)}</strong><span class="quiet">{t(`places.which_${form.about}`)}</span></span>
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

interface Filled {
  answers: Answers;
  photos: Record<string, Taken[]>;
  about: Thing | null;
}

function Filling({ form }: { form: Form }) {
  const draft = useDraft(`record/${form.code}`, (): Filled => ({ answers: {}, photos: {}, about: null }));
  return draft.value && <Sheet form={form} filled={draft.value} draft={draft} />;
}

function Sheet({ form, filled: { answers, photos, about }, draft }: { form: Form; filled: Filled; draft: Draft<Filled> }) {
  const [, go] = useLocation();
  const thing = useThing(form, about, (one) => draft.change({ about: one }));
  const keeping = useDoing();
  const left = wanting(form, answers).filter(({ code, type }) => type !== "photos" || !photos[code]?.length);
  const say = (code: string, value: Value | undefined) => {
    const { [code]: _, ...others } = answers;
    draft.change({ answers: value === undefined ? others : { ...others, [code]: value } });
  };
  const keep = async () => {
    const record: HeldRecord = { form: form.code, at: new Date().toISOString(), answers, ...thing.told };
    await enqueueRecord([nameOf(form), thing.chosen?.name].filter(Boolean).join(" · "), record, photos);
    draft.clear();
    go("/officer/records");
  };
  return (
    <>
      <Begun of={draft} />
      {thing.chosen_here ? <Picker {...thing} /> : <Here />}
      <section class="officer-part records-fields" aria-label={nameOf(form)}>
        <Fields
          form={form}
          answers={answers}
          say={say}
          photos={(field: Field) => <Shots photos={photos[field.code] ?? []} setPhotos={(taken) => draft.change({ photos: { ...photos, [field.code]: taken } })} label={t("checks.take")} />}
        />
      </section>
      <div class="officer-send">
        {keeping.error !== null && <Failed error={keeping.error} />}
        {!thing.known && <p class="quiet" role="status">{t(thing.chosen_here ? "records.about_wanted" : "records.place_wanted")}</p>}
        {thing.known && left.length > 0 && <p class="quiet" role="status">{t("records.left", { what: left.slice(0, 3).map(labelOf).join("、"), count: left.length })}</p>}
        <button type="button" class="button main" disabled={!thing.known || left.length > 0 || keeping.busy} onClick={() => void keeping.run(keep)}>
          {t(keeping.busy ? "officer.report.storing" : "checks.keep")}
        </button>
      </div>
    </>
  );
}

/** Where it is noted: where one is. */
function Here() {
  const at = fix.value;
  return <p class="notice" role="status">{at ? t("records.here", { metres: Math.round(at.accuracy_m) }) : t(trouble.value ? `officer.position.${trouble.value}` : "officer.position.awaited")}</p>;
}
