/** Certificates of officers: who has which, those that end first; administrators enter and withdraw them. */
import { useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { Attached } from "../ui/attached";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { t } from "../words";

type Certificate = Schema<"CertificateOut">;
const LIST = "/api/v1/certificates";
const ROLES = ["handler", "officer", "checker", "reviewer"];
const SOON_DAYS = 60;

const fetchCertificates = async () => (await answer(api.GET(LIST, { params: { query: { limit: 500 } } }))).items;
const fetchHolders = async () =>
  (await answer(api.GET("/api/v1/accounts", { params: { query: { limit: 500, state: "enabled" } } }))).items.filter(({ role }) => ROLES.includes(role));

export function Certificates({ admin }: { admin: boolean }) {
  const [tick, setTick] = useState(0);
  const [entering, setEntering] = useState(false);
  const [ending, setEnding] = useState<Certificate | null>(null);
  const read = useReading("people/certificates", fetchCertificates, { tick });
  const again = () => setTick(tick + 1);
  return (
    <section class="office-part">
      <header>
        <h2>{t("people.certificates")}</h2>
        {admin && <button type="button" class="button main" onClick={() => setEntering(true)}>{t("people.certificate_new")}</button>}
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value?.length === 0 && <p class="office-empty">{t("people.certificates_none")}</p>}
      {read.value && read.value.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="region" aria-label={t("people.certificates")}>
          <table class="office-table">
            <thead>
              <tr>
                <th scope="col">{t("people.name")}</th>
                <th scope="col" class="words">{t("people.certificate_number")}</th>
                <th scope="col" class="words">{t("people.body")}</th>
                <th scope="col">{t("people.certificate_last")}</th>
                {admin && <th scope="col"><span class="unseen">{t("people.certificate_withdraw")}</span></th>}
              </tr>
            </thead>
            <tbody>
              {read.value.map((one) => (
                <tr key={one.id}>
                  <th scope="row">{one.account.display_name}</th>
                  <td class="words">{one.number} <span class="quiet">{t(`people.certificate_${one.kind}`)}</span>{one.photo && <Attached digests={[one.photo]} />}</td>
                  <td class="words">{one.body.name}</td>
                  <td class="numbers">{soon(one) ? <b class="office-bad">{one.last_day}</b> : one.last_day}</td>
                  {admin && <td>{one.in_force && <button type="button" class="plain" onClick={() => setEnding(one)}>{t("people.certificate_withdraw")}</button>}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {entering && <Sheet title={t("people.certificate_new")} onClosed={() => setEntering(false)}>{(close) => <Entering done={() => { close(); again(); }} />}</Sheet>}
      {ending && <Sheet title={t("people.certificate_withdraw")} onClosed={() => setEnding(null)}>{(close) => <Withdrawing of={ending} done={() => { close(); again(); }} />}</Sheet>}
    </section>
  );
}

/** Over, or within the next weeks. */
function soon({ last_day }: Certificate): boolean {
  return last_day !== null && Date.parse(last_day) < Date.now() + SOON_DAYS * 86_400_000;
}

function Entering({ done }: { done: () => void }) {
  const holders = useReading("people/holders", fetchHolders);
  const [said, setSaid] = useState({ account: "", number: "", first_day: "", last_day: "" });
  const photo = useAttaching(1);
  const doing = useDoing();
  const set = (part: Partial<typeof said>) => setSaid({ ...said, ...part });
  const send = async () => {
    await answer(api.POST(LIST, { body: { ...said, kind: "enforcement", photo: photo.digests[0] ?? null } }));
    done();
  };
  return (
    <form class="office-form" onSubmit={(event) => { event.preventDefault(); void doing.run(send); }}>
      {holders.error !== null && !holders.value && <Failed error={holders.error} again={holders.again} />}
      <label class="field wide">
        <span>{t("people.name")}</span>
        <select required value={said.account} onChange={({ currentTarget }) => set({ account: currentTarget.value })}>
          <option value="" disabled />
          {holders.value?.map((one) => <option key={one.id} value={one.id}>{one.display_name} · {one.body.name}</option>)}
        </select>
      </label>
      <label class="field wide"><span>{t("people.certificate_number")}</span><input required maxLength={64} value={said.number} onInput={({ currentTarget }) => set({ number: currentTarget.value })} /></label>
      <label class="field"><span>{t("people.certificate_first")}</span><input type="date" required value={said.first_day} onInput={({ currentTarget }) => set({ first_day: currentTarget.value })} /></label>
      <label class="field"><span>{t("people.certificate_last")}</span><input type="date" required min={said.first_day} value={said.last_day} onInput={({ currentTarget }) => set({ last_day: currentTarget.value })} /></label>
      <Attach of={photo} label={t("people.certificate_photo")} />
      {doing.error !== null && <Failed error={doing.error} />}
      <div class="office-buttons"><button type="submit" class="button main" disabled={doing.busy || photo.waiting}>{t("people.certificate_enter")}</button></div>
    </form>
  );
}

function Withdrawing({ of, done }: { of: Certificate; done: () => void }) {
  const [reason, setReason] = useState("");
  const doing = useDoing();
  const send = async () => {
    await answer(api.POST(`${LIST}/{certificate_id}/withdraw`, { params: { path: { certificate_id: of.id } }, body: { reason } }));
    done();
  };
  return (
    <form class="office-form" onSubmit={(event) => { event.preventDefault(); void doing.run(send); }}>
      <p class="wide">{of.account.display_name} {of.number}</p>
      <label class="field wide"><span>{t("people.certificate_why")}</span><input required maxLength={2000} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} /></label>
      {doing.error !== null && <Failed error={doing.error} />}
      <div class="office-buttons"><button type="submit" class="button main" disabled={doing.busy}>{t("people.certificate_withdraw")}</button></div>
    </form>
  );
}
