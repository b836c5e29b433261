/** Matters of court that a case is about. */
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { t } from "../words";
import "../words/office";
import { fetchMatters } from "./asking";
import { Due, standing } from "./index";

export default function OfCase({ number }: { number: string }) {
  const read = useReading(`litigation/case/${number}`, () => fetchMatters({ case: number }));
  if (read.error !== null && !read.value) return <Failed error={read.error} again={read.again} />;
  // Of most cases there is none, and nothing to say.
  if (!read.value?.items.length) return null;
  return (
    <section class="case-block" aria-labelledby="litigation-of-case">
      <h3 id="litigation-of-case">{t("litigation.matters")}</h3>
      <ul class="litigation-entries">
        {read.value.items.map((one) => <li key={one.id}>{t(`litigation.kind_${one.kind}`)} {one.reference} · {standing(one)} {one.next_due_on && <>· {t("litigation.next_due")} <Due on={one.next_due_on} /></>}</li>)}
      </ul>
    </section>
  );
}
