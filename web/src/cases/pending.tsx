/** Actions that have not come through: until they have, nothing else can be done with their case. */
import { Link } from "wouter-preact";
import { Failure } from "../api/client";
import { useOnline } from "../officer/online";
import { items, type QueueItem } from "../officer/queue";
import { sentence } from "../ui/failing";
import { t } from "../words";

export function unsentOf(number: string): QueueItem[] {
  return items.value.filter((item) => item.kind === "action" && item.case_number === number && item.state !== "kept");
}

export function Pending({ item }: { item: QueueItem }) {
  const refused = item.state === "refused";
  const problem = item.problem ?? {};
  const online = useOnline();
  const waits = item.state === "sending" ? "queue.sending" : !online ? "queue.waits_network" : (item.reason ?? "queue.waiting");
  return (
    <div class={`notice ${refused ? "bad" : ""}`} role={refused ? "alert" : "status"}>
      <p>
        <strong>{item.title}</strong>
      </p>
      <p>{refused ? sentence(new Failure(Number(problem["status"] ?? 0), String(problem["code"]), problem)) : t(waits)}</p>
      <Link href="/officer/queue">{t("tasks.to_queue")}</Link>
    </div>
  );
}
