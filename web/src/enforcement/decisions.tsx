/** What was decided, the newest first, and what it comes to. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { yuan, yuanOrNone } from "../ui/money";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { day, either, t } from "../words";
import { fetchDecisions } from "./asking";

type Decision = Awaited<ReturnType<typeof fetchDecisions>>["items"][number];

export function DecisionsPage() {
  const [older, setOlder] = useState<{ items: Decision[]; next: string | null } | null>(null);
  const more = useDoing();
  const read = useReading("decisions", () => fetchDecisions());
  const items = [...(read.value?.items ?? []), ...(older?.items ?? [])];
  const cursor = older ? older.next : read.value?.next;
  const load = async () => {
    const page = await fetchDecisions(cursor!);
    setOlder({ items: [...(older?.items ?? []), ...page.items], next: page.next });
  };
  const sums = read.value?.sums;
  return (
    <>
      <h1>{sums ? t("enforcement.decided", { n: sums.count, amount: yuan(sums.amount_yuan), waived: yuan(sums.waived_yuan) }) : t("enforcement.decisions")}</h1>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("enforcement.none_decided")}</p>}
      {items.length > 0 && (
        <div class="office-scroll" tabIndex={0} role="region" aria-label={t("enforcement.decisions")}>
          <table class="office-table">
            <thead>
              <tr>
                <th scope="col">{t("enforcing.party")}</th>
                <th scope="col" class="words">{t("enforcement.matter")}</th>
                <th scope="col" class="words">{t("enforcing.outcome")}</th>
                <th scope="col">{t("enforcement.fine")}</th>
                <th scope="col">{t("enforcing.waived")}</th>
                <th scope="col">{t("enforcement.decided_on")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.proceeding}>
                  <th scope="row"><Link href={`/enforcement/${one.proceeding}`}>{one.party_name}</Link></th>
                  <td class="words">{one.item_name ?? one.item}</td>
                  <td class="words">{either(one.outcome_name, one.outcome_name_en)}</td>
                  <td class="numbers">{yuanOrNone(one.amount_yuan)}</td>
                  <td class="numbers">{yuanOrNone(one.waived_yuan)}</td>
                  <td class="numbers">{day(one.decided_at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("enforcement.older")}</button>}
    </>
  );
}
