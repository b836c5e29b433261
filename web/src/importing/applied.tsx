/** An import that is in force: what it did, its zones on the map, and the way back. */
import { useLocation } from "wouter-preact";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { exact, t } from "../words";
import { dayAfter, decisionOf, type Import, sendBefore } from "./asking";
import { Compared } from "./difference";
import { sentFiles } from "./file";
import { addressFor } from "./query";

export function Applied({ one }: { one: Import }) {
  const { valid_from, at, counts, decisions } = one.applied!;
  const [, go] = useLocation();
  const undoing = useDoing();
  const live = valid_from <= today();
  const taken = decisions["accept_all"] ? t("importing.every_repair") : String((decisions["accept"] as string[] | undefined)?.length ?? 0);
  const back = () =>
    undoing.run(async () => {
      const made = await sendBefore(one);
      sentFiles.delete(made.id);
      go(addressFor(made.id, { undoes: one.id }));
    });
  // What the file told as it stands in the layer now.
  const decision = decisionOf({
    valid_from: dayAfter(one), all: decisions["accept_all"] === true, accepted: (decisions["accept"] as string[] | undefined) ?? [], refused: [], gone: "keep", rematch: true, confirm_datum: true,
  });
  return (
    <>
      <div class="notice importing-done" role="status">
        <p><strong>{live ? t("importing.is_live", { day: valid_from }) : t("importing.will_be_live", { day: valid_from })}</strong></p>
        <p>{t("importing.did", { added: counts["new"] ?? 0, changed: counts["changed"] ?? 0, same: counts["unchanged"] ?? 0, gone: counts["gone"] ?? 0 })}</p>
        <p class="quiet"><time dateTime={at}>{exact(at)}</time> · {t("importing.repairs_applied", { n: taken })}</p>
      </div>
      <Compared one={one} decision={decision} only={["unchanged", "changed", "new"]} />
      <section class="importing-box" aria-label={t("importing.undo")}>
        <p>{t("importing.undo_how", { day: dayAfter(one) })}</p>
        {undoing.error !== null && <Failed error={undoing.error} />}
        <div class="office-buttons"><button type="button" class="button grave" disabled={undoing.busy} onClick={() => void back()}>{t("importing.undo")}</button></div>
      </section>
    </>
  );
}
