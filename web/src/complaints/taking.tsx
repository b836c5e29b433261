/** Taking one: what was told stays in this browser until it is sent, who told it does not. */
import { useState } from "preact/hooks";
import { Link, useLocation, useSearch } from "wouter-preact";
import { Failure } from "../api/client";
import { useDoing } from "../office/doing";
import { choices, nameOf, useCategories } from "../officer/categories";
import { Begun, useDraft } from "../ui/draft";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { capital, day, t } from "../words";
import { type Complaint, fetchComplaint, type Matter, take } from "./asking";
import { BY_RULE, Going, offered, OWN, useTrial } from "./going";
import { Place } from "./place";
import { CHANNELS } from "./query";

/** The district's hours, as in cases. */
const HOURS = "+08:00";
const NOBODY = { name: "", phone: "", address: "", wishes_callback: false };

interface Told {
  id: string;
  channel: Complaint["channel"];
  external_number: string;
  /** To the minute, in the district's hours. */
  received_at: string;
  text: string;
  category: string;
  spot: { lon: number; lat: number } | null;
  zone: { code: string; name: string } | null;
  address: string;
  to: string;
  force_new: string;
}

function blank(before: Complaint | null): Told {
  return {
    id: crypto.randomUUID(),
    channel: before?.channel ?? "phone_12345",
    external_number: before?.external_number ?? "",
    received_at: minute(before?.received_at ?? Date.now()),
    text: "",
    category: before?.category ?? "",
    spot: before?.position ?? null,
    zone: null,
    address: before?.address ?? "",
    to: BY_RULE,
    force_new: "",
  };
}

function minute(at: string | number): string {
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" });
  return `${day(at)}T${clock.format(new Date(at))}`;
}

export function TakingPage() {
  const corrects = new URLSearchParams(useSearch()).get("corrects");
  const before = useReading(corrects && `complaint/${corrects}`, () => fetchComplaint(corrects!));
  return (
    <>
      <h1>{t(corrects ? "complaints.correcting" : "complaints.take")}</h1>
      {corrects && before.error !== null && !before.value && <Failed error={before.error} again={before.again} />}
      {corrects && !before.value && before.error === null && <Waiting shape="rows" />}
      {(!corrects || before.value) && <Taking before={before.value} />}
    </>
  );
}

function Taking({ before }: { before: Complaint | null }) {
  const draft = useDraft(before ? `complaint/${before.id}` : "complaint", () => blank(before));
  if (!draft.value) return <Waiting shape="rows" />;
  return <Filling before={before} said={draft.value} draft={draft} />;
}

function Filling({ before, said, draft }: { before: Complaint | null; said: Told; draft: ReturnType<typeof useDraft<Told>> }) {
  const [, go] = useLocation();
  const [person, setPerson] = useState(NOBODY);
  const sending = useDoing();
  const matter = matterOf(said);
  const tried = useTrial(matter);
  const { change } = draft;
  const to = before ? BY_RULE : offered(tried.told, said.to);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!matter) return;
    const calls = Object.values(person).some(Boolean);
    void sending.run(async () => {
      await take(said.id, {
        ...matter,
        channel: said.channel,
        external_number: said.external_number.trim() || null,
        text: said.text,
        address: said.address.trim() || null,
        complainant: calls ? { name: person.name.trim() || null, phone: person.phone.trim() || null, address: person.address.trim() || null, wishes_callback: person.wishes_callback } : null,
        case: to === BY_RULE || to === OWN ? null : to,
        force_new: to === OWN ? said.force_new : null,
        corrects: before?.id ?? null,
      });
      draft.clear();
      go(`/complaints/${said.id}`);
    });
  };
  const taken = sending.error instanceof Failure && sending.error.code === "complaint_conflict";
  return (
    <form class="complaints-taking" onSubmit={submit}>
      <Begun of={draft} />
      {before && <p class="notice">{t("complaints.corrects")} <Link href={`/complaints/${before.id}`}>{before.text}</Link></p>}
      <div class="office-sides">
        <div class="complaints-side">
          <Matters said={said} change={change} />
          <Complainant person={person} set={(part) => setPerson({ ...person, ...part })} />
        </div>
        <div class="complaints-side">
          <Place
            at={pointOf(said, tried.told?.match.position ?? null)} name={said.zone?.name ?? null}
            choose={(zone) => change({ zone, spot: null, to: BY_RULE })} point={([lon, lat]) => change({ spot: { lon, lat }, zone: null, to: BY_RULE })}
          />
          <Going of={tried} placed={matter !== null} decided={before !== null} to={to} force_new={said.force_new} change={change} />
        </div>
      </div>
      {sending.error !== null && <Failed error={sending.error} />}
      {taken && <p><Link href={`/complaints/${said.id}`}>{t("complaints.taken_before")}</Link></p>}
      <div class="office-buttons">
        <button class="button main" disabled={sending.busy || !tried.told}>{t(sending.busy ? "complaints.sending" : "complaints.send")}</button>
        {!matter && <p class="quiet">{t("complaints.place_wanted")}</p>}
      </div>
    </form>
  );
}

/** What decides where it goes; null until the place is known. */
function matterOf({ received_at, category, spot, zone }: Told): Matter | null {
  if (!received_at || (!spot && !zone)) return null;
  return { received_at: `${received_at}:00${HOURS}`, category: category || null, position: spot && { lon: spot.lon, lat: spot.lat, datum: "wgs84", accuracy_m: null }, zone: zone?.code ?? null };
}

function pointOf({ spot, zone }: Told, told: { lon: number; lat: number } | null): [number, number] | null {
  const at = spot ?? (zone && told);
  return at && [at.lon, at.lat];
}

function Matters({ said, change }: { said: Told; change: (part: Partial<Told>) => void }) {
  const categories = useCategories();
  return (
    <section class="office-part" aria-labelledby="complaints-matter">
      <header><h2 id="complaints-matter">{t("complaints.matter")}</h2></header>
      <div class="office-form">
        <label class="field"><span>{t("complaints.channel")}</span>
          <select value={said.channel} onChange={({ currentTarget }) => change({ channel: currentTarget.value as Told["channel"] })}>
            {CHANNELS.map((one) => <option key={one} value={one}>{capital(t(`complaints.channel_${one}`))}</option>)}
          </select>
        </label>
        <label class="field"><span>{t("complaints.external_number")} {t("records.optional")}</span>
          <input maxLength={64} value={said.external_number} onInput={({ currentTarget }) => change({ external_number: currentTarget.value })} />
        </label>
        <label class="field"><span>{t("complaints.received")}</span>
          <input type="datetime-local" required value={said.received_at} onChange={({ currentTarget }) => change({ received_at: currentTarget.value })} />
        </label>
        <label class="field"><span>{t("complaints.category")}</span>
          <select value={said.category} onChange={({ currentTarget }) => change({ category: currentTarget.value, to: BY_RULE })}>
            <option value="">{t("complaints.unsorted")}</option>
            {choices(categories.value ?? []).map((one) => <option key={one.code} value={one.code}>{nameOf(one)}</option>)}
          </select>
        </label>
        <label class="field wide"><span>{t("complaints.text")}</span>
          <textarea rows={5} required maxLength={4000} value={said.text} onInput={({ currentTarget }) => change({ text: currentTarget.value })} />
        </label>
        <label class="field wide"><span>{t("complaints.address")} {t("records.optional")}</span>
          <input maxLength={200} value={said.address} onInput={({ currentTarget }) => change({ address: currentTarget.value })} />
        </label>
      </div>
    </section>
  );
}

function Complainant({ person, set }: { person: typeof NOBODY; set: (part: Partial<typeof NOBODY>) => void }) {
  return (
    <section class="office-part" aria-labelledby="complaints-person">
      <header><h2 id="complaints-person">{t("complaints.person")}</h2></header>
      <p class="quiet">{t("complaints.person_kept")}</p>
      <div class="office-form">
        <label class="field"><span>{t("complaints.name")} {t("records.optional")}</span>
          <input autocomplete="off" maxLength={100} value={person.name} onInput={({ currentTarget }) => set({ name: currentTarget.value })} />
        </label>
        <label class="field"><span>{t("complaints.phone")} {t("records.optional")}</span>
          <input type="tel" autocomplete="off" pattern="[0-9+\(\) \-]{3,40}" required={person.wishes_callback} value={person.phone} onInput={({ currentTarget }) => set({ phone: currentTarget.value })} />
        </label>
        <label class="field wide"><span>{t("complaints.home")} {t("records.optional")}</span>
          <input autocomplete="off" maxLength={200} value={person.address} onInput={({ currentTarget }) => set({ address: currentTarget.value })} />
        </label>
        <label class="wide complaints-tick">
          <input type="checkbox" checked={person.wishes_callback} onChange={({ currentTarget }) => set({ wishes_callback: currentTarget.checked })} /> {t("complaints.wishes_callback")}
        </label>
      </div>
    </section>
  );
}
