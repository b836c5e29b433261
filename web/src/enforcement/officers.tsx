/** Who takes a step: officers with a certificate in force, two at least. */
import { useReading } from "../ui/reading";
import { Failed } from "../ui/failing";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { fetchCertified } from "./asking";

interface Choosing {
  chosen: string[];
  choose: (chosen: string[]) => void;
}

export function Officers({ chosen, choose }: Choosing) {
  const read = useReading("enforcement/certified", fetchCertified);
  const toggle = (id: string, on: boolean) => choose(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return (
    <fieldset class="enforcement-officers wide">
      <legend>{t("enforcing.officers")}</legend>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting />}
      {read.value?.length === 0 && <p class="quiet">{t("enforcing.none_certified")}</p>}
      {read.value?.map(({ account, number }) => (
        <label key={account.id}>
          <input type="checkbox" checked={chosen.includes(account.id)} onChange={({ currentTarget }) => toggle(account.id, currentTarget.checked)} />
          <span>{account.display_name} <span class="quiet numbers">{number}</span></span>
        </label>
      ))}
      {read.value && chosen.length < 2 && <p class="quiet">{t("enforcing.two_wanted")}</p>}
    </fieldset>
  );
}
