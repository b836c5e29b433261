/** A new account; what its holder is handed is shown once, and can be printed. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { Sheet } from "../ui/sheet";
import { t } from "../words";
import { createAccount, type Told } from "./asking";
import { AccountFields, type Fields } from "./form";
import { joinable } from "./known";
import { Paper } from "./paper";

export function NewPerson({ onMade, onClosed }: { onMade: () => void; onClosed: () => void }) {
  const [username, setUsername] = useState("");
  const [fields, setFields] = useState<Fields>({ display_name: "", role: "officer", body: joinable()[0]?.code ?? "", team: "" });
  const [told, setTold] = useState<Told | null>(null);
  const { busy, error, run } = useDoing();
  const make = (event: SubmitEvent) => {
    event.preventDefault();
    void run(async () => {
      setTold(await createAccount({ username: username.trim(), ...fields, team: fields.team || null }));
      onMade();
    });
  };
  return (
    <Sheet title={t("people.new")} onClosed={onClosed}>
      {() => told ? <Paper told={told} /> : (
        <form class="office-form" onSubmit={make}>
          <label class="field">
            <span>{t("people.username")}</span>
            <input value={username} required minLength={2} maxLength={64} pattern="[a-z0-9][a-z0-9._\-]+" title={t("people.username_help")} autocapitalize="none" autocomplete="off" spellcheck={false} onInput={({ currentTarget }) => setUsername(currentTarget.value)} />
          </label>
          <AccountFields fields={fields} set={(part) => setFields({ ...fields, ...part })} />
          <p class="quiet wide">{t("people.username_help")}</p>
          {error !== null && <Failed error={error} />}
          <div class="office-buttons"><button class="button main" disabled={busy}>{busy ? t("people.making") : t("people.make")}</button></div>
        </form>
      )}
    </Sheet>
  );
}
