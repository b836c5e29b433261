/** Where the keyboard stands: what it stood on may go with its part of the page, and nobody starts from the top again. */

/** Parts that can take it, from the smallest outwards. */
const PARTS = "dialog[open], form, section, aside, nav, main, [role=tabpanel]";
/** What had it, then everything around that. */
let chain: Element[] = [];

export function take(part: Element | null): void {
  if (!(part instanceof HTMLElement)) return;
  if (part.tabIndex < 0) part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

export const lost = (): boolean => document.activeElement === null || document.activeElement === document.body;

export function keepFocus(): void {
  addEventListener("focusin", ({ target }) => {
    chain = [];
    for (let one = target as Element | null; one; one = one.parentElement) chain.push(one);
  });
  // Whoever clicks beside everything has let go of it.
  addEventListener("pointerdown", ({ target }) => {
    if (!(target as Element).closest("a, button, input, select, textarea, summary, label, [tabindex]")) chain = [];
  });
  new MutationObserver(() => {
    if (chain[0]?.isConnected !== false || !lost()) return;
    take(chain.find((one) => one.isConnected && one.matches(PARTS)) ?? document.querySelector("main"));
  }).observe(document.body, { childList: true, subtree: true });
}
