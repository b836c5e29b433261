/** A campaign is built: which fronts, from when to when, what is asked there; the map shows what it comes to first. */
import { useEffect, useState } from "preact/hooks";
import { Link, useLocation, useSearch } from "wouter-preact";
import { useDoing } from "../office/doing";
import { today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { begin, fetchCampaign, type Kind, type Preview, preview, type Wanted } from "./asking";
import { Checklist } from "./checklist";
import { again, chooses, fresh, keep, lacks, NO_SELECTION, recover, told } from "./draft";
import { Goals } from "./goals";
import { Ground } from "./ground";
import { Zones } from "./zones";

const KINDS: readonly Kind[] = ["frontage", "parking", "site", "service_point"];
/** Choosing is over after this. */
const CHOSEN_MS = 400;

export function Builder() {
  const from = new URLSearchParams(useSearch()).get("from");
  const like = useReading(from && `campaign/${from}`, () => fetchCampaign(from!));
  if (from && !like.value) return like.error !== null ? <Failed error={like.error} again={like.again} /> : <Waiting shape="rows" />;
  return <Build key={from ?? ""} first={like.value ? again(like.value) : (recover() ?? fresh())} />;
}

function Build({ first }: { first: Wanted }) {
  const [, go] = useLocation();
  const [draft, setDraft] = useState(first);
  const doing = useDoing();
  const change = (part: Partial<Wanted>) => setDraft((before) => ({ ...before, ...part }));
  const shown = usePreview(draft);
  const known = shown.stale ? null : shown.value;
  const missing = lacks(draft, known);
  useEffect(() => keep(draft), [draft]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void doing.run(async () => {
      const made = await begin(told(draft));
      keep(null);
      go(`/campaigns/${made.id}`);
    });
  };
  return (
    <>
      <Link class="rechecks-back" href="/campaigns">‹ {t("office.campaigns")}</Link>
      <h1>{t("campaigns.new")}</h1>
      <form class="office-sides campaigns-build" onSubmit={submit}>
        <Ground shapes={shown.value?.shapes ?? []} area={draft.selection.area} setArea={(area) => change({ selection: { ...draft.selection, area } })} />
        <div class="campaigns-beside">
          <section class="office-part" aria-labelledby="campaigns-what">
            <header><h2 id="campaigns-what">{t("campaigns.what")}</h2></header>
            <div class="office-form">
              <label class="field wide"><span>{t("campaigns.name")}</span><input required maxLength={200} value={draft.name} onInput={({ currentTarget }) => change({ name: currentTarget.value })} /></label>
              <label class="field"><span>{t("manager.from")}</span><input type="date" required value={draft.from} onInput={({ currentTarget }) => currentTarget.value && change({ from: currentTarget.value })} /></label>
              <label class="field"><span>{t("manager.to")}</span><input type="date" required min={today()} value={draft.to} onInput={({ currentTarget }) => currentTarget.value && change({ to: currentTarget.value })} /></label>
              <label class="field"><span>{t("manager.kind")}</span>
                <select value={draft.kind} onChange={({ currentTarget }) => change({ kind: currentTarget.value as Kind, selection: NO_SELECTION, goals: [] })}>
                  {KINDS.map((kind) => <option key={kind} value={kind}>{t(`manager.kind_${kind}`)}</option>)}
                </select>
              </label>
              <label class="field"><span>{t("campaigns.target_visits")}</span><input type="number" required min={0} max={1000} value={draft.target_visits} onInput={({ currentTarget }) => change({ target_visits: Math.trunc(Number(currentTarget.value)) || 0 })} /></label>
              <label class="field wide"><span>{t("campaigns.note")}</span><textarea rows={2} maxLength={4000} value={draft.note} onInput={({ currentTarget }) => change({ note: currentTarget.value })} /></label>
            </div>
          </section>
          <Zones kind={draft.kind} from={draft.from} selection={draft.selection} set={(selection) => change({ selection })} />
          <Count of={known} wanted={chooses(draft.selection)} error={shown.error} again={shown.again} />
          <Goals parts={known && known.zones <= known.most ? known.townships : []} goals={draft.goals} set={(goals) => change({ goals })} />
          <Checklist items={draft.checklist} set={(checklist) => change({ checklist })} />
          {doing.error !== null && <Failed error={doing.error} />}
          <div class="campaigns-begin">
            <button class="button main" disabled={doing.busy || missing.length > 0 || known === null}>{doing.busy ? t("campaigns.beginning") : known ? t("campaigns.begin_n", { n: known.zones }) : t("campaigns.begin")}</button>
            <button type="button" class="plain" onClick={() => setDraft(fresh())}>{t("campaigns.clear")}</button>
            {missing.length > 0 && <ul class="campaigns-lacks" role="status">{missing.map((words) => <li key={words}>{words}</li>)}</ul>}
          </div>
        </div>
      </form>
    </>
  );
}

interface Shown {
  value: Preview | null;
  /** What is shown is of what was chosen before. */
  stale: boolean;
  error: unknown;
  again: () => void;
}

/** What the choice comes to. No copy is kept of it: without network nothing begins. */
function usePreview({ kind, from, selection }: Wanted): Shown {
  const now = JSON.stringify([kind, from, selection]);
  const [came, setCame] = useState<{ of: string; value: Preview } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let left = false;
    setError(null);
    const ask = () =>
      preview(kind, from, selection).then(
        (value) => !left && setCame({ of: now, value }),
        (failed: unknown) => !left && setError(failed),
      );
    const timer = setTimeout(() => (chooses(selection) ? void ask() : setCame(null)), CHOSEN_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [now, round]);
  return { value: came?.value ?? null, stale: came?.of !== now, error, again: () => setRound(round + 1) };
}

function Count({ of, wanted, error, again: retry }: { of: Preview | null; wanted: boolean; error: unknown; again: () => void }) {
  if (!wanted) return <p class="quiet" role="status">{t("campaigns.lacks_zones")}</p>;
  if (error !== null) return <Failed error={error} again={retry} />;
  if (!of) return <p class="quiet" role="status">{t("campaigns.counting")}</p>;
  if (of.zones > of.most) return <p class="office-bad" role="status">{t("campaigns.lacks_fewer", { n: of.most })}</p>;
  return (
    <p role="status">
      <strong class="numbers">{t("campaigns.chosen", { n: of.zones, townships: of.townships.length })}</strong>
      {of.drawn < of.zones && <span class="quiet"> {t("campaigns.drawn_only", { n: of.drawn })}</span>}
    </p>
  );
}
