/** Personal tokens of somebody: what is good, until when, and ending it. */
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { exact, t } from "../words";
import { fetchTokens, revokeToken } from "./asking";

/** `account` null: one's own. */
export function Tokens({ account, tick, onChanged }: { account: string | null; tick: number; onChanged: () => void }) {
  const read = useReading(`people/tokens/${account ?? "own"}`, () => fetchTokens(account), { tick });
  const { busy, error, run } = useDoing();
  const revoke = async (id: string) => (await run(() => revokeToken(id))) && onChanged();
  return (
    <section class="office-part" aria-labelledby="people-tokens">
      <header><h3 id="people-tokens">{t("people.tokens")}</h3></header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {error !== null && <Failed error={error} />}
      {read.value?.length === 0 && <p class="quiet">{t("people.no_tokens")}</p>}
      <ul class="people-tokens">
        {read.value?.map((one) => (
          <li key={one.id}>
            <p><strong>{one.name}</strong> <span class="quiet">{t(`people.scope_${one.scope}`)} · {t(`people.token_${one.state}`)}</span></p>
            <p class="quiet numbers">{t("people.token_until", { when: exact(one.expires_at) })} · {one.last_used_on ? t("people.token_used", { day: one.last_used_on }) : t("people.token_unused")}</p>
            {one.state === "active" && <button type="button" class="plain" disabled={busy} aria-label={`${t("people.revoke")} ${one.name}`} onClick={() => void revoke(one.id)}>{t("people.revoke")}</button>}
          </li>
        ))}
      </ul>
    </section>
  );
}
