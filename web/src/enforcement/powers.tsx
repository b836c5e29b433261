/** By which powers: delegations in force, and certificates that end soon. */
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { bodies, loadNames } from "../cases";
import { useEffect } from "preact/hooks";
import { fetchDelegations, fetchEnding } from "./asking";

export function PowersPage() {
  useEffect(loadNames, []);
  const delegations = useReading("delegations", fetchDelegations);
  const ending = useReading("certificates-ending", fetchEnding);
  const nameOf = (code: string) => bodies.value.get(code) ?? code;
  return (
    <>
      <h1>{t("enforcement.powers")}</h1>
      <section class="office-part" aria-labelledby="enforcement-ending">
        <header><h2 id="enforcement-ending">{t("enforcement.ending")}</h2></header>
        {ending.error !== null && !ending.value && <Failed error={ending.error} again={ending.again} />}
        {!ending.value && ending.error === null && <Waiting />}
        {ending.value?.length === 0 && <p class="quiet">{t("enforcement.none_ending")}</p>}
        <ul class="enforcement-plain">
          {ending.value?.map((one) => <li key={one.id}>{one.account.display_name} <span class="quiet numbers">{one.number}</span> · {t("enforcement.until", { day: one.last_day ?? "" })} · {one.body.name}</li>)}
        </ul>
      </section>
      <section class="office-part">
        <header><h2>{t("enforcement.delegations")}</h2></header>
        {delegations.error !== null && !delegations.value && <Failed error={delegations.error} again={delegations.again} />}
        {!delegations.value && delegations.error === null && <Waiting shape="rows" />}
        {delegations.value?.length === 0 && <p class="office-empty">{t("enforcement.no_delegations")}</p>}
        {delegations.value && delegations.value.length > 0 && (
          <div class="office-scroll" tabIndex={0} role="region" aria-label={t("enforcement.delegations")}>
            <table class="office-table">
              <thead><tr><th scope="col">{t("enforcing.body")}</th><th scope="col" class="words">{t("enforcement.items")}</th><th scope="col" class="words">{t("enforcement.document")}</th><th scope="col">{t("enforcement.period")}</th></tr></thead>
              <tbody>
                {delegations.value.map((one) => (
                  <tr key={one.code}>
                    <th scope="row">{nameOf(one.body)}</th>
                    <td class="words">{one.items.join(t("enforcement.list_comma"))}</td>
                    <td class="words">{one.document}</td>
                    <td class="numbers">{one.last_day ? `${one.first_day} – ${one.last_day}` : t("enforcement.since", { day: one.first_day })}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
    </>
  );
}
