/** How a subject is rated, on its own page: the score, and the ledger it comes from. */
import "../words/office";
import { t } from "../words";
import { Ledger } from "./ledger";

export default function RatingOfSubject({ code }: { code: string }) {
  return (
    <section class="office-part" aria-labelledby="ratings-of-subject">
      <header><h2 id="ratings-of-subject">{t("office.ratings")}</h2></header>
      <Ledger code={code} />
    </section>
  );
}
