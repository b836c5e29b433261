/** One publication: what the public will read, photos and what is blurred in them, approval by another, taking back. */
import { useState } from "preact/hooks";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { approve, fetchPublication, type Publication, withdraw } from "./asking";
import { Blur } from "./blur";
import { mayApprove } from "./index";
import { Picture } from "./picture";

export function One({ id, onDone }: { id: string; onDone: () => void }) {
  const [tick, setTick] = useState(0);
  const [edited, setEdited] = useState<string | null>(null);
  const read = useReading(`openness/one/${id}`, () => fetchPublication(id), { tick });
  const one = read.value;
  if (!one) return read.error === null ? <Waiting shape="rows" /> : <Failed error={read.error} again={read.again} />;
  const shown = one.photos.find((photo) => photo.sha256 === edited);
  if (shown) return <Blur publication={id} photo={shown} onDone={() => { setEdited(null); setTick(tick + 1); }} />;
  return (
    <>
      <p class="openness-text" lang="zh-CN">{one.text}</p>
      <p class="openness-text quiet" lang="en">{one.text_en}</p>
      <p class="quiet">{t("openness.made_of_fields")}</p>
      <h3>{t("openness.photos")}</h3>
      {one.photos.length === 0 && <p class="quiet">{t("openness.no_photos")}</p>}
      <ul class="openness-photos">
        {one.photos.map((photo, n) => (
          <li key={photo.sha256}>
            {photo.confirmed_at
              ? <Picture publication={id} sha256={photo.sha256} blurred version={photo.confirmed_at} alt={t("openness.photo_n", { n: n + 1 })} />
              : <p class="openness-unseen">{t("openness.not_decided")}</p>}
            <p>{t(photo.chosen ? "openness.chosen" : "openness.not_chosen")}</p>
            {one.state === "draft" && <button type="button" class="button" onClick={() => setEdited(photo.sha256)}>{t("openness.decide_n", { n: n + 1 })}</button>}
          </li>
        ))}
      </ul>
      <Settle one={one} onDone={onDone} />
    </>
  );
}

function Settle({ one, onDone }: { one: Publication; onDone: () => void }) {
  const doing = useDoing();
  const [reason, setReason] = useState("");
  if (one.state === "withdrawn" || !mayApprove()) {
    return one.state === "draft" ? <p class="notice">{t("openness.waits")}</p> : null;
  }
  const act = async (ask: () => Promise<unknown>) => (await doing.run(ask)) && onDone();
  const takeBack = (event: SubmitEvent) => {
    event.preventDefault();
    void act(() => withdraw(one.id, reason));
  };
  return (
    <>
      {doing.error !== null && <Failed error={doing.error} />}
      {one.state === "draft" && one.mine && <p class="notice">{t("openness.by_another")}</p>}
      {one.state === "draft" && !one.mine && (
        <div class="office-buttons"><button type="button" class="button main" disabled={doing.busy} onClick={() => void act(() => approve(one.id))}>{t("openness.approve")}</button></div>
      )}
      <form class="office-form" onSubmit={takeBack}>
        <label class="field wide"><span>{t(one.state === "draft" ? "openness.why_drop" : "openness.why_withdraw")}</span>
          <input required maxLength={500} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
        </label>
        <div class="office-buttons"><button class="button" disabled={doing.busy || !reason.trim()}>{t(one.state === "draft" ? "openness.drop" : "openness.withdraw")}</button></div>
      </form>
    </>
  );
}
