/** Everything frequent is on a key; "?" lists them. */
import { useEffect, useRef } from "preact/hooks";
import { t, type Key } from "../words";
import { chooseCandidate, done, entering, form, helping, move, openCase, undo } from "./desk";
import { select } from "./map_pane";
import { query } from "./query";
import { tick } from "./rows";
import { SEARCH } from "./top";

interface Bound {
  keys: readonly string[];
  shown: string;
  says: Key;
  does: (key: string) => void;
}

const KEYS: readonly Bound[] = [
  { keys: ["j", "ArrowDown"], shown: "j ↓", says: "desk.key_next", does: () => move(1) },
  { keys: ["k", "ArrowUp"], shown: "k ↑", says: "desk.key_previous", does: () => move(-1) },
  { keys: ["Enter"], shown: "Enter", says: "desk.key_open", does: enterPanel },
  { keys: ["x"], shown: "x", says: "desk.key_tick", does: () => query.peek().case && tick([query.peek().case], "toggle") },
  { keys: ["a"], shown: "a", says: "desk.key_assign", does: () => { if (query.peek().case) form.value = "first"; } },
  { keys: ["z"], shown: "z", says: "desk.key_undo", does: () => void undo() },
  { keys: ["1", "2", "3", "4", "5"], shown: "1–5", says: "desk.key_candidate", does: (key) => chooseCandidate(Number(key)) },
  { keys: ["/"], shown: "/", says: "desk.key_search", does: () => document.getElementById(SEARCH)?.focus() },
  { keys: ["l"], shown: "L", says: "desk.key_lasso", does: () => void select("lasso") },
  { keys: ["b"], shown: "B", says: "desk.key_box", does: () => void select("box") },
  { keys: ["Escape"], shown: "Esc", says: "desk.key_escape", does: escape },
  { keys: ["?"], shown: "?", says: "desk.key_help", does: () => { helping.value = true; } },
];

/** Into the case with the keyboard: to the first thing that can be done. */
function enterPanel(): void {
  if (!query.peek().case) return move(1);
  entering.value = true;
}

function escape(): void {
  if (form.peek()) form.value = null;
  else if (query.peek().case) openCase("");
  else done.value = null;
}

/** Keys work wherever nothing is being typed, and leave to buttons and lists what is theirs. */
export function useKeys(): void {
  useEffect(() => {
    function pressed(event: KeyboardEvent): void {
      const at = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      const typing = at.closest("input, textarea, select, [contenteditable]");
      if (typing && event.key !== "Escape") return;
      if (typing && at.id === SEARCH) return at.blur();
      if (at.closest(".desk-map") && event.key.startsWith("Arrow")) return;
      if (event.key === "Enter" && at.closest("button, a, summary")) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const bound = KEYS.find(({ keys }) => keys.includes(key));
      if (!bound) return;
      event.preventDefault();
      bound.does(key);
    }
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="desk-help" aria-label={t("desk.help")} onClose={() => (helping.value = false)}>
      <h2>{t("desk.help")}</h2>
      <dl>{KEYS.map(({ shown, says }) => <div key={shown}><dt><kbd>{shown}</kbd></dt><dd>{t(says)}</dd></div>)}</dl>
      <button type="button" class="button" onClick={() => dialog.current?.close()}>{t("case.close_dialog")}</button>
    </dialog>
  );
}
