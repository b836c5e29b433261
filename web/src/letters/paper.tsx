/** One paper as it was made: what it says, what is attached, every attempt to serve it, and the next one noted. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Attached } from "../ui/attached";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Sheet } from "../ui/sheet";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { fetchPaper, type Paper, printPaper, serves } from "./asking";
import { ServeForm } from "./serve";

export function PaperSheet({ of, onClosed, onServed }: { of: Paper; onClosed: () => void; onServed: () => void }) {
  const [tick, setTick] = useState(0);
  const read = useReading(`letters paper ${of.id}`, () => fetchPaper(of.id), { tick });
  const printing = useDoing();
  const one = read.value;
  const said = one?.content["text"];
  const served = () => {
    setTick(tick + 1);
    onServed();
  };
  return (
    <Sheet title={of.title} onClosed={onClosed}>
      {() => (
        <>
          <div class="office-buttons">
            <span class="quiet numbers">{of.code}</span>
            <button type="button" class="button" disabled={printing.busy} onClick={() => void printing.run(() => printPaper(of))}>{t(printing.busy ? "letters.printing" : "letters.print_paper")}</button>
          </div>
          {printing.error !== null && <Failed error={printing.error} />}
          {!one && (read.error !== null ? <Failed error={read.error} again={read.again} /> : <Waiting shape="rows" rows={2} />)}
          {typeof said === "string" && <p class="letters-said">{said}</p>}
          {one && <Attached digests={one.attachments} />}
          {one && <Attempts of={one} />}
          {one && serves() && <details key={one.services.length}><summary>{t("letters.serve")}</summary><ServeForm document={of.id} onKept={served} /></details>}
        </>
      )}
    </Sheet>
  );
}

function Attempts({ of: { services } }: { of: Awaited<ReturnType<typeof fetchPaper>> }) {
  return (
    <section aria-labelledby="letters-attempts">
      <h3 id="letters-attempts">{t("letters.of_paper")}</h3>
      {services.length === 0 && <p class="quiet">{t("letters.state_none")}</p>}
      <ul class="letters-papers">
        {services.map((attempt) => (
          <li key={attempt.id}>
            <b>{either(attempt.how_name, attempt.how_name_en)} · {t(`letters.state_${attempt.outcome ?? "sending"}`)}</b>
            <span class="quiet numbers">{exact(attempt.served_at)} · {attempt.by}</span>
            {attempt.trouble_text && <span>{either(attempt.trouble_text, attempt.trouble_text_en ?? attempt.trouble_text)}</span>}
            {attempt.note && <span>{attempt.note}</span>}
            {attempt.receipt && <Attached digests={[attempt.receipt]} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
