/** What has not left the phone yet and what is on record: each photo's state, and what each row waits for. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { Failure } from "../../api/client";
import { Failed, sentence } from "../../ui/failing";
import { InReach } from "../../ui/in_sheets";
import { exact, relative, t } from "../../words";
import { useOnline } from "../online";
import { useAddress } from "../thumb";
import { broken, discard, items, nextTry, others, type QueueItem, retry, start } from "./index";
import "./queue.css";

const KEPT_SHOWN = 20;
const TICK_MS = 1_000;

export function QueueScreen() {
  useEffect(start, []);
  const now = useNow();
  const online = useOnline();
  const open = items.value.filter((item) => item.state === "waiting" || item.state === "sending");
  const refused = items.value.filter((item) => item.state === "refused");
  const kept = items.value.filter((item) => item.state === "kept");
  const left = open.length + refused.length;
  return (
    <main class="queue">
      <header class="queue-head">
        <h1>{left === 0 && kept.length > 0 ? t("queue.title_none") : t("queue.title", { count: left })}</h1>
        <p class="quiet" role="status">
          {progress(open, online, now)}
        </p>
        {open.length > 0 && online && (
          <button type="button" class="button" disabled={open.some(({ state }) => state === "sending")} onClick={() => void retry()}>
            {t("queue.send_now")}
          </button>
        )}
      </header>
      {broken.value !== null && <Failed error={new Failure(507, "phone_storage", {})} again={() => void retry()} />}
      {refused.length > 0 && (
        <section aria-label={t("queue.refused_title")}>
          <h2>{t("queue.refused_title")}</h2>
          <ul class="queue-list">{refused.map((item) => <Refused key={item.id} item={item} now={now} />)}</ul>
        </section>
      )}
      {open.length > 0 && <ul class="queue-list" aria-label={t("queue.waiting")}>{open.map((item) => <Row key={item.id} item={item} now={now} />)}</ul>}
      {kept.length > 0 && <Kept kept={kept} now={now} />}
      {left + kept.length === 0 && <p class="queue-empty">{t("queue.empty")}</p>}
      <Others />
      <Room />
    </main>
  );
}

/** One sentence for the whole queue. */
function progress(open: QueueItem[], online: boolean, now: number): string {
  if (open.length === 0) return "";
  if (!online) return t("queue.waits_network");
  if (open.some((item) => item.state === "sending")) return t("queue.sending");
  const seconds = Math.ceil(((nextTry.value ?? now) - now) / 1000);
  return seconds > 1 ? t("queue.next_try", { when: relative(now + seconds * 1000, now) }) : t("queue.waiting");
}

function Row({ item, now, children }: { item: QueueItem; now: number; children?: preact.ComponentChildren }) {
  const sent = item.photos.filter((photo) => photo.sent).length;
  return (
    <li class="queue-row" data-state={item.state}>
      <Thumb item={item} />
      <div class="queue-text">
        <p class="queue-line">
          <strong>{item.title}</strong>
          <time dateTime={item.made_at} title={exact(item.made_at)}>
            {relative(item.made_at, now)}
          </time>
        </p>
        {item.photos.length > 0 && <Pips item={item} sent={sent} />}
        {children ?? <p class="queue-state">{item.state === "sending" ? t("queue.sending") : t(item.reason ?? "queue.waiting")}</p>}
      </div>
    </li>
  );
}

/** A mark a photo, filled when a receipt says that it is there. */
function Pips({ item, sent }: { item: QueueItem; sent: number }) {
  return (
    <div class="queue-photos">
      <span class="queue-pips" aria-hidden="true">
        {item.photos.map((photo) => (
          <span key={photo.sha256} class="queue-pip" data-sent={photo.sent} />
        ))}
      </span>
      <span class="numbers">{t("queue.photos", { sent, all: item.photos.length })}</span>
    </div>
  );
}

function Thumb({ item }: { item: QueueItem }) {
  const address = useAddress(item.photos.find((photo) => photo.thumb)?.thumb);
  return address ? <img class="queue-thumb" src={address} alt="" /> : <span class="queue-thumb" aria-hidden="true" />;
}

function Refused({ item, now }: { item: QueueItem; now: number }) {
  const problem = item.problem ?? {};
  const errors = (problem["errors"] ?? []) as { path: string; message: string }[];
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <Row item={item} now={now}>
      <p class="queue-refusal" role="alert">
        {sentence(new Failure(Number(problem["status"] ?? 0), String(problem["code"]), problem))}
      </p>
      {errors.map(({ path, message }) => (
        <p key={path} class="queue-state">
          {path} {message}
        </p>
      ))}
      <p class="queue-acts">
        <button type="button" class="button" onClick={() => void retry(item.id)}>
          {t("wait.retry")}
        </button>
        <button type="button" class="button grave" onClick={() => dialog.current?.showModal()}>
          {t("queue.discard")}
        </button>
      </p>
      <dialog ref={dialog} class="queue-ask" aria-label={t("queue.discard")}>
        <p>{t("queue.discard_ask", { title: item.title })}</p>
        <p class="queue-acts">
          <button type="button" class="button main" autofocus onClick={() => dialog.current?.close()}>
            {t("queue.discard_keep")}
          </button>
          <button type="button" class="button grave" onClick={() => void discard(item.id)}>
            {t("queue.discard")}
          </button>
        </p>
        <InReach />
      </dialog>
    </Row>
  );
}

function Kept({ kept, now }: { kept: QueueItem[]; now: number }) {
  const [all, setAll] = useState(false);
  const shown = all ? kept : kept.slice(0, KEPT_SHOWN);
  return (
    <section aria-label={t("queue.kept_title")}>
      <h2>{t("queue.kept_title")}</h2>
      <ul class="queue-list">{shown.map((item) => <KeptRow key={item.id} item={item} now={now} />)}</ul>
      {shown.length < kept.length && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          {t("queue.more", { count: kept.length - shown.length })}
        </button>
      )}
    </section>
  );
}

function KeptRow({ item, now }: { item: QueueItem; now: number }) {
  const { receipt, case_number, kept_at = item.made_at } = item;
  return (
    <li class="queue-row" data-state="kept">
      <Thumb item={item} />
      <div class="queue-text">
        <p class="queue-line">
          <strong>{item.title}</strong>
          <time dateTime={kept_at} title={exact(kept_at)}>
            {relative(kept_at, now)}
          </time>
        </p>
        <p class="queue-line">
          {case_number && (
            <Link class="queue-case numbers" href={`/officer/tasks/${case_number}`}>
              {case_number}
            </Link>
          )}
          <span class="queue-proof" data-verified={item.kind === "report"}>{t(item.kind === "report" ? "queue.verified" : "queue.done")}</span>
        </p>
        {receipt && (
          <details class="queue-receipt">
            <summary>{[receipt.township?.name, receipt.match.frontage?.name].filter(Boolean).join(" · ") || t("queue.receipt")}</summary>
            <dl>
              <dt>{t("queue.received_at")}</dt>
              <dd class="numbers">{exact(receipt.received_at)}</dd>
              <dt>{t("queue.report_id")}</dt>
              <dd>{receipt.id}</dd>
              <dt>{t("queue.digest")}</dt>
              <dd>{receipt.digest}</dd>
              <dt>{t("queue.signature")}</dt>
              <dd>{receipt.signature}</dd>
            </dl>
          </details>
        )}
      </div>
    </li>
  );
}

/** A shared phone: what others left waits for them, and everybody can see that it does. */
function Others() {
  const names = [...new Set(others.value)];
  return (
    <>
      {names.map((name) => (
        <p key={name} class="notice">
          {t("queue.others", { name, count: others.value.filter((other) => other === name).length })}
        </p>
      ))}
    </>
  );
}

function Room() {
  const [room, setRoom] = useState<{ free_mb: number; safe: boolean } | null>(null);
  useEffect(() => {
    const { storage } = navigator;
    void Promise.all([storage.estimate(), storage.persisted()]).then(
      ([{ quota = 0, usage = 0 }, safe]) => setRoom({ free_mb: Math.floor((quota - usage) / 1e6), safe }),
      () => undefined,
    );
  }, [items.value.length]);
  return (
    <footer class="queue-foot">
      <p>{t("queue.held_here")}</p>
      {room && <p class="numbers">{t("queue.room", { free: room.free_mb >= 1000 ? `${Math.floor(room.free_mb / 1000)} GB` : `${room.free_mb} MB` })}</p>}
      {room && !room.safe && <p>{t("queue.not_safe")}</p>}
    </footer>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
