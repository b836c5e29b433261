/** How one subject stands, and its ledger with the running score; points by hand are entered here. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { useDoing } from "../office/doing";
import { bytesOf } from "../ui/attached";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { save } from "../ui/saving";
import { Waiting } from "../ui/waiting";
import { either, exact, t } from "../words";
import { fetchSubject, type SubjectRating } from "./asking";
import { ByHand, mayEnter } from "./by_hand";
import { Colour } from "./names";
import "./ratings.css";

export function Ledger({ code }: { code: string }) {
  const [tick, setTick] = useState(0);
  const read = useReading(`ratings/subject/${code}`, () => fetchSubject(code), { tick });
  if (!read.value) return read.error !== null ? <Failed error={read.error} again={read.again} /> : <Waiting shape="rows" />;
  const one = read.value;
  if (!one.rules) return <p class="office-empty">{t("ratings.no_rules")}</p>;
  return (
    <div class="ratings-ledger">
      <p class="ratings-score"><strong class="numbers">{one.score}</strong> <Colour of={one.colour} /> {one.stars && <span>{t("ratings.five_star", { n: one.good_months })}</span>}</p>
      <p class="quiet numbers">{t("ratings.made_of", { base: one.base!, plus: one.plus!, minus: one.minus! })}</p>
      {!one.chain_whole && <p class="notice bad" role="alert">{t("ratings.chain_broken")}</p>}
      {mayEnter() && <ByHand code={one.subject.code} done={() => setTick(tick + 1)} />}
      {one.ledger.length === 0 && <p class="office-empty">{t("ratings.no_entries")}</p>}
      <Entries of={one} />
    </div>
  );
}

function Entries({ of }: { of: SubjectRating }) {
  return (
    <ol class="ratings-entries">
      {[...of.ledger].reverse().map((one) => (
        <li key={one.id} class={one.voided ? "voided" : ""}>
          <p>
            <strong>{one.name ? either(one.name, one.name_en ?? one.name) : either(one.action_name, one.action_name_en)}</strong>
            {one.points && <span class="numbers"> {one.action.endsWith("plus") ? "+" : "−"}{one.points}{one.left !== one.points && !one.voided && ` (${t("ratings.left", { left: one.left ?? "0" })})`}</span>}
            {one.score && <span class="ratings-after numbers">{one.score}</span>}
          </p>
          {one.voided && <p class="quiet">{t("ratings.voided")}</p>}
          {(one.reason || one.case) && <p>{[one.case, one.reason].filter(Boolean).join(" · ")}</p>}
          {one.record && <p><Link href={`/records/${one.record}`}>{t("ratings.record")}</Link></p>}
          {one.attachments.length > 0 && <Evidence digests={one.attachments} />}
          <p class="quiet numbers">{[one.on, one.by ?? t("ratings.by_itself"), exact(one.recorded_at)].filter(Boolean).join(" · ")}</p>
        </li>
      ))}
    </ol>
  );
}

/** What was sent with an entry, to be kept as a file. */
function Evidence({ digests }: { digests: string[] }) {
  const doing = useDoing();
  const take = async (sha256: string, name: string) => {
    const bytes = await bytesOf(sha256);
    save(bytes, `${name}.${bytes.type.split("/")[1]}`);
  };
  return (
    <>
      <p>
        {digests.map((sha256, place) => {
          const name = t("ratings.evidence_n", { n: place + 1 });
          return <button key={sha256} type="button" class="plain" disabled={doing.busy} onClick={() => void doing.run(() => take(sha256, name))}>{name}</button>;
        })}
      </p>
      {doing.error !== null && <Failed error={doing.error} />}
    </>
  );
}
