/** Never a spinner without words: after a second it says what is awaited. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../words";

const SLOW_MS = 1000;

export function Waiting({ what = t("wait.loading") }: { what?: string }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="waiting" role="status">
      <p>{what}</p>
      {slow && <p>{t("wait.slow")}</p>}
    </div>
  );
}
