/** What is enforced on a case, and its beginning: an ordinary proceeding, or a small one decided on the spot. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { session } from "../api/client";
import { useDoing } from "../office/doing";
import { useOnline } from "../officer/online";
import { Attach, useAttaching } from "../ui/attaching";
import { Begun, useDraft } from "../ui/draft";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, t } from "../words";
import { atDesk, decideOnSpot, enforces, fetchPrefill, fetchProceeding, fetchProceedings, openProceeding, type Prefill, type Proceeding } from "./asking";
import "./enforcement.css";
import { Officers } from "./officers";
import { Choices } from "./one";
import { FILES_MAX } from "./step_form";

export default function OfCase({ number }: { number: string }) {
  const [tick, setTick] = useState(0);
  const [open, setOpen] = useState<"spot" | "ordinary" | null>(null);
  const read = useReading(`proceedings-of/${number}`, () => fetchProceedings({ case: number }), { tick });
  const done = () => {
    setOpen(null);
    setTick((before) => before + 1);
  };
  return (
    <section class="case-block enforcement-of-case" aria-label={t("enforcing.title")}>
      <h3>{t("enforcing.title")}</h3>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting />}
      {read.value?.items.length === 0 && <p class="quiet">{t("enforcing.none")}</p>}
      {read.value?.items.map((one) => <One key={one.number} number={one.number} tick={tick} done={done} />)}
      {enforces() && read.value && open === null && (
        <div class="enforcement-buttons">
          <button type="button" class="button" onClick={() => setOpen("spot")}>{t("enforcing.spot")}</button>
          <button type="button" class="button" onClick={() => setOpen("ordinary")}>{t("enforcing.file")}</button>
        </div>
      )}
      {open && <Begin number={number} spot={open === "spot"} close={() => setOpen(null)} done={done} />}
    </section>
  );
}

function One({ number, tick, done }: { number: string; tick: number; done: () => void }) {
  const read = useReading(`proceeding/${number}`, () => fetchProceeding(number), { tick });
  const one: Proceeding | null = read.value;
  return (
    <article class="enforcement-one">
      <p>
        <b>{one ? either(one.state_name, one.state_name_en) : number}</b> {atDesk() ? <Link class="numbers" href={`/enforcement/${number}`}>{number}</Link> : <span class="quiet numbers">{number}</span>}
      </p>
      {one && <p>{one.party.name} · {one.item && either(one.item.name, one.item.name_en)}{one.amount_yuan && one.amount_yuan !== "0.00" && <> · <span class="numbers">{t("enforcing.yuan", { amount: one.amount_yuan })}</span></>}</p>}
      {read.error !== null && !one && <Failed error={read.error} again={read.again} />}
      {one && <Choices of={one} done={done} />}
    </article>
  );
}

interface Beginning {
  number: string;
  spot: boolean;
  close: () => void;
  done: () => void;
}

function Begin({ number, spot, close, done }: Beginning) {
  const read = useReading(`enforcing/${number}`, () => fetchPrefill(number));
  const online = useOnline();
  return (
    <>
      {!online && <p class="notice" role="status">{t("enforcing.needs_network")}</p>}
      {!read.value && (read.error === null ? <Waiting /> : <Failed error={read.error} again={read.again} />)}
      {read.value && <BeginForm of={read.value} spot={spot} online={online} close={close} done={done} />}
    </>
  );
}

interface Said {
  code: string;
  officers: string[];
  party: string;
  person: boolean;
  note: string;
  statement: string;
  amount: string;
}

interface Filling extends Omit<Beginning, "number"> {
  of: Prefill;
  online: boolean;
}

function BeginForm({ of, spot, online, close, done }: Filling) {
  const items = of.items.filter((one) => !spot || one.simple_max_yuan !== null);
  const draft = useDraft(`${spot ? "on_spot" : "proceeding"}/${of.case}`, (): Said => ({
    code: items.find((one) => one.possible.allowed)?.code ?? "",
    officers: [session.value?.user.id ?? ""].filter(Boolean),
    party: of.subject?.name ?? "",
    person: false,
    note: "",
    statement: t("enforcing.no_objection"),
    amount: "",
  }));
  const files = useAttaching(FILES_MAX);
  const doing = useDoing();
  if (!draft.value) return <Waiting />;
  const { code, officers, party, person, note, statement, amount } = draft.value;
  const item = items.find((one) => one.code === code);
  const send = async () => {
    const own = of.subject !== null && party === of.subject.name;
    const whom = own ? { subject: of.subject!.id } : { party_name: party, party_kind: person ? ("person" as const) : ("unit" as const) };
    if (spot) await decideOnSpot(of.case, { officers, item: code, ...whom, note, statement, outcome: amount ? "penalty" : "warning", ...(amount ? { amount_yuan: amount } : {}), ...(files.digests.length > 0 && { attachments: files.digests }) });
    else await openProceeding(of.case, { officers, item: code, ...whom, ...(note ? { note } : {}) });
    draft.clear();
    done();
  };
  return (
    <form class="enforcement-form" onSubmit={(event) => { event.preventDefault(); void doing.run(send); }}>
      <h4>{t(spot ? "enforcing.spot" : "enforcing.file")}</h4>
      <Begun of={draft} />
      {of.zone && <p class="quiet">{of.zone.code} {of.zone.name}</p>}
      <label class="field">
        <span>{t("enforcing.item")}</span>
        <select required value={code} onChange={({ currentTarget }) => draft.change({ code: currentTarget.value })}>
          <option value="" disabled />
          {items.map((one) => <option key={one.code} value={one.code} disabled={!one.possible.allowed}>{either(one.name, one.name_en)}{one.possible.allowed ? "" : ` (${either(one.possible.reason ?? "", one.possible.reason_en ?? "")})`}</option>)}
        </select>
      </label>
      {items.length === 0 && <p class="notice bad">{t("enforcing.no_items")}</p>}
      {item && <p class="quiet">{t("enforcing.basis")}: {item.basis.title} {item.basis.clause}</p>}
      <label class="field">
        <span>{t("enforcing.party")}</span>
        <input required maxLength={200} value={party} onInput={({ currentTarget }) => draft.change({ party: currentTarget.value })} />
      </label>
      {party !== of.subject?.name && <label class="enforcement-check"><input type="checkbox" checked={person} onChange={({ currentTarget }) => draft.change({ person: currentTarget.checked })} /> <span>{t("enforcing.person")}</span></label>}
      <Officers chosen={officers} choose={(chosen) => draft.change({ officers: chosen })} />
      <label class="field">
        <span>{t("enforcing.found")}</span>
        <textarea rows={2} maxLength={2000} required={spot} value={note} onInput={({ currentTarget }) => draft.change({ note: currentTarget.value })} />
      </label>
      {spot && (
        <>
          <label class="field">
            <span>{t("enforcing.statement")}</span>
            <textarea rows={2} maxLength={2000} required value={statement} onInput={({ currentTarget }) => draft.change({ statement: currentTarget.value })} />
          </label>
          <label class="field">
            <span>{t("enforcing.amount_or_warning", { least: item?.amount_min_yuan ?? "", most: item?.simple_max_yuan ?? "" })}</span>
            <input type="number" min={0} step="0.01" inputMode="decimal" value={amount} onInput={({ currentTarget }) => draft.change({ amount: currentTarget.value })} />
          </label>
          <Attach of={files} />
        </>
      )}
      {doing.error !== null && <Failed error={doing.error} />}
      <div class="enforcement-buttons">
        <button type="submit" class="button main" disabled={doing.busy || !online || files.waiting}>{doing.busy ? t("wait.loading") : t(spot ? "enforcing.decide_now" : "enforcing.file")}</button>
        <button type="button" class="button" onClick={close}>{t("enforcing.cancel")}</button>
      </div>
    </form>
  );
}
