/** On the page of a subject: its papers and how they were served; where it agreed to be served electronically. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { Attached } from "../ui/attached";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { day, either, exact, t } from "../words";
import { type Consent, fetchConsents, fetchPapers, type Paper, putConsent, serves, withdraw } from "./asking";
import { PaperSheet } from "./paper";
import { SignSheet } from "./sign";
import "./letters.css";

export default function OfSubject({ code }: { code: string }) {
  return (
    <>
      <Papers code={code} />
      {serves() && <Agreed code={code} />}
    </>
  );
}

function Papers({ code }: { code: string }) {
  const [tick, setTick] = useState(0);
  const [signing, setSigning] = useState(false);
  const [open, setOpen] = useState<Paper | null>(null);
  const read = useReading(`letters papers ${code}`, () => fetchPapers(code), { tick });
  const items = read.value?.items ?? [];
  return (
    <section class="office-part" aria-labelledby="letters-papers">
      <header>
        <h2 id="letters-papers" tabIndex={-1}>{t("letters.papers")}</h2>
        {serves() && <button type="button" class="plain" onClick={() => setSigning(true)}>{t("letters.sign")}</button>}
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      {read.value && items.length === 0 && <p class="office-empty">{t("letters.papers_none")}</p>}
      <ul class="letters-papers">{items.map((one) => <PaperRow key={one.id} one={one} open={() => setOpen(one)} />)}</ul>
      {open && <PaperSheet of={open} onClosed={() => setOpen(null)} onServed={() => setTick(tick + 1)} />}
      {signing && <SignSheet of={{ subject: code, subject_name: code }} onClosed={() => setSigning(false)} onKept={() => setTick(tick + 1)} />}
    </section>
  );
}

function PaperRow({ one, open }: { one: Paper; open: () => void }) {
  return (
    <li>
      <button type="button" class="plain" onClick={open}>{one.title}</button>
      <span class="quiet numbers">{one.code} · {either(one.kind_name, one.kind_name_en)} · {exact(one.made_at)}</span>
      <span>
        {t(`letters.state_${one.served ?? "none"}`)}
        {one.valid_from && ` · ${one.valid_to ? t("letters.holds_to", { from: one.valid_from, to: one.valid_to }) : t("letters.holds_from", { from: one.valid_from })}`}
      </span>
    </li>
  );
}

function Agreed({ code }: { code: string }) {
  const [tick, setTick] = useState(0);
  const [open, setOpen] = useState<Consent | "new" | null>(null);
  const read = useReading(`letters consents ${code}`, () => fetchConsents(code), { tick });
  const items = read.value?.items ?? [];
  const done = () => setTick(tick + 1);
  return (
    <section class="office-part" aria-labelledby="letters-consents">
      <header>
        <h2 id="letters-consents" tabIndex={-1}>{t("letters.consents")}</h2>
        <button type="button" class="plain" onClick={() => setOpen("new")}>{t("letters.consent_new")}</button>
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" rows={2} />}
      {read.value && items.length === 0 && <p class="office-empty">{t("letters.consents_none")}</p>}
      {read.value && read.value.gateways.length === 0 && items.length > 0 && <p class="notice">{t("letters.no_gateway")}</p>}
      <ul class="letters-papers">
        {items.map((one) => (
          <li key={one.id}>
            <b>{[one.phone, one.email, one.other].filter(Boolean).join(" · ")}</b>
            <span class="quiet">{one.signer} · {one.valid_to ? t("letters.holds_to", { from: one.valid_from, to: one.valid_to }) : t("letters.holds_from", { from: one.valid_from })}</span>
            <span>{one.withdrawn_at ? t("letters.withdrawn", { on: day(one.withdrawn_at), why: one.withdrawn_reason ?? "" }) : t(one.in_force ? "letters.in_force" : "letters.not_in_force")}</span>
            <Attached digests={[one.form]} />
            {!one.withdrawn_at && <button type="button" class="plain" onClick={() => setOpen(one)}>{t("letters.withdraw")}</button>}
          </li>
        ))}
      </ul>
      {open && (
        <Sheet title={t(open === "new" ? "letters.consent_new" : "letters.withdraw")} onClosed={() => setOpen(null)}>
          {(close) => {
            const kept = () => {
              close();
              done();
            };
            return open === "new" ? <ConsentForm code={code} onKept={kept} /> : <WithdrawForm code={code} consent={open} onKept={kept} />;
          }}
        </Sheet>
      )}
    </section>
  );
}

function ConsentForm({ code, onKept }: { code: string; onKept: () => void }) {
  const [id] = useState(() => crypto.randomUUID());
  const [given, setGiven] = useState({ signer: "", phone: "", email: "", valid_from: day(Date.now()) });
  const form = useAttaching(1);
  const keeping = useDoing();
  const put = (part: Partial<typeof given>) => setGiven({ ...given, ...part });
  const keep = async () => {
    const { signer, phone, email, valid_from } = given;
    await putConsent(code, id, { signer: signer.trim(), phone: phone.trim() || null, email: email.trim() || null, other: null, form: form.digests[0]!, valid_from, valid_to: null });
    onKept();
  };
  return (
    <form
      class="office-form letters-form"
      onSubmit={(event) => {
        event.preventDefault();
        void keeping.run(keep);
      }}
    >
      <label class="field"><span>{t("letters.signer")}</span><input required maxLength={100} value={given.signer} onInput={({ currentTarget }) => put({ signer: currentTarget.value })} /></label>
      <label class="field"><span>{t("letters.valid_from")}</span><input type="date" required value={given.valid_from} onInput={({ currentTarget }) => put({ valid_from: currentTarget.value })} /></label>
      <label class="field"><span>{t("letters.phone")}</span><input type="tel" maxLength={40} required={!given.email} value={given.phone} onInput={({ currentTarget }) => put({ phone: currentTarget.value })} /></label>
      <label class="field"><span>{t("letters.email")}</span><input type="email" maxLength={254} value={given.email} onInput={({ currentTarget }) => put({ email: currentTarget.value })} /></label>
      <Attach of={form} label={t("letters.form")} required />
      {keeping.error !== null && <Failed error={keeping.error} />}
      <div class="office-buttons"><button type="submit" class="button main" disabled={keeping.busy || form.waiting}>{t(keeping.busy ? "letters.keeping" : "letters.keep")}</button></div>
    </form>
  );
}

function WithdrawForm({ code, consent, onKept }: { code: string; consent: Consent; onKept: () => void }) {
  const [reason, setReason] = useState("");
  const keeping = useDoing();
  return (
    <form
      class="office-form letters-form"
      onSubmit={(event) => {
        event.preventDefault();
        void keeping.run(async () => {
          await withdraw(code, consent.id, reason.trim());
          onKept();
        });
      }}
    >
      <label class="field wide"><span>{t("letters.why")}</span><input required maxLength={500} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} /></label>
      {keeping.error !== null && <Failed error={keeping.error} />}
      <div class="office-buttons"><button type="submit" class="button main" disabled={keeping.busy}>{t("letters.withdraw")}</button></div>
    </form>
  );
}
