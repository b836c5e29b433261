/** What people complained of in a case, and whether they have been called back; who they are is told to intake alone. */
import { Link } from "wouter-preact";
import { answer, api, session } from "../api/client";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { exact, relative, t } from "../words";

const fetchOfCase = async (number: string) => (await answer(api.GET("/api/v1/cases/{number}/complaints", { params: { path: { number } } }))).items;

export default function ComplaintsOfCase({ number }: { number: string }) {
  const read = useReading(`complaints/case/${number}`, () => fetchOfCase(number));
  if (read.error !== null && !read.value) return <Failed error={read.error} again={read.again} />;
  // Of most cases nobody complained, and nothing is to be said.
  if (!read.value?.length) return null;
  return (
    <section class="case-block" aria-label={t("complaints.title")}>
      <h3>{t("complaints.title")} <span class="numbers">{read.value.length}</span></h3>
      {read.value.map((one) => (
        <p key={one.id}>
          {session.value?.user.role === "intake" ? <Link href={`/complaints/${one.id}`}>{one.text}</Link> : one.text}<br />
          <span class="quiet">{t(`complaints.channel_${one.channel}`)} · <time title={exact(one.received_at)}>{relative(one.received_at)}</time> · {t(`complaints.callback_${one.callback}`)}</span>
        </p>
      ))}
    </section>
  );
}
