/** How everything stands, for whoever is on duty: what needs doing first, what is fine as one quiet line each. */
import { useEffect, useState } from "preact/hooks";
import { answer, api, type Schema } from "../api/client";
import { Failed } from "../ui/failing";
import { useReading } from "../ui/reading";
import { Waiting } from "../ui/waiting";
import { exact, t } from "../words";
import { Fine, Matter } from "./checks";
import { GivenUp } from "./given_up";
import "./operation.css";

const EVERY_MS = 15_000;
const GIVEN_UP = "failed_deliveries";

export default function Operation() {
  const tick = useTick();
  const read = useReading("operation", () => answer(api.GET("/api/v1/operation")), { tick });
  const told = read.value;
  const matters = told?.items.filter((one) => one.state !== "ok") ?? [];
  return (
    <>
      <header class="operation-head">
        <h1 tabIndex={-1}>{t("office.operation")}</h1>
        {told && <Standing items={told.items} />}
        {told && <p class="quiet numbers operation-at">{t("operation.as_of", { at: exact(told.at) })}</p>}
      </header>
      {read.error !== null && <Failed error={read.error} again={read.again} />}
      {!told && read.error === null && <Waiting shape="rows" />}
      {matters.map((one) => (
        <Matter key={one.key} check={one}>
          {one.key === GIVEN_UP && <GivenUp tick={tick} changed={read.again} />}
        </Matter>
      ))}
      {told && <Fine checks={told.items.filter((one) => one.state === "ok")} />}
    </>
  );
}

function Standing({ items }: { items: Schema<"CheckOut">[] }) {
  const [act, look] = (["act", "look"] as const).map((state) => items.filter((one) => one.state === state).length) as [number, number];
  const said = [act && t("operation.n_act", { n: act }), look && t("operation.n_look", { n: look })].filter(Boolean);
  return <p class={`operation-standing ${act ? "act" : look ? "look" : "ok"}`} role="status">{said.join(t("operation.and")) || t("operation.all_ok")}</p>;
}

/** Grows while somebody looks at the page. */
function useTick(): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTick((n) => n + 1), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return tick;
}
