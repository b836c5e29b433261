/** At a door: whether its letter is signed, and noting one with a photo of the signature. */
import { useState } from "preact/hooks";
import "../office/office.css";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { t } from "../words";
import "../words/office";
import { fetchCoverage } from "./asking";
import { SignForm } from "./sign";
import "./letters.css";

export default function AtDoor({ code }: { code: string }) {
  const [tick, setTick] = useState(0);
  const [open, setOpen] = useState(false);
  const read = useReading(`letters door ${code}`, () => fetchCoverage({ zone: code }), { tick });
  const told = read.value;
  if (read.error !== null && !told) return <Failed error={read.error} again={read.again} />;
  if (!told || told.total === 0) return null;
  const [unsigned] = told.unsigned;
  return (
    <section class="officer-part letters-door" aria-labelledby="letters-door">
      <h2 id="letters-door">{t("letters.title")}</h2>
      <p role="status">{unsigned ? t("letters.door_unsigned", { name: unsigned.subject_name }) : t("letters.door_signed")}</p>
      {unsigned && !open && <button type="button" class="button" onClick={() => setOpen(true)}>{t("letters.sign")}</button>}
      {unsigned && open && (
        <SignForm
          subject={unsigned.subject}
          camera
          onKept={() => {
            setOpen(false);
            setTick(tick + 1);
          }}
        />
      )}
    </section>
  );
}
