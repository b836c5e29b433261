import { t } from "../words";

export default function Section() {
  return <h1>{t("office.indicators")}</h1>;
}
