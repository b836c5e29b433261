/** How a paper was served by hand, and what proves it. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { putService } from "./asking";
import { newServing, ServeFields, serviceOf } from "./serving";

export function ServeForm({ document, onKept }: { document: string; onKept: () => void }) {
  const [id] = useState(() => crypto.randomUUID());
  const [said, setSaid] = useState(newServing);
  const receipt = useAttaching(1);
  const keeping = useDoing();
  const keep = async () => {
    await putService(document, id, serviceOf(said, receipt.digests[0] ?? null));
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
      <ServeFields said={said} say={(part) => setSaid({ ...said, ...part })} receipt={<Attach of={receipt} label={t("letters.receipt")} />} />
      {keeping.error !== null && <Failed error={keeping.error} />}
      <div class="office-buttons">
        <button type="submit" class="button main" disabled={keeping.busy || receipt.waiting}>{t(keeping.busy ? "letters.keeping" : "letters.keep")}</button>
      </div>
    </form>
  );
}
