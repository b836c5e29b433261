/** A record filled in at a desk: the form made of its data, what it would score told on the way by the server. */
import { useEffect, useState } from "preact/hooks";
import { useLocation, useSearch } from "wouter-preact";
import { answer, api, Failure } from "../api/client";
import { townships } from "../manager/names";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { Fields } from "./fields";
import { type Answers, fills, type Form, labelOf, nameOf, type RecordOut, type Trial, useForms, type Value, wanting } from "./forms";
import { scoreOf } from "./list";
import { Bars } from "./one";

/** Typing is over after this. */
const TYPED_MS = 400;

export function MakingPage({ code }: { code: string }) {
  const read = useForms();
  const corrects = new URLSearchParams(useSearch()).get("corrects");
  const before = useReading(corrects ? `record/${corrects}` : null, () => answer(api.GET("/api/v1/records/{record_id}", { params: { path: { record_id: corrects! } } })));
  const form = read.value?.find((one) => one.code === code);
  const error = read.error ?? before.error;
  const ready = form && (!corrects || before.value);
  return (
    <>
      <h1>{form ? t(corrects ? "records.correcting" : "records.filling", { name: nameOf(form) }) : t("records.title")}</h1>
      {error !== null && !ready && <Failed error={error} again={read.again} />}
      {!ready && error === null && !(read.value && !form) && <Waiting shape="rows" />}
      {read.value && !form && <p class="office-empty">{t("records.gone")}</p>}
      {ready && !fills(form) && <p class="notice office-refused">{t("office.no_rights")}</p>}
      {ready && fills(form) && <Making form={form} before={before.value} />}
    </>
  );
}

function Making({ form, before }: { form: Form; before: RecordOut | null }) {
  const [, go] = useLocation();
  const [id] = useState(() => crypto.randomUUID());
  const [code, setCode] = useState(before?.about.code ?? "");
  const [at, setAt] = useState(before?.position ?? null);
  const [answers, setAnswers] = useState<Answers>(() => Object.fromEntries(before?.answers.map((one) => [one.code, one.value as Value]) ?? []));
  const [sending, setSending] = useState<Record<string, boolean>>({});
  const trial = useTrial(form, answers);
  const doing = useDoing();
  const say = (field: string, value: Value | undefined) =>
    setAnswers(({ [field]: _, ...others }) => (value === undefined ? others : { ...others, [field]: value }));
  const attach = (field: string) => (digests: string[], waiting: boolean) => {
    say(field, digests.length ? digests : undefined);
    setSending((before) => ({ ...before, [field]: waiting }));
  };
  const left = wanting(form, answers);
  const known = form.about === "place" ? at !== null : code.trim() !== "";
  const wrong = new Map([...faultsOf(trial), ...refused(doing.error)].filter(([field]) => field in answers));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void doing.run(async () => {
      const about = form.about === "place" ? null : { code: code.trim(), zone_kind: before?.about.zone_kind ?? null, township: null };
      const position = at && { lon: at.lon, lat: at.lat, datum: "wgs84" as const, accuracy_m: null };
      const body = { form: form.code, answers: { ...answers }, about, position: form.about === "place" ? position : null, at: before?.at ?? null, corrects: before?.id ?? null };
      await answer(api.PUT("/api/v1/records/{record_id}", { params: { path: { record_id: id } }, body }));
      go(`/records/${id}`);
    });
  };
  return (
    <form class="records-making" onSubmit={submit} noValidate>
      <div class="office-box records-about">
        {form.about === "place" ? <Spot at={at} setAt={setAt} /> : <Code form={form} code={code} setCode={setCode} />}
      </div>
      <Fields form={form} answers={answers} say={say} wrong={wrong} photos={(field) => <PhotosOf label={labelOf(field)} begun={(answers[field.code] as string[] | undefined) ?? []} set={attach(field.code)} max={field.max ?? 9} />} />
      <aside class="office-box records-trial" aria-live="polite">
        {form.score && <h2>{t("records.would_score")} <span class="numbers">{trial && left.length === 0 ? scoreOf(trial) : (trial?.score ?? "—")}</span></h2>}
        {trial && <Bars heads={trial.heads.filter(({ score }) => score !== null)} />}
        {doing.error !== null && <Failed error={doing.error} />}
        {refused(doing.error).filter(([field]) => !(field in answers)).map(([path, message]) => <p key={path} class="fields-wrong">{message}</p>)}
        <div class="office-buttons">
          <button class="button main" disabled={doing.busy || !known || left.length > 0 || Object.values(sending).includes(true)}>{t(doing.busy ? "records.filing" : "records.file")}</button>
          {!known && <p class="quiet">{t(form.about === "place" ? "records.spot_wanted" : "records.about_wanted")}</p>}
          {known && left.length > 0 && <p class="quiet">{t("records.left", { what: left.slice(0, 3).map(labelOf).join("、"), count: left.length })}</p>}
        </div>
      </aside>
    </form>
  );
}

/** What the server says of the answers so far, asked when typing is over. */
function useTrial(form: Form, answers: Answers): Trial | null {
  const [trial, setTrial] = useState<Trial | null>(null);
  const asked = JSON.stringify(answers);
  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      answer(api.POST("/api/v1/records/trial", { body: { form: form.code, at: null, answers: { ...answers } } })).then(
        (told) => !gone && setTrial(told),
        () => !gone && setTrial(null),
      );
    }, TYPED_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [asked]);
  return trial;
}

const faultsOf = (trial: Trial | null): [string, string][] => trial?.errors.map(({ path, message }) => [path.replace("/answers/", ""), message]) ?? [];

/** What the server said of each place of a record that it did not take. */
function refused(error: unknown): [string, string][] {
  const errors = error instanceof Failure ? (error.problem["errors"] as { path: string; message: string }[] | undefined) : undefined;
  return errors?.map(({ path, message }) => [path.replace("/answers/", ""), message]) ?? [];
}

function Code({ form, code, setCode }: { form: Form; code: string; setCode: (code: string) => void }) {
  const label = t(`records.about_${form.about}`);
  if (form.about === "township") {
    return (
      <label class="field"><span>{label}</span>
        <select value={code} onChange={({ currentTarget }) => setCode(currentTarget.value)}>
          <option value="">{t("records.choose")}</option>
          {[...townships.value].map(([one, name]) => <option key={one} value={one}>{name}</option>)}
        </select>
      </label>
    );
  }
  return <label class="field"><span>{label}</span><input maxLength={200} value={code} onInput={({ currentTarget }) => setCode(currentTarget.value)} /></label>;
}

type Place = { lon: number; lat: number };

/** Longitude and latitude as they stand in an address or a list; whoever is there uses the phone. */
function Spot({ at, setAt }: { at: Place | null; setAt: (at: Place | null) => void }) {
  const [text, setText] = useState(at ? `${at.lon}, ${at.lat}` : "");
  const type = (next: string) => {
    setText(next);
    const [lon, lat] = next.split(/[,，\s]+/).map(Number);
    setAt(lon && lat && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null);
  };
  return <label class="field"><span>{t("records.spot")}</span><input inputMode="decimal" placeholder="121.0650, 32.0674" value={text} onInput={({ currentTarget }) => type(currentTarget.value)} /></label>;
}

interface Photos {
  label: string;
  begun: readonly string[];
  max: number;
  set: (digests: string[], waiting: boolean) => void;
}

function PhotosOf({ label, begun, max, set }: Photos) {
  const photos = useAttaching(max, begun);
  const { digests, waiting } = photos;
  useEffect(() => set(digests, waiting), [digests.join(), waiting]);
  return <Attach of={photos} label={label} />;
}
