/** Never a spinner without words: the shape of what comes, and after a second what is awaited. */
import { useEffect, useState } from "preact/hooks";
import { t } from "../words";

const SLOW_MS = 1000;
interface Awaited {
  what?: string;
  /** What it will look like; without one only the words stand there. */
  shape?: "rows" | "case";
  rows?: number;
}

export function Waiting({ what = t("wait.loading"), shape, rows = 4 }: Awaited) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={shape ? "awaited" : "waiting"} role="status">
      {shape && <Shape of={shape} rows={rows} />}
      <p class={shape && !slow ? "unseen" : ""}>{what}</p>
      {slow && <p>{t("wait.slow")}</p>}
    </div>
  );
}

function Shape({ of, rows }: { of: "rows" | "case"; rows: number }) {
  return (
    <div class={`blank ${of}`} aria-hidden="true">
      {of === "case" && (
        <>
          <i class="photo" />
          <i class="photo" />
        </>
      )}
      {Array.from({ length: rows }, (_, row) => (
        <div key={row}>
          <i />
          <i />
        </div>
      ))}
    </div>
  );
}
