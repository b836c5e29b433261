/** A file that was not read: why, what to do about it, and the same file again with what it did not say. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { either, maybe, t } from "../words";
import { type Import, type Options, optionsOf } from "./asking";
import { sentFiles, SendingNow, useSending } from "./file";
import { HowForm } from "./how";
import { PLACE } from "./query";

export function Failing({ one }: { one: Import }) {
  const file = sentFiles.get(one.id);
  const problem = one.problem!;
  const told = problem.detail as { known?: string[]; layers?: string[] };
  const sending = useSending();
  const [options, setOptions] = useState<Options>(optionsOf(one));
  const named = Object.entries(problem.detail).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join("、") : String(value)}`);
  return (
    <>
      <div class="notice bad" role="alert">
        <p><strong>{either(problem.text, problem.text_en)}</strong></p>
        <p>{maybe(`importing.advice_${problem.code}`) ?? t("importing.advice")}</p>
        {named.length > 0 && <p class="quiet importing-detail">{named.join(" · ")}</p>}
      </div>
      {file ? (
        <form
          class="importing-box"
          onSubmit={(event) => {
            event.preventDefault();
            void sending.send(one.kind, file, options);
          }}
        >
          <HowForm options={options} change={setOptions} columns={told.known ?? []} layers={told.layers ?? []} />
          <SendingNow {...sending} />
          <div class="office-buttons"><button class="button main" disabled={sending.share !== null}>{t("importing.send_again")}</button></div>
        </form>
      ) : (
        <p class="notice">{t("importing.not_kept")}</p>
      )}
      <p><Link href={PLACE}>{t("importing.other_file")}</Link></p>
    </>
  );
}
