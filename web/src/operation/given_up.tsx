/** Notices that were given up, newest first, each sent anew by a button of whoever may. */
import { answer, api, type Schema, session } from "../api/client";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { either, exact, relative, t } from "../words";

const ROWS_MAX = 50;
const SENDING: readonly string[] = ["admin"];

export function GivenUp({ tick, changed }: { tick: number; changed: () => void }) {
  const ask = () => answer(api.GET("/api/v1/notices/deliveries", { params: { query: { state: "failed", limit: ROWS_MAX } } }));
  const read = useReading("operation/failed", ask, { tick });
  const again = () => {
    read.again();
    changed();
  };
  if (read.error !== null && !read.value) return <Failed error={read.error} again={read.again} />;
  const rows = read.value?.items ?? [];
  if (rows.length === 0) return null;
  const sending = SENDING.includes(session.value?.user.role ?? "");
  return (
    <div class="operation-given-up">
      {!sending && <p class="quiet">{t("operation.admin_resends")}</p>}
      <div class="office-scroll" tabIndex={0} role="group" aria-label={t("operation.given_up")}>
        <table class="office-table">
          <thead>
            <tr>
              <th scope="col">{t("operation.col_channel")}</th>
              <th scope="col" class="words">{t("operation.col_event")}</th>
              <th scope="col" class="words">{t("operation.col_reason")}</th>
              <th scope="col" class="wide">{t("operation.col_tries")}</th>
              <th scope="col" class="wide">{t("operation.col_made")}</th>
              {sending && <th scope="col"><span class="unseen">{t("operation.resend")}</span></th>}
            </tr>
          </thead>
          <tbody>{rows.map((one) => <One key={one.id} one={one} sending={sending} sent={again} />)}</tbody>
        </table>
      </div>
      {read.value?.next && <p class="quiet">{t("operation.first_rows", { n: rows.length })}</p>}
    </div>
  );
}

function One({ one, sending, sent }: { one: Schema<"DeliveryOut">; sending: boolean; sent: () => void }) {
  const doing = useDoing();
  const resend = async () => {
    const path = { delivery_id: one.id };
    if (await doing.run(() => answer(api.POST("/api/v1/notices/deliveries/{delivery_id}/replay", { params: { path } })))) sent();
  };
  const what = `${either(one.event_name, one.event_name_en)}${one.case ? ` ${one.case}` : ""}`;
  return (
    <tr>
      <th scope="row">{one.channel.name} <span class="quiet">{t(`operation.kind_${one.channel.kind}`)}</span></th>
      <td class="words">
        {either(one.event_name, one.event_name_en)}
        {one.case && <> <a href={`/app/dispatch?case=${one.case}`}>{one.case}</a></>}
      </td>
      <td class="words">
        {one.trouble ? either(one.trouble.text, one.trouble.text_en) : ""}{one.trouble?.status ? ` ${one.trouble.status}` : ""}
        {doing.error !== null && <Failed error={doing.error} />}
      </td>
      <td class="numbers wide">{one.attempts}</td>
      <td class="numbers wide"><time dateTime={one.created_at} title={exact(one.created_at)}>{relative(one.created_at)}</time></td>
      {sending && (
        <td>
          <button type="button" class="button" disabled={doing.busy} aria-label={t("operation.resend_one", { what })} onClick={() => void resend()}>
            {t(doing.busy ? "operation.resending" : "operation.resend")}
          </button>
        </td>
      )}
    </tr>
  );
}
