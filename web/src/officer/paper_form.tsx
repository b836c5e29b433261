/** A paper filled in at a door and kept on this phone until it is sent: its fields, what they still want, the one button. */
import type { ComponentChildren } from "preact";
import { useDoing } from "../office/doing";
import { Begun, type Draft } from "../ui/draft";
import { Failed } from "../ui/failing";
import { t } from "../words";

interface Shown {
  draft: Pick<Draft<object>, "begun_at" | "clear">;
  keep: () => Promise<unknown>;
  /** What is still wanted, in words; null when it may be kept. */
  wanted?: string | null;
  children: ComponentChildren;
}

export function PaperForm({ draft, keep, wanted = null, children }: Shown) {
  const keeping = useDoing();
  return (
    <form
      class="officer-filling"
      onSubmit={(event) => {
        event.preventDefault();
        void keeping.run(keep);
      }}
    >
      <Begun of={draft} />
      {children}
      {keeping.error !== null && <Failed error={keeping.error} />}
      {wanted && <p class="quiet" role="status">{wanted}</p>}
      <button type="submit" class="button main" disabled={wanted !== null || keeping.busy}>{t(keeping.busy ? "officer.report.storing" : "letters.keep_here")}</button>
    </form>
  );
}
