/** Phones that tell where somebody is on duty: by person, set up with a code that is shown once, taken out of use at once. */
import { useState } from "preact/hooks";
import type { Schema } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, relative, t } from "../words";
import { type Account, type Device, enrol, fetchDevices, revokeDevice } from "./asking";
import { useGrowing } from "./more";

const KINDS = ["app", "owntracks", "osmand", "overland"] as const;

export function Devices() {
  const [tick, setTick] = useState(0);
  const read = useGrowing("people/devices", (cursor) => fetchDevices(null, cursor), tick);
  return (
    <section class="office-part" aria-labelledby="people-devices">
      <header><h2 id="people-devices">{t("people.devices")}</h2></header>
      <p class="quiet">{t("people.devices_help")}</p>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!read.items && read.error === null && <Waiting shape="rows" />}
      {read.items?.length === 0 && <p class="office-empty">{t("people.no_devices")}</p>}
      {read.items && read.items.length > 0 && <Table rows={read.items} named changed={() => setTick((had) => had + 1)} />}
      {read.more && <button type="button" class="plain" disabled={read.fetching.busy} onClick={read.more}>{t("people.more")}</button>}
    </section>
  );
}

/** Those of one person, with setting up another. */
export function DevicesOf({ account }: { account: Account }) {
  const [tick, setTick] = useState(0);
  const [kind, setKind] = useState<Device["kind"]>("owntracks");
  const [made, setMade] = useState<Schema<"EnrolmentOut"> | null>(null);
  const { busy, error, run } = useDoing();
  const read = useReading(`people/devices/${account.id}`, () => fetchDevices(account.id, null), { tick });
  const changed = () => setTick((had) => had + 1);
  const add = async () => (await run(async () => setMade(await enrol(account.id, kind, t(`people.kind_${kind}`))))) && changed();
  return (
    <section class="office-part" aria-labelledby="people-devices-of">
      <header><h3 id="people-devices-of">{t("people.devices")}</h3></header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {read.value?.items.length === 0 && <p class="quiet">{t("people.no_devices")}</p>}
      {read.value && read.value.items.length > 0 && <Table rows={read.value.items} named={false} changed={changed} />}
      {error !== null && <Failed error={error} />}
      <div class="office-buttons people-enrol">
        <label class="field">
          <span>{t("people.kind")}</span>
          <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value as Device["kind"])}>{KINDS.map((one) => <option key={one} value={one}>{t(`people.kind_${one}`)}</option>)}</select>
        </label>
        <button type="button" class="button" disabled={busy || account.disabled_at !== null} onClick={() => void add()}>{t("people.enrol")}</button>
      </div>
      {made && (
        <div class="people-code">
          <img src={`data:image/png;base64,${made.qr_png}`} alt={t("people.device_code", { name: made.device.name })} />
          <p role="status">{t("people.device_scan")}{made.device.expires_at && ` ${t("people.device_until", { when: exact(made.device.expires_at) })}`}</p>
        </div>
      )}
    </section>
  );
}

function Table({ rows, named, changed }: { rows: Device[]; named: boolean; changed: () => void }) {
  const { busy, error, run } = useDoing();
  const revoke = async (id: number) => (await run(() => revokeDevice(id))) && changed();
  return (
    <>
      {error !== null && <Failed error={error} />}
      <div class="office-scroll" tabIndex={0} role="group" aria-label={t("people.devices")}>
        <table class="office-table">
          <thead>
            <tr><th scope="col">{t(named ? "people.name" : "people.device")}</th>{named && <th scope="col" class="words">{t("people.device")}</th>}<th scope="col" class="words">{t("people.state")}</th><th scope="col" class="words">{t("people.heard")}</th><th scope="col"><span class="unseen">{t("people.revoke")}</span></th></tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.id}>
                <th scope="row">{named ? <>{one.account.display_name} <span class="quiet people-user">{one.account.username}</span></> : one.name}</th>
                {named && <td class="words">{one.name} <span class="quiet">{t(`people.kind_${one.kind}`)}</span></td>}
                <td class="words">{t(`people.device_${one.state}`)}</td>
                <td class="words">{one.heard_at ? <time dateTime={one.heard_at} title={exact(one.heard_at)}>{relative(one.heard_at)}</time> : "–"}</td>
                <td>{!one.revoked_at && <button type="button" class="plain" disabled={busy} aria-label={`${t("people.revoke")} ${one.account.display_name} ${one.name}`} onClick={() => void revoke(one.id)}>{t("people.revoke")}</button>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
