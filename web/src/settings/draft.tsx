/** A file is chosen or dropped, checked by the server and kept as a draft, or told where it is wrong. */
import { useState } from "preact/hooks";
import { Failure } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { type Key, t } from "../words";
import { documentOf } from "./books";
import { Faults } from "./faults";
import { type Kind, upload } from "./kinds";
import { fileOf } from "./naming";

/** Beyond this the server takes no file of rows anyway. */
const FILE_MAX_BYTES = 8_000_000;

export function Draft({ kind, done }: { kind: Kind; done: (id?: unknown) => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [said, setSaid] = useState<Record<string, string>>({});
  const [over, setOver] = useState(false);
  // A field that is made anew takes the same file again.
  const [sent, setSent] = useState(0);
  const doing = useDoing();
  const csv = file !== null && !file.name.toLowerCase().endsWith(".json");
  const tooLarge = file !== null && file.size > FILE_MAX_BYTES;
  const choose = (chosen: File | null | undefined) => {
    setFile(chosen ?? null);
    setSaid(chosen ? { ...said, name: said["name"] ?? chosen.name.replace(/\.\w+$/, "") } : said);
  };
  const send = async () => {
    const made = await upload(kind, kind.book ? await documentOf(kind.book, file!) : file!, csv, said);
    setFile(null);
    setSent(sent + 1);
    done(made["id"]);
  };
  const refused = doing.error instanceof Failure && (Array.isArray(doing.error.problem["errors"]) || Array.isArray(doing.error.problem["ties"])) ? doing.error : null;
  const accept = kind.formats.map((format) => `.${format}`).join(",");
  return (
    <section class="office-part" aria-labelledby="settings-draft">
      <header><h2 id="settings-draft">{t(kind.drafts ? "settings.draft" : "settings.import")}</h2></header>
      <form
        class={`office-form office-box settings-drop${over ? " over" : ""}`}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => { event.preventDefault(); setOver(false); choose(event.dataTransfer?.files[0]); }}
        onSubmit={(event) => { event.preventDefault(); void doing.run(send); }}
      >
        <label class="wide settings-file">
          <span class="button">{t("settings.choose_file")}</span>
          <span>{file ? file.name : t("settings.file", { formats: kind.formats.join(" / ").toUpperCase() })}</span>
          <input key={sent} type="file" class="unseen" accept={accept} aria-label={t("settings.choose_file")} onChange={({ currentTarget }) => choose(currentTarget.files?.[0])} />
        </label>
        {csv && kind.about.map((name) => (
          <label class="field" key={name}><span>{t(`settings.file_${name}` as Key)}</span>
            <input type={name === "source_date" ? "date" : "text"} required={name !== "source_date" && (name !== "source" || kind.name === "categories")} value={said[name] ?? ""} onInput={({ currentTarget }) => setSaid({ ...said, [name]: currentTarget.value })} />
          </label>
        ))}
        <p class="wide quiet">{fileOf(kind)}</p>
        {tooLarge && <p class="notice bad wide" role="alert">{t("settings.file_large", { mb: FILE_MAX_BYTES / 1_000_000 })}</p>}
        <div class="office-buttons">
          <button class="button main" disabled={!file || tooLarge || doing.busy}>{t(doing.busy ? "settings.sending" : kind.drafts ? "settings.send_draft" : "settings.send_import")}</button>
        </div>
      </form>
      {refused ? <Faults failure={refused} csv={csv} /> : doing.error !== null && <Failed error={doing.error} />}
    </section>
  );
}
