/** What is half filled in stays in this browser, whatever happens to the page, until it is kept or cleared. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { session } from "../api/client";
import { Ask } from "../officer/ask";
import { ago } from "../officer/copied";
import { draft, keepDraft } from "../officer/store";
import { t } from "../words";
import "./draft.css";

/** Photos are not written anew with every letter of a note. */
const KEEP_AFTER_MS = 300;

interface Kept<T> {
  value: T;
  /** When it was first written down. */
  begun_at: string;
}

export interface Draft<T> {
  /** Null until the browser has told whether something was begun. */
  value: T | null;
  /** When what was found here was begun; null of what is new. */
  begun_at: string | null;
  change: (part: Partial<T>) => void;
  /** It was kept elsewhere, or is not wanted. */
  clear: () => void;
}

/** `name` tells forms apart, and what they are about; of whoever is signed in only. */
export function useDraft<T extends object>(name: string, empty: () => T): Draft<T> {
  const key = `${session.value?.user.id} ${name}`;
  const [shown, setShown] = useState<{ value: T; found_at: string | null } | null>(null);
  const latest = useRef<Kept<T> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const write = useCallback(() => {
    if (timer.current === null) return;
    clearTimeout(timer.current);
    timer.current = null;
    // A browser too full for the copy still has the form on its page.
    void keepDraft(key, latest.current ?? undefined).catch(() => undefined);
  }, [key]);
  useEffect(() => {
    let gone = false;
    const read = (kept?: Kept<T>) => {
      if (gone) return;
      latest.current = kept ?? null;
      setShown({ value: { ...empty(), ...kept?.value }, found_at: kept?.begun_at ?? null });
    };
    draft<Kept<T>>(key).then(read, () => read());
    addEventListener("pagehide", write);
    return () => {
      gone = true;
      removeEventListener("pagehide", write);
      write();
    };
  }, [key]);
  const change = (part: Partial<T>) => {
    const { value, begun_at } = latest.current ?? { value: empty(), begun_at: new Date().toISOString() };
    latest.current = { value: { ...value, ...part }, begun_at };
    setShown((before) => ({ value: latest.current!.value, found_at: before?.found_at ?? null }));
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = setTimeout(write, KEEP_AFTER_MS);
  };
  const clear = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    latest.current = timer.current = null;
    void keepDraft(key, undefined).catch(() => undefined);
    setShown({ value: empty(), found_at: null });
  };
  return { value: shown?.value ?? null, begun_at: shown?.found_at ?? null, change, clear };
}

/** Says that something was found, and takes it away when asked. */
export function Begun({ of: { begun_at, clear } }: { of: Pick<Draft<object>, "begun_at" | "clear"> }) {
  if (begun_at === null) return null;
  return (
    <div class="notice draft-begun" role="status">
      <span>{t("draft.begun", { when: ago(begun_at) })}</span>
      <Ask label={t("draft.clear")} text={t("draft.clear_ask")} act={clear} />
    </div>
  );
}
