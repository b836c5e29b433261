/** Which township, or the whole district. */
import { townships } from "../manager/names";
import { t } from "../words";

const TOWNSHIP = /^\d{9}$/;

export function Township({ value, choose }: { value: string; choose: (township: string) => void }) {
  const choices = [...townships.value].filter(([code]) => TOWNSHIP.test(code)).sort(([a], [b]) => a.localeCompare(b));
  return (
    <label class="field"><span>{t("manager.township")}</span>
      <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="">{t("manager.whole_district")}</option>
        {choices.map(([code, name]) => <option key={code} value={code}>{name}</option>)}
      </select>
    </label>
  );
}
