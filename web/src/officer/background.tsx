/** A page tracks only while it is open: one code sets up an app that goes on in the background. */
import { useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { Failed } from "../ui/failing";
import { exact, t } from "../words";
import { datum } from "./here";

type Enrolment = Schema<"EnrolmentOut">;
const APPS = { owntracks: "OwnTracks", osmand: "Traccar Client" } as const;
type App = keyof typeof APPS;

export function Background() {
  const [made, setMade] = useState<Enrolment | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function enrol(kind: App): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      setMade(await answer(api.POST("/api/v1/devices", { body: { kind, name: APPS[kind], datum: datum.value, account: null } })));
    } catch (failed) {
      setError(failed);
    }
    setBusy(false);
  }
  return (
    <>
      <p class="quiet">{t("officer.background.why")}</p>
      <div class="officer-chips">
        {(Object.keys(APPS) as App[]).map((kind) => (
          <button key={kind} type="button" class="officer-chip" disabled={busy} onClick={() => void enrol(kind)}>
            {APPS[kind]}
          </button>
        ))}
      </div>
      {error !== null && <Failed error={error} />}
      {made && <Code made={made} />}
    </>
  );
}

function Code({ made: { device, qr_png, uri } }: { made: Enrolment }) {
  return (
    <div class="officer-code">
      <img src={`data:image/png;base64,${qr_png}`} alt={t("officer.background.code", { app: device.name })} />
      <p>{t("officer.background.scan", { app: device.name })}</p>
      <a class="button" href={uri}>
        {t("officer.background.here")}
      </a>
      {device.expires_at && <p class="quiet numbers">{t("officer.background.until", { when: exact(device.expires_at) })}</p>}
    </div>
  );
}
