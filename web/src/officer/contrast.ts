/** For glare: ink on white without greys, larger strokes; kept on the phone. */
import { effect, signal } from "@preact/signals";

const KEPT = "frontage.contrast";

export const highContrast = signal(localStorage.getItem(KEPT) === "high");

effect(() => {
  if (highContrast.value) {
    localStorage.setItem(KEPT, "high");
    document.documentElement.dataset["contrast"] = "high";
  } else {
    localStorage.removeItem(KEPT);
    delete document.documentElement.dataset["contrast"];
  }
});
