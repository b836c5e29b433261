/** At a door, with network or without: who answers for it, whether their letter is signed, and taking the signature. */
import { useState } from "preact/hooks";
import { Shots, type Taken, Unsent } from "../officer/checks/parts";
import type { Near } from "../officer/doors/fronts";
import { PaperForm } from "../officer/paper_form";
import { enqueuePaper, items } from "../officer/queue";
import { useDraft } from "../ui/draft";
import { day, t } from "../words";
import { letterOf, newSigning, SignFields, type Signing } from "./signing";

export function AtDoor({ front: { door } }: { front: Near }) {
  const [open, setOpen] = useState(false);
  // Of another township's doors, and those nobody is registered for, there is nothing to say.
  if (!door?.subject) return null;
  const { subject, subject_name: name, responsible, signed, refused_at } = door;
  const unsent = items.value.filter(({ state, paper }) => state !== "kept" && paper && "letter" in paper && paper.letter.subject === subject);
  const wanted = !signed && unsent.length === 0;
  return (
    <section class="officer-part" aria-labelledby="letters-door">
      <h2 id="letters-door">{t("letters.title")}</h2>
      {responsible && <p>{t("letters.answers", { name: [name, responsible.name, responsible.capacity].filter(Boolean).join(" · ") })}</p>}
      <Unsent items={unsent} />
      {unsent.length === 0 && <p role="status">{signed ? t("letters.door_signed") : t("letters.door_unsigned", { name: name ?? subject })}</p>}
      {wanted && refused_at && <p class="quiet">{t("letters.refused_on", { on: day(refused_at) })}</p>}
      {wanted && !open && <button type="button" class="button" onClick={() => setOpen(true)}>{t("letters.sign")}</button>}
      {wanted && open && <SignHere subject={subject} name={name ?? subject} />}
    </section>
  );
}

function SignHere({ subject, name }: { subject: string; name: string }) {
  const draft = useDraft(`letter/${subject}`, (): Signing & { photo: Taken | null } => ({ ...newSigning(), photo: null }));
  const said = draft.value;
  if (!said) return null;
  const wanted = !said.signer.trim() ? "letters.signer_wanted" : !said.refused && !said.photo ? "letters.photo_wanted" : null;
  const keep = async () => {
    const served_at = new Date().toISOString();
    const photo = said.photo && { ...said.photo, role: "document" as const };
    const title = t(said.refused ? "letters.row_refused" : "letters.row_letter", { name });
    await enqueuePaper(title, photo, (sha256) => ({ letter: letterOf(subject, { ...said, served_at }, sha256) }));
    draft.clear();
  };
  return (
    <PaperForm draft={draft} keep={keep} wanted={wanted && t(wanted)}>
      <SignFields
        said={said}
        say={draft.change}
        photo={<Shots photos={said.photo ? [said.photo] : []} setPhotos={(all) => draft.change({ photo: all.at(-1) ?? null })} label={t(said.refused ? "letters.take_scene" : "letters.take_signature")} />}
      />
    </PaperForm>
  );
}
