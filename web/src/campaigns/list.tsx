/** All campaigns, those that run first. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { t } from "../words";
import { type Campaign, fetchCampaigns } from "./asking";

const ORDER: Campaign["state"][] = ["running", "planned", "over", "cancelled"];

export function CampaignsPage({ keeps }: { keeps: boolean }) {
  const [older, setOlder] = useState<Campaign[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  const read = useReading("campaigns", () => fetchCampaigns());
  const items = [...(read.value?.items ?? []), ...older];
  const cursor = next === undefined ? read.value?.next : next;
  const running = items.filter((one) => one.state === "running");
  const load = async () => {
    const page = await fetchCampaigns(cursor!);
    setOlder([...older, ...page.items]);
    setNext(page.next);
  };
  return (
    <>
      <header class="campaigns-head">
        <h1>{read.value ? t(running.length ? "campaigns.running_n" : "campaigns.none_running", { n: running.length, names: running.map((one) => one.name).slice(0, 3).join("、") }) : t("office.campaigns")}</h1>
        {keeps && <Link class="button main" href="/campaigns/new">{t("campaigns.new")}</Link>}
      </header>
      {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("campaigns.none")}</p>}
      {ORDER.map((state) => <Group key={state} state={state} items={items.filter((one) => one.state === state)} />)}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(load)}>{t("campaigns.older")}</button>}
    </>
  );
}

function Group({ state, items }: { state: Campaign["state"]; items: Campaign[] }) {
  if (items.length === 0) return null;
  return (
    <section class="office-part" aria-labelledby={`campaigns-${state}`}>
      <header><h2 id={`campaigns-${state}`}>{t(`campaigns.state_${state}`)}</h2></header>
      <ul class="campaigns-list">
        {items.map((one) => (
          <li key={one.id}>
            <Link href={`/campaigns/${one.id}`}>{one.name}</Link>
            <span class="quiet numbers">{one.from} – {one.to} · {t("campaigns.fronts_n", { n: one.zones })} · {t("campaigns.questions_n", { n: one.checklist.length })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
