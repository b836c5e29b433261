/** The first step: what kind of zones, which file, and what the file may not say of itself. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { Failure } from "../api/client";
import { Failed } from "../ui/failing";
import { t } from "../words";
import { DATUMS, type Kind, KINDS, type Options, send, type Sending } from "./asking";
import { addressFor } from "./query";

/** Of the files sent while this page is open: one that could not be read is sent again without being chosen anew. */
export const sentFiles = new Map<string, File>();
const MB = 1_000_000;
export const megabytes = (bytes: number): string => (bytes < MB ? t("importing.kb", { n: Math.max(1, Math.round(bytes / 1000)) }) : t("importing.mb", { n: Math.round(bytes / MB) }));

/** `max_bytes` is null until the server has told it. */
export function FileForm({ max_bytes }: { max_bytes: number | null }) {
  const [kind, setKind] = useState<Kind>("frontage");
  const [datum, setDatum] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const sending = useSending();
  const unfit = file && unfitness(file, max_bytes);
  const choose = (files: FileList | null | undefined) => {
    const chosen = files?.[0];
    if (!chosen || sending.share !== null) return;
    sending.forget();
    setFile(chosen);
  };
  return (
    <form
      class="importing-file"
      aria-label={t("importing.new")}
      onSubmit={(event) => {
        event.preventDefault();
        if (file && !unfit) void sending.send(kind, file, datum ? { datum: datum as (typeof DATUMS)[number] } : {});
      }}
    >
      <fieldset class="importing-kinds" disabled={sending.share !== null}>
        <legend>{t("importing.kind")}</legend>
        <div class="office-choice">
          {KINDS.map((one) => (
            <button key={one} type="button" aria-pressed={kind === one} onClick={() => setKind(one)}>{t(`importing.kind_${one}`)}</button>
          ))}
        </div>
      </fieldset>
      <label
        class={`importing-drop ${over ? "over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          choose(event.dataTransfer?.files);
        }}
      >
        <strong>{file ? file.name : t("importing.drop")}</strong>
        <span class="quiet">
          {file ? megabytes(file.size) : t("importing.formats")}
          {max_bytes !== null && ` · ${t("importing.at_most", { size: megabytes(max_bytes) })}`}
        </span>
        <input ref={input} type="file" class="unseen" disabled={sending.share !== null} accept=".zip,.geojson,.json,.gpkg,.kml,.kmz,.csv" onChange={({ currentTarget }) => choose(currentTarget.files)} />
        <span class="button" aria-hidden="true">{file ? t("importing.other_file") : t("importing.choose")}</span>
      </label>
      {unfit && <p class="notice bad" role="alert">{unfit}</p>}
      <label class="field importing-datum"><span>{t("importing.datum_declared")}</span>
        <select value={datum} onChange={({ currentTarget }) => setDatum(currentTarget.value)}>
          <option value="">{t("importing.datum_by_file")}</option>
          {DATUMS.map((one) => <option key={one} value={one}>{t(`importing.datum_${one}`)}</option>)}
        </select>
      </label>
      <SendingNow {...sending} />
      <div class="office-buttons">
        <button class="button main" disabled={!file || unfit !== null || sending.share !== null}>{t("importing.send")}</button>
        <span class="quiet">{t("importing.nothing_yet")}</span>
      </div>
    </form>
  );
}

function unfitness(file: File, max_bytes: number | null): string | null {
  if (file.size === 0) return t("importing.empty_file");
  if (max_bytes !== null && file.size > max_bytes) return t("importing.too_large", { size: megabytes(file.size), limit: megabytes(max_bytes) });
  return null;
}

interface SendingState {
  /** How much is there, 0 to 1; null while nothing is being sent. */
  share: number | null;
  error: unknown;
  cancel: () => void;
  forget: () => void;
  send: (kind: Kind, file: File, options: Options) => Promise<void>;
}

/** Sends a file and goes to its import. */
export function useSending(): SendingState {
  const [, go] = useLocation();
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const now = useRef<Sending | null>(null);
  // Whoever goes elsewhere gives it up: half a file is of no use.
  useEffect(() => () => now.current?.cancel(), []);
  return {
    share,
    error,
    cancel: () => now.current?.cancel(),
    forget: () => setError(null),
    send: async (kind, file, options) => {
      setError(null);
      setShare(0);
      now.current = send(kind, file, file.name, options, setShare);
      try {
        const made = await now.current.done;
        sentFiles.set(made.id, file);
        now.current = null;
        go(addressFor(made.id));
      } catch (failed) {
        setError(failed);
      } finally {
        setShare(null);
      }
    },
  };
}

export function SendingNow({ share, error, cancel }: SendingState) {
  if (share === null && error === null) return null;
  if (share === null) {
    const stopped = error instanceof Failure && error.code === "upload_cancelled";
    return stopped ? <p class="notice" role="status">{t("importing.cancelled")}</p> : <Failed error={error} />;
  }
  const done = share >= 1;
  return (
    <div class="importing-progress" role="status">
      <progress max={1} value={share} aria-label={t("importing.sending")} />
      <span class="numbers" aria-hidden={!done}>{done ? t("importing.sent_waiting") : t("importing.sent_share", { share: Math.floor(share * 100) })}</span>
      <button type="button" class="plain" onClick={cancel}>{t("importing.cancel")}</button>
    </div>
  );
}
