/** A button for what cannot be undone: it asks first, and keeping everything is the easy answer. */
import { useRef } from "preact/hooks";
import { InReach } from "../ui/in_sheets";
import { t } from "../words";

interface Asked {
  label: string;
  text: string;
  act: () => void;
  class?: string;
}

export function Ask({ label, text, act, class: look = "plain" }: Asked) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" class={look} onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      <dialog ref={dialog} class="officer-ask" aria-label={label}>
        <p>{text}</p>
        <p class="officer-acts">
          <button type="button" class="button main" autofocus onClick={() => dialog.current?.close()}>
            {t("officer.keep")}
          </button>
          <button
            type="button"
            class="button grave"
            onClick={() => {
              dialog.current?.close();
              act();
            }}
          >
            {label}
          </button>
        </p>
        <InReach />
      </dialog>
    </>
  );
}
