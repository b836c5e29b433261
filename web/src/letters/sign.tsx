/** A letter that was signed, or refused: who, when, how long it holds, and the photo of the signature. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Attach, useAttaching } from "../ui/attaching";
import { Failed } from "../ui/failing";
import { Sheet } from "../ui/sheet";
import { t } from "../words";
import { printLetters, putLetter } from "./asking";
import { letterOf, newSigning, SignFields } from "./signing";

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

function SignForm({ subject, onKept }: { subject: string; onKept: () => void }) {
  const [id] = useState(() => crypto.randomUUID());
  const [said, setSaid] = useState(newSigning);
  const photo = useAttaching(1);
  const keeping = useDoing();
  const printing = useDoing();
  const keep = async () => {
    await putLetter(id, letterOf(subject, said, photo.digests[0] ?? null));
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
      <SignFields
        said={said}
        say={(part) => setSaid({ ...said, ...part })}
        photo={<Attach of={photo} label={t(said.refused ? "letters.photo_optional" : "letters.photo")} required={!said.refused} />}
      />
      {keeping.error !== null && <Failed error={keeping.error} />}
      {printing.error !== null && <Failed error={printing.error} />}
      <div class="office-buttons">
        <button type="submit" class="button main" disabled={keeping.busy || photo.waiting}>{t(keeping.busy ? "letters.keeping" : "letters.keep")}</button>
        <button type="button" class="plain" disabled={printing.busy} onClick={() => void printing.run(() => printLetters({ subject }))}>{t(printing.busy ? "letters.printing" : "letters.print_one")}</button>
      </div>
    </form>
  );
}
