/** A letter that was signed, or refused: who, when, how long it holds, and the photo of the signature. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { Sheet } from "../ui/sheet";
import { day, t } from "../words";
import { printLetters, putAttachment, putLetter } from "./asking";

const YEARS = 1;

function inYears(from: string, years: number): string {
  const [year, rest] = [Number(from.slice(0, 4)) + years, from.slice(4)];
  return `${year}${rest === "-02-29" ? "-03-01" : rest}`;
}

interface Shown {
  of: { subject: string; subject_name: string };
  onClosed: () => void;
  onKept: () => void;
}

export function SignSheet({ of, onClosed, onKept }: Shown) {
  return (
    <Sheet title={t("letters.sign_of", { name: of.subject_name })} onClosed={onClosed}>
      {(close) => (
        <SignForm
          subject={of.subject}
          onKept={() => {
            close();
            onKept();
          }}
        />
      )}
    </Sheet>
  );
}

export function SignForm({ subject, onKept, camera = false }: { subject: string; onKept: () => void; camera?: boolean }) {
  const [id] = useState(() => crypto.randomUUID());
  const [refused, setRefused] = useState(false);
  const [signer, setSigner] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [from, setFrom] = useState(day(Date.now()));
  const [to, setTo] = useState(inYears(from, YEARS));
  const [note, setNote] = useState("");
  const keeping = useDoing();
  const printing = useDoing();
  // The same however often it is sent.
  const [served_at] = useState(() => new Date().toISOString());
  const keep = async () => {
    const photo = file ? await putAttachment(file) : null;
    await putLetter(id, {
      subject,
      zones: null,
      signer: signer.trim(),
      how: refused ? "left" : "in_person",
      outcome: refused ? "refused" : "delivered",
      served_at,
      photo,
      valid_from: from,
      valid_to: to || null,
      note: note.trim(),
    });
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
      <div class="office-choice wide" role="group" aria-label={t("letters.outcome")}>
        {[false, true].map((one) => (
          <button key={String(one)} type="button" aria-pressed={refused === one} onClick={() => setRefused(one)}>{t(one ? "letters.was_refused" : "letters.was_signed")}</button>
        ))}
      </div>
      <label class="field"><span>{t("letters.signer")}</span><input required maxLength={100} value={signer} onInput={({ currentTarget }) => setSigner(currentTarget.value)} /></label>
      <label class="field">
        <span>{t(refused ? "letters.photo_optional" : "letters.photo")}</span>
        <input type="file" accept="image/*,application/pdf" required={!refused} {...(camera && { capture: "environment" })} onChange={({ currentTarget }) => setFile(currentTarget.files?.[0] ?? null)} />
      </label>
      <label class="field"><span>{t("letters.valid_from")}</span><input type="date" required value={from} onInput={({ currentTarget }) => setFrom(currentTarget.value)} /></label>
      <label class="field"><span>{t("letters.valid_to")}</span><input type="date" min={from} value={to} onInput={({ currentTarget }) => setTo(currentTarget.value)} /></label>
      <label class="field wide"><span>{t("letters.note")}</span><textarea rows={2} maxLength={500} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} /></label>
      {keeping.error !== null && <Failed error={keeping.error} />}
      {printing.error !== null && <Failed error={printing.error} />}
      <div class="office-buttons">
        <button type="submit" class="button main" disabled={keeping.busy}>{t(keeping.busy ? "letters.keeping" : "letters.keep")}</button>
        <button type="button" class="plain" disabled={printing.busy} onClick={() => void printing.run(() => printLetters({ subject }))}>{t(printing.busy ? "letters.printing" : "letters.print_one")}</button>
      </div>
    </form>
  );
}
