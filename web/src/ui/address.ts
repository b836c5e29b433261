/** What a page shows is its address: whoever gets the link sees the same, and "back" is one step back. */
import { signal, type Signal } from "@preact/signals";

export interface Address<Q> {
  query: Signal<Q>;
  /** Reads the address anew, as when the page is opened from another. */
  readAddress: () => void;
  /** A step that "back" goes back from; typing and moving through a list are none. */
  change: (part: Partial<Q>, step?: "push" | "replace") => void;
  /** The search part of a view's address, for links; what is as in `none` is left out. */
  told: (next: Partial<Q>) => string;
}

/** `none` is the view of the bare address, all of it text; `mend` puts right what somebody typed by hand. */
export function addressOf<Q extends object>(none: Q, mend: (found: Q) => void): Address<Q> {
  const names = Object.keys(none) as (keyof Q & string)[];
  const read = (): Q => {
    const given = new URLSearchParams(location.search);
    const found = { ...none };
    for (const name of names) {
      const value = given.get(name);
      if (value) found[name] = value as Q[typeof name];
    }
    mend(found);
    return found;
  };
  const query = signal(read());
  const readAddress = () => void (query.value = read());
  addEventListener("popstate", readAddress);
  const told = (next: Partial<Q>): string => {
    const given = new URLSearchParams();
    for (const name of names) {
      const value = next[name];
      if (value && value !== none[name]) given.set(name, String(value));
    }
    const text = given.toString();
    return text ? `?${text}` : "";
  };
  const change = (part: Partial<Q>, step: "push" | "replace" = "push"): void => {
    const next = { ...query.value, ...part };
    history[step === "push" ? "pushState" : "replaceState"](null, "", location.pathname + told(next));
    query.value = next;
  };
  return { query, readAddress, change, told };
}
