/** Legal holds: tracks of somebody, or of everybody, stay whatever their age until the hold is lifted, with its reason. */
import { useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { useDoing } from "../office/doing";
import { moved, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { exact, t } from "../words";

type Hold = Schema<"HoldOut">;

export function Holds() {
  const read = useReading("settings/holds", async () => (await answer(api.GET("/api/v1/legal-holds", { params: { query: { limit: 100 } } }))).items);
  const [putting, setPutting] = useState(false);
  const [lifting, setLifting] = useState<Hold | null>(null);
  return (
    <section class="office-part" aria-labelledby="settings-holds">
      <header><h2 id="settings-holds">{t("settings.holds")}</h2><button type="button" class="button" onClick={() => setPutting(true)}>{t("settings.hold_put")}</button></header>
      <p class="quiet">{t("settings.holds_mean")}</p>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {read.value?.length === 0 && <p class="office-empty">{t("settings.holds_none")}</p>}
      <ul class="settings-holds">
        {read.value?.map((one) => (
          <li key={one.id} class="office-box">
            <p><strong>{one.name ?? t("settings.everybody")}</strong> <span class="numbers">{exact(one.from)} – {one.to ? exact(one.to) : t("settings.no_end")}</span></p>
            <p>{one.reason}</p>
            <p class="quiet">{t("settings.hold_by", { who: one.set_by_name, at: exact(one.set_at) })}</p>
            {one.lifted ? <p class="quiet">{t("settings.hold_lifted", { who: one.lifted.by_name, at: exact(one.lifted.at), reason: one.lifted.reason })}</p> : <button type="button" class="plain" onClick={() => setLifting(one)}>{t("settings.hold_lift")}</button>}
          </li>
        ))}
      </ul>
      {putting && <Sheet title={t("settings.hold_put")} onClosed={() => setPutting(false)}>{(close) => <Put done={() => { read.again(); close(); }} />}</Sheet>}
      {lifting && <Sheet title={t("settings.hold_lift")} onClosed={() => setLifting(null)}>{(close) => <Lift hold={lifting} done={() => { read.again(); close(); }} />}</Sheet>}
    </section>
  );
}

/** A day of the district as the moment it begins. */
const midnight = (day: string) => `${day}T00:00:00+08:00`;

function Put({ done }: { done: () => void }) {
  const people = useReading("settings/people", async () => (await answer(api.GET("/api/v1/accounts", { params: { query: { limit: 500 } } }))).items);
  const [id] = useState(() => crypto.randomUUID());
  const [said, setSaid] = useState({ account: "", from: moved(today(), -30), to: "", reason: "" });
  const doing = useDoing();
  const put = (part: Partial<typeof said>) => setSaid({ ...said, ...part });
  const send = () =>
    answer(api.PUT("/api/v1/legal-holds/{hold_id}", {
      params: { path: { hold_id: id } },
      body: { from: midnight(said.from), to: said.to ? midnight(moved(said.to, 1)) : null, account: said.account || null, reason: said.reason },
    }));
  return (
    <form class="office-form" onSubmit={(event) => { event.preventDefault(); void doing.run(send).then((ok) => ok && done()); }}>
      <label class="field"><span>{t("settings.hold_whose")}</span>
        <select value={said.account} onChange={({ currentTarget }) => put({ account: currentTarget.value })}>
          <option value="">{t("settings.everybody")}</option>
          {people.value?.map((one) => <option key={one.id} value={one.id}>{one.display_name} · {one.username}</option>)}
        </select>
      </label>
      <label class="field"><span>{t("settings.from")}</span><input type="date" required value={said.from} onInput={({ currentTarget }) => put({ from: currentTarget.value })} /></label>
      <label class="field"><span>{t("settings.to_or_open")}</span><input type="date" min={said.from} value={said.to} onInput={({ currentTarget }) => put({ to: currentTarget.value })} /></label>
      <Reason value={said.reason} put={(reason) => put({ reason })} />
      <div class="office-buttons"><button class="button main" disabled={doing.busy}>{t("settings.hold_put")}</button></div>
      {doing.error !== null && <Failed error={doing.error} />}
    </form>
  );
}

function Lift({ hold, done }: { hold: Hold; done: () => void }) {
  const [reason, setReason] = useState("");
  const doing = useDoing();
  const send = () => answer(api.POST("/api/v1/legal-holds/{hold_id}/lift", { params: { path: { hold_id: hold.id } }, body: { reason } }));
  return (
    <form class="office-form" onSubmit={(event) => { event.preventDefault(); void doing.run(send).then((ok) => ok && done()); }}>
      <p class="wide">{t("settings.lift_means")}</p>
      <Reason value={reason} put={setReason} />
      <div class="office-buttons"><button class="button main grave" disabled={doing.busy}>{t("settings.hold_lift")}</button></div>
      {doing.error !== null && <Failed error={doing.error} />}
    </form>
  );
}

function Reason({ value, put }: { value: string; put: (reason: string) => void }) {
  return <label class="field wide"><span>{t("settings.reason")}</span><textarea required maxLength={1000} rows={2} value={value} onInput={({ currentTarget }) => put(currentTarget.value)} /></label>;
}
