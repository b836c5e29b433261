/** A new import, and those before with how far each has come. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { either, exact, relative, t } from "../words";
import { fetchImports, type Listed } from "./asking";
import { FileForm } from "./file";
import { useTicking } from "./ticking";
import { addressFor } from "./query";

export function Imports() {
  const [busy, setBusy] = useState(false);
  const tick = useTicking(busy);
  const read = useReading("importing.list", async () => {
    const page = await fetchImports();
    setBusy(page.items.some(({ state }) => state === "waiting" || state === "reading"));
    return page;
  }, { tick });
  return (
    <>
      <h1>{t("importing.title")}</h1>
      <FileForm max_bytes={read.value?.file_max_bytes ?? null} />
      <section class="office-part" aria-labelledby="importing-before">
        <header><h2 id="importing-before">{t("importing.before")}</h2></header>
        {read.error !== null && !read.value && <Failed error={read.error} again={read.again} />}
        {!read.value && read.error === null && <Waiting shape="rows" />}
        {read.value && <Earlier first={read.value.items} next={read.value.next} />}
      </section>
    </>
  );
}

function Earlier({ first, next }: { first: Listed[]; next: string | null }) {
  const [more, setMore] = useState<{ after: string | null; items: Listed[]; next: string | null }>({ after: null, items: [], next: null });
  const [failed, setFailed] = useState<unknown>(null);
  if (!first.length) return <p class="office-empty">{t("importing.none")}</p>;
  const known = more.after === next ? more : { after: next, items: [], next };
  const further = () =>
    fetchImports(known.next!).then((page) => setMore({ after: next, items: [...known.items, ...page.items], next: page.next }), setFailed);
  return (
    <>
      <div class="office-scroll" tabIndex={0} role="group" aria-labelledby="importing-before">
        <table class="office-table importing-list">
          <thead>
            <tr>
              <th scope="col">{t("importing.file")}</th><th scope="col" class="words">{t("importing.kind")}</th><th scope="col" class="words">{t("importing.state")}</th>
              <th scope="col">{t("importing.zones")}</th><th scope="col">{t("importing.errors")}</th><th scope="col" class="words">{t("importing.by")}</th>
            </tr>
          </thead>
          <tbody>{[...first, ...known.items].map((one) => <Row key={one.id} one={one} />)}</tbody>
        </table>
      </div>
      {failed !== null && <Failed error={failed} />}
      {known.next && <button type="button" class="plain" onClick={() => void further()}>{t("importing.more")}</button>}
    </>
  );
}

function Row({ one }: { one: Listed }) {
  return (
    <tr>
      <td><Link href={addressFor(one.id)}>{one.file_name}</Link></td>
      <td class="words">{t(`importing.kind_${one.kind}`)}</td>
      <td class="words">
        {t(`importing.state_${one.state}`)}
        {one.progress && <span class="quiet numbers"> {one.progress.done} / {one.progress.total}</span>}
        {one.problem && <span class="quiet"> {either(one.problem.text, one.problem.text_en)}</span>}
        {one.valid_from && <span class="quiet numbers"> {t("importing.since", { day: one.valid_from })}</span>}
      </td>
      <td class="numbers">{one.features ?? ""}</td>
      <td class="numbers">{one.errors ? <em class="office-bad">{one.errors}</em> : one.errors}</td>
      <td class="words">{one.made_by ?? t("importing.by_command")} <time class="quiet" dateTime={one.made_at} title={exact(one.made_at)}>{relative(one.made_at)}</time></td>
    </tr>
  );
}
