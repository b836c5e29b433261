/** How anybody draws a sample again: here, on a page that asks nobody, or by a line on any computer. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { save } from "../ui/saving";
import { t } from "../words";
import { fetchNumbers, type Sample } from "./asking";
import { draw, numbersOf } from "./drawing";

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export function Proof({ of }: { of: Sample }) {
  const doing = useDoing();
  const [same, setSame] = useState<boolean | null>(null);
  const again = () =>
    void doing.run(async () => {
      const drawn = await draw(numbersOf(await (await fetchNumbers(of.id)).text()), of.seed, of.drawn);
      setSame(drawn.length === of.cases.length && drawn.every((number, place) => number === of.cases[place]!.number));
    });
  const line = `while read n; do printf '%s %s\\n' "$(printf '%s|%s' ${quoted(of.seed)} "$n" | sha256sum)" "$n"; done < population.txt | sort | head -n ${of.drawn}`;
  return (
    <section class="office-part" aria-labelledby="rechecks-proof">
      <header><h2 id="rechecks-proof">{t("rechecks.proof")}</h2></header>
      <p>{t("rechecks.proof_how")}</p>
      <dl class="office-facts numbers"><dt>{t("rechecks.seed")}</dt><dd><code>{of.seed}</code></dd><dt>{t("rechecks.rule")}</dt><dd><code>{of.rule}</code></dd></dl>
      <div class="office-buttons">
        <button type="button" class="button" disabled={doing.busy || !isSecureContext} onClick={again}>{t("rechecks.again_here")}</button>
        <button type="button" class="button" disabled={doing.busy} onClick={() => void doing.run(async () => save(await fetchNumbers(of.id), "population.txt"))}>{t("rechecks.population_file")}</button>
        <a class="button" href={`/app/draw#${new URLSearchParams({ seed: of.seed, size: String(of.drawn) })}`} target="_blank" rel="noreferrer">{t("rechecks.public_page")}</a>
      </div>
      <p role="status" class={same === false ? "office-bad" : "rechecks-holds"}>{same === null ? "" : t(same ? "rechecks.same" : "rechecks.other", { n: of.drawn })}</p>
      {doing.error !== null && <Failed error={doing.error} />}
      <details><summary>{t("rechecks.by_line")}</summary><pre class="rechecks-line" tabIndex={0}><code>{line}</code></pre></details>
    </section>
  );
}
