/** A newer program is here: taken up when the person says so, never under their hands. */
import { signal } from "@preact/signals";
import { registerSW } from "virtual:pwa-register";
import { t } from "../words";

/** An installed page may stay open for weeks. */
const LOOK_AGAIN_MS = 3_600_000;
const newer = signal(false);

const take = registerSW({
  immediate: true,
  onNeedRefresh: () => {
    newer.value = true;
  },
  onRegisteredSW: (_address, registration) => {
    setInterval(() => void registration?.update().catch(() => undefined), LOOK_AGAIN_MS);
  },
});

export function Newer() {
  if (!newer.value) return null;
  return (
    <button type="button" class="button newer" onClick={() => void take(true)}>
      {t("app.reload")}
    </button>
  );
}
