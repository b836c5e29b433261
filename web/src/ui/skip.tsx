/** The first stop of whoever goes by keyboard: past what stands on every page. */
import { t } from "../words";
import { take } from "./focus";

export function Skip() {
  return (
    <button type="button" class="button skip" onClick={() => take(document.querySelector("main"))}>
      {t("app.skip")}
    </button>
  );
}
