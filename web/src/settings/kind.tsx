/** One kind of sets: its versions, and of the one that is looked at what it says, what changed, and what can be done. */
import { useEffect, useState } from "preact/hooks";
import { addressOf } from "../ui/address";
import { useDoing } from "../office/doing";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { Draft } from "./draft";
import { HoursForm } from "./hours";
import { type Kind, mayKeep, type Version } from "./kinds";
import { aboutOf, titleOf } from "./naming";
import { Unread } from "./overview";
import { OneVersion } from "./version";
import { daysOf, Sample, spoken, Stated } from "./words";

const address = addressOf({ version: "" }, () => undefined);

interface Shown {
  kind: Kind;
  missing: number[];
  /** Something was imported: what is missing may have changed. */
  changed: () => void;
}

export function KindPage({ kind, missing, changed }: Shown) {
  const [older, setOlder] = useState<Version[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const more = useDoing();
  useEffect(address.readAddress, []);
  const read = useReading(`settings/${kind.name}`, () => kind.list());
  const items = [...(read.value?.items ?? []), ...older];
  const cursor = next === undefined ? read.value?.next : next;
  const wanted = Number(address.query.value.version);
  const chosen = items.find((one) => one.id === wanted) ?? items.find((one) => one.state === "in_force") ?? items[0];
  const look = (id: number) => address.change({ version: String(id) });
  const done = (id?: unknown) => {
    setOlder([]);
    setNext(undefined);
    read.again();
    changed();
    if (typeof id === "number") look(id);
  };
  const since = items.find((one) => one.state === "in_force");
  return (
    <>
      <h1>{titleOf(kind)}</h1>
      <p>{kind.name === "calendars" && missing.length > 0 ? t("settings.years_missing", { years: missing.join("、") }) : since ? t("settings.now", { name: spoken(since.name), day: since.valid_from ?? "" }) : read.value && t("settings.none_in_force")}</p>
      <p class="quiet">{aboutOf(kind)}</p>
      {read.error !== null && !read.value && <Unread error={read.error} again={read.again} />}
      {!read.value && read.error === null && <Waiting shape="rows" />}
      {read.value && items.length === 0 && <p class="office-empty">{t("settings.no_versions")}</p>}
      {items.length > 0 && <Versions items={items} chosen={chosen} look={look} />}
      {more.error !== null && <Failed error={more.error} />}
      {cursor && (
        <button type="button" class="plain" disabled={more.busy} onClick={() => void more.run(async () => {
          const page = await kind.list(cursor);
          setOlder([...older, ...page.items]);
          setNext(page.next);
        })}>{t("settings.older")}</button>
      )}
      {mayKeep(kind) && (kind.name === "hours" ? <HoursForm done={done} /> : kind.upload && <Draft kind={kind} done={done} />)}
      {chosen && <OneVersion key={`${kind.name}/${chosen.id}/${chosen.state}`} kind={kind} one={chosen} before={beforeOf(chosen, items)} done={done} />}
    </>
  );
}

/** The version that held before this one; before a draft, the one that holds now. */
function beforeOf(one: Version, items: Version[]): Version | undefined {
  const held = items.filter((other) => other.id !== one.id && other.version !== null && other.state !== "withdrawn");
  if (one.version === null) return held.find((other) => other.state === "in_force");
  return held.filter((other) => other.version! < one.version!).sort((a, b) => b.version! - a.version!)[0];
}

function Versions({ items, chosen, look }: { items: Version[]; chosen: Version | undefined; look: (id: number) => void }) {
  return (
    <section class="office-part" aria-labelledby="settings-versions">
      <header><h2 id="settings-versions">{t("settings.versions")}</h2></header>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="settings-versions">
        <table class="office-table settings-versions">
          <thead>
            <tr>
              <th scope="col">{t("settings.name")}</th><th scope="col" class="words">{t("settings.state")}</th><th scope="col" class="words">{t("settings.days")}</th>
              <th scope="col" class="words">{t("settings.source")}</th><th scope="col" class="words">{t("settings.who")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id} aria-selected={one === chosen}>
                <th scope="row"><button type="button" class="plain settings-look" aria-pressed={one === chosen} onClick={() => look(one.id)}>{spoken(one.name)}</button> <Sample of={one} /></th>
                <td class="words"><Stated state={one.state} /></td>
                <td class="words numbers">{daysOf(one)}</td>
                <td class="words settings-source">{one.source ? spoken(one.source) : "–"}{one.source_date && ` · ${one.source_date}`}</td>
                <td class="words">{whoWhen(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function whoWhen({ made_at, made_by, activated_at, activated_by, withdrawn }: Version): string {
  const by = (name: string | null | undefined) => name ?? t("settings.by_command");
  const said = [made_at && t("settings.made", { who: by(made_by), at: exact(made_at) })];
  if (activated_at) said.push(t("settings.activated", { who: by(activated_by), at: exact(activated_at) }));
  if (withdrawn) said.push(t("settings.withdrawn", { who: by(withdrawn.by), at: exact(withdrawn.at) }));
  return said.filter(Boolean).join(t("settings.stop")) || "–";
}
