/** A sheet above the page: opened where it stands, closed by Escape, its button or whoever holds `close`. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../words";
import { InReach } from "./in_sheets";

interface Shown {
  title: string;
  /** It has gone; what opened it has the focus again. */
  onClosed: () => void;
  /** The body is given what closes the sheet. */
  children: (close: () => void) => ComponentChildren;
}

export function Sheet({ title, onClosed, children }: Shown) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before anything else happens: whoever opened it by a key types on into it.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  // Closed, not only taken away: so the focus goes back to what opened it.
  const close = () => dialog.current?.close();
  return (
    <dialog ref={dialog} class="office-sheet" aria-label={title} onClose={onClosed}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="plain" onClick={close}>{t("case.close_dialog")}</button>
      </header>
      <div>{children(close)}</div>
      <InReach />
    </dialog>
  );
}
