/** One campaign: how far each township has come, its fronts, and how places looked before and after. */
import { useEffect, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { placeName } from "../manager/names";
import { useDoing } from "../office/doing";
import { DAY_MS, today } from "../ui/days";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, language, t } from "../words";
import { type Campaign, fetchCampaign, fetchProgress, type Figures, keeps, type Progress, saveProgress } from "./asking";
import { Fronts, type Shown } from "./fronts";
import { Change, End } from "./terms";
import { Wall } from "./wall";

/** What was answered at a door stands here this soon after. */
const ANEW_MS = 5000;
const share = (part: number, whole: number): string => new Intl.NumberFormat(language.value, { style: "percent" }).format(whole ? Math.floor((100 * part) / whole) / 100 : 0);

export function CampaignPage({ id }: { id: string }) {
  const [tick, setTick] = useState(0);
  const [township, setTownship] = useState("");
  const [shown, setShown] = useState<Shown>("");
  const campaign = useReading(`campaign/${id}`, () => fetchCampaign(id), { tick });
  const progress = useReading(`campaign-progress/${id}`, () => fetchProgress(id), { tick });
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setTick((before) => before + 1), ANEW_MS);
    return () => clearInterval(timer);
  }, []);
  const one = campaign.value;
  const error = campaign.error ?? progress.error;
  const again = () => setTick((before) => before + 1);
  return (
    <>
      <Link class="rechecks-back" href="/campaigns">‹ {t("office.campaigns")}</Link>
      {campaign.copied_at && <p class="notice">{t("manager.copy", { at: exact(campaign.copied_at) })}</p>}
      <h1>{one ? sentence(one, progress.value?.total ?? null) : t("office.campaigns")}</h1>
      {error !== null && !(one && progress.value) && <Failed error={error} again={again} />}
      {one && <Terms of={one} again={again} />}
      {progress.value ? <Townships of={progress.value} township={township} choose={setTownship} open={(of, state) => { setTownship(of); setShown(state); }} /> : error === null && <Waiting shape="rows" />}
      {one && <Fronts id={id} township={township} shown={shown} show={setShown} tick={tick} checklist={one.checklist} />}
      {one && <Wall id={id} township={township} />}
    </>
  );
}

function sentence(of: Campaign, total: Figures | null): string {
  if (!total) return of.name;
  const days = Math.round((Date.parse(of.to) - Date.parse(today())) / DAY_MS) + 1;
  const said = { name: of.name, zones: total.zones, seen: total.looked_at, goal: total.goal, share: share(total.looked_at, total.goal), failing: total.failing, days, from: of.from, to: of.to, why: of.cancelled_because ?? "" };
  return t(`campaigns.answer_${of.state}`, said);
}

function Terms({ of, again }: { of: Campaign; again: () => void }) {
  const saving = useDoing();
  const mine = keeps();
  const open = of.state === "running" || of.state === "planned";
  return (
    <section class="campaigns-terms">
      <dl class="office-facts">
        <dt>{t("campaigns.period")}</dt><dd class="numbers">{of.from} – {of.to}</dd>
        <dt>{t("campaigns.fronts")}</dt><dd>{chosenBy(of)}</dd>
        <dt>{t("campaigns.checklist")}</dt><dd>{of.checklist.map((item) => either(item.text, item.text_en)).join(" · ")}</dd>
        {of.note && <><dt>{t("campaigns.note")}</dt><dd>{of.note}</dd></>}
      </dl>
      <div class="office-buttons">
        {mine && open && <Change of={of} done={again} />}
        {mine && open && <End of={of} done={again} />}
        {mine && <Link class="button" href={`/campaigns/new?from=${of.id}`}>{t("campaigns.copy")}</Link>}
        <button type="button" class="button" disabled={saving.busy} onClick={() => void saving.run(() => saveProgress(of.id, of.name))}>{t("rechecks.csv")}</button>
      </div>
      {saving.error !== null && <Failed error={saving.error} />}
    </section>
  );
}

function chosenBy({ zones, selection: { codes, trades, streets, townships, area } }: Campaign): string {
  const by = [
    trades.length > 0 && t("campaigns.by_trades", { n: trades.length }),
    streets.length > 0 && (streets.length > 3 ? t("campaigns.by_streets", { n: streets.length }) : streets.join("、")),
    townships.length > 0 && townships.map(placeName).join("、"),
    area && t("campaigns.area"),
    codes.length > 0 && t("campaigns.codes_n", { n: codes.length }),
  ];
  return [t("campaigns.fronts_n", { n: zones }), ...by.filter(Boolean)].join(" · ");
}

interface Choosing {
  of: Progress;
  township: string;
  choose: (township: string) => void;
  /** Shows the fronts behind a number. */
  open: (township: string, state: Shown) => void;
}

function Townships({ of, township, choose, open }: Choosing) {
  const rows = [...of.townships, ...(of.townships.length > 1 ? [of.total] : [])];
  return (
    <section class="office-part" aria-labelledby="campaigns-progress">
      <header>
        <h2 id="campaigns-progress">{t("campaigns.progress")}</h2>
        {township && <button type="button" class="office-chip" onClick={() => choose("")}>{placeName(township)} <span aria-hidden="true">✕</span><span class="unseen">{t("manager.take_away")}</span></button>}
      </header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="campaigns-progress">
        <table class="office-table numbers campaigns-progress">
          <thead>
            <tr>
              <th scope="col">{t("manager.township")}</th><th scope="col">{t("campaigns.fronts")}</th><th scope="col">{t("campaigns.seen")}</th><th scope="col">{t("campaigns.answered")}</th>
              <th scope="col"><span class="unseen">%</span></th><th scope="col">{t("campaigns.failing")}</th><th scope="col">{t("campaigns.found")}</th><th scope="col">{t("campaigns.fixed")}</th>
              <th scope="col">{t("campaigns.reoffended")}</th><th scope="col">{t("campaigns.cases")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one === of.total ? "total" : (one.township ?? "")} aria-selected={one.township !== null && one.township === township}>
                <th scope="row">{one === of.total ? <strong>{t("rechecks.total")}</strong> : one.township ? <button type="button" class="plain" onClick={() => choose(one.township === township ? "" : one.township!)}>{one.name ?? placeName(one.township)}</button> : t("manager.no_township")}</th>
                <td>{one.zones}</td><td>{one.zones_visited}</td><td>{one.looked_at} / {one.goal}</td><td><Bar part={one.looked_at} of={one.goal} /></td>
                <td>{one.failing > 0 ? <button type="button" class="plain office-bad" onClick={() => open(one.township ?? "", "open")}>{one.failing}</button> : 0}</td><td>{one.found}</td><td>{one.fixed}</td><td>{one.reoffended}</td><td>{one.cases_closed} / {one.cases}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">{t("campaigns.progress_how")}</p>
    </section>
  );
}

function Bar({ part, of }: { part: number; of: number }) {
  return (
    <svg class="campaigns-bar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label={share(part, of)}>
      <rect class="whole" width="100" height="8" /><rect class="part" width={of ? Math.min(100, (100 * part) / of) : 0} height="8" />
    </svg>
  );
}
