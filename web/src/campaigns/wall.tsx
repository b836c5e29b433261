/** The wall: the same place before and after, pair by pair; photos and further pairs come as one scrolls to them. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { session } from "../api/client";
import { categoryName } from "../cases";
import { Picture, type Shot } from "../cases/photos";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { fetchPairs, type Pair } from "./asking";

/** So far ahead of what is seen. */
const AHEAD = "400px";

export function Wall({ id, township }: { id: string; township: string }) {
  return (
    <section class="office-part" aria-labelledby="campaigns-wall">
      <header><h2 id="campaigns-wall">{t("campaigns.wall")}</h2></header>
      <Pairs key={township} id={id} township={township} />
    </section>
  );
}

function Pairs({ id, township }: { id: string; township: string }) {
  const [more, setMore] = useState<Pair[]>([]);
  const [next, setNext] = useState<string | null | undefined>(undefined);
  const [error, setError] = useState<unknown>(null);
  const asked = useRef(false);
  const read = useReading(`campaign-pairs/${id}/${township}`, () => fetchPairs(id, township));
  const cursor = next === undefined ? read.value?.next : next;
  const load = () => {
    if (!cursor || asked.current) return;
    asked.current = true;
    setError(null);
    fetchPairs(id, township, cursor)
      .then((page) => {
        setMore((before) => [...before, ...page.items]);
        setNext(page.next);
      }, setError)
      .finally(() => (asked.current = false));
  };
  if (!read.value) return read.error !== null ? <Failed error={read.error} again={read.again} /> : <Waiting shape="case" />;
  if (read.value.items.length === 0) return <p class="office-empty">{t("campaigns.no_pairs")}</p>;
  return (
    <>
      <ul class="campaigns-wall">{[...read.value.items, ...more].map((pair) => <PairCard key={pair.number} pair={pair} />)}</ul>
      {error !== null && <Failed error={error} again={load} />}
      {cursor && <Seen key={cursor} seen={load}><Waiting /></Seen>}
    </>
  );
}

/** Tells when it comes near. */
function Seen({ seen, children }: { seen: () => void; children: preact.ComponentChildren }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry!.isIntersecting && seen(), { rootMargin: AHEAD });
    watch.observe(host.current!);
    return () => watch.disconnect();
  }, []);
  return <div ref={host}>{children}</div>;
}

function PairCard({ pair }: { pair: Pair }) {
  const [near, setNear] = useState(false);
  const host = useRef<HTMLLIElement>(null);
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry!.isIntersecting && setNear(true), { rootMargin: AHEAD });
    watch.observe(host.current!);
    return () => watch.disconnect();
  }, []);
  const dispatches = session.value?.user.role !== "checker";
  return (
    <li ref={host}>
      <Link href={dispatches ? `/dispatch?state=all&case=${encodeURIComponent(pair.number)}` : `/officer/tasks/${encodeURIComponent(pair.number)}`} class="campaigns-pair">
        <span class="campaigns-photos">
          {(["before", "after"] as const).map((side) => (
            <span key={side} class="campaigns-photo">
              {near ? <Picture shot={shotOf(pair[side], side)} size="small" alt={t(side === "before" ? "case.before" : "case.after")} /> : <span class="photos-none" />}
              <span class="campaigns-side">{t(side === "before" ? "case.before" : "case.after")} <time dateTime={pair[side].at}>{exact(pair[side].at)}</time></span>
            </span>
          ))}
        </span>
        <strong>{pair.zone_name}</strong>
        <span class="quiet numbers">{categoryName(pair.category)} · {pair.number}</span>
      </Link>
    </li>
  );
}

function shotOf({ report, sha256, at }: Pair["before"], side: "before" | "after"): Shot {
  return { report, sha256, at, role: side === "before" ? "scene" : "after", here: true };
}
