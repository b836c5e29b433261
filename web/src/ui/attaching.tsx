/** Photos and PDFs put to what is being written: sent as soon as they are chosen, and taken away again until it is saved. */
import { useEffect, useState } from "preact/hooks";
import { fetched, telling } from "../api/client";
import { sha256Hex } from "../officer/queue/receipts";
import { t } from "../words";
import "./attaching.css";
import { Failed } from "./failing";

interface Item {
  key: string;
  /** Null of what was attached before. */
  file: File | null;
  /** Null until the server has it. */
  sha256: string | null;
  /** Share of its bytes that has left. */
  left: number;
  error: unknown;
}

export interface Attaching {
  items: readonly Item[];
  max: number;
  /** What the server has, each once. */
  digests: string[];
  /** Something was chosen that the server has not: whoever saves now would lose it. */
  waiting: boolean;
  add: (files: readonly File[]) => void;
  again: (item: Item) => void;
  drop: (item: Item) => void;
}

/** Sends bytes as evidence; their digest names them from then on. Throws Failure. */
async function putAttachment(file: File, left: (share: number) => void): Promise<string> {
  const body = await file.arrayBuffer();
  const sha256 = await sha256Hex(body);
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  await fetched(`/api/v1/attachments/${sha256}`, { method: "PUT", body, headers }, telling(left));
  return sha256;
}

/** What a form attaches, `max` at most; `begun`: digests of what was attached before. */
export function useAttaching(max: number, begun: readonly string[] = []): Attaching {
  const [items, setItems] = useState<Item[]>(() => begun.map((sha256) => ({ key: sha256, file: null, sha256, left: 1, error: null })));
  const note = ({ key }: Item, part: Partial<Item>) => setItems((before) => before.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const again = (item: Item) => {
    note(item, { left: 0, error: null });
    putAttachment(item.file!, (left) => note(item, { left })).then(
      (sha256) => note(item, { sha256, left: 1 }),
      (error: unknown) => note(item, { error }),
    );
  };
  const add = (files: readonly File[]) => {
    const chosen = files.slice(0, max - items.length).map((file): Item => ({ key: crypto.randomUUID(), file, sha256: null, left: 0, error: null }));
    setItems((before) => [...before, ...chosen]);
    chosen.forEach(again);
  };
  const drop = ({ key }: Item) => setItems((before) => before.filter((one) => one.key !== key));
  const digests = [...new Set(items.flatMap(({ sha256 }) => sha256 ?? []))];
  return { items, max, digests, waiting: items.some(({ sha256 }) => sha256 === null), add, again, drop };
}

interface Shown {
  of: Attaching;
  label?: string;
  required?: boolean;
}

export function Attach({ of, label = t("attach.title"), required = false }: Shown) {
  const free = of.items.length < of.max;
  return (
    <fieldset class="attach wide">
      <legend>{label}</legend>
      {of.items.length > 0 && <ul>{of.items.map((item, place) => <Row key={item.key} of={of} item={item} place={place} />)}</ul>}
      {free && (
        <div class="attach-take">
          <Take class="attach-camera" of={of} accept="image/*" capture="environment">{t("attach.camera")}</Take>
          <Take of={of} accept="image/*,application/pdf" multiple={of.max > 1} required={required && of.items.length === 0}>{t("attach.choose")}</Take>
        </div>
      )}
    </fieldset>
  );
}

interface Taking {
  of: Attaching;
  class?: string;
  accept: string;
  capture?: "environment";
  multiple?: boolean;
  required?: boolean;
  children: string;
}

function Take({ of, class: look = "", children, ...how }: Taking) {
  return (
    <label class={`button ${look}`}>
      <input
        class="unseen"
        type="file"
        {...how}
        onChange={({ currentTarget }) => {
          of.add([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
      {children}
    </label>
  );
}

function Row({ of, item, place }: { of: Attaching; item: Item; place: number }) {
  const name = item.file?.name ?? t("attach.earlier", { n: place + 1 });
  return (
    <li>
      <Small of={item.file} />
      <span class="attach-name">{name}</span>
      <span class="attach-state" role="status">
        {item.sha256 && <span class="quiet">{t("attach.sent")}</span>}
        {!item.sha256 && item.error === null && <progress max={1} value={item.left} aria-label={t("attach.sending", { name })} />}
      </span>
      <button type="button" class="plain" aria-label={t("attach.drop", { name })} onClick={() => of.drop(item)}>✕</button>
      {item.error !== null && <Failed error={item.error} again={() => of.again(item)} />}
    </li>
  );
}

/** A photo as small as it fits; of what the browser cannot draw its ending. */
function Small({ of }: { of: File | null }) {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!of?.type.startsWith("image/")) return undefined;
    const made = URL.createObjectURL(of);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [of]);
  if (address) return <img src={address} alt="" onError={() => setAddress(null)} />;
  return <span class="attach-kind" aria-hidden="true">{of?.name.split(".").pop()?.slice(0, 4).toUpperCase() ?? "✓"}</span>;
}
