"use strict";
// The state of this deployment, from the same address a balancer asks.
const place = document.getElementById("state");
const words = {
  ready: ["就绪", "ready"],
  failed: ["未就绪", "not ready"],
  unreachable: ["无法连接", "cannot be reached"],
};
function show(state, key, detail) {
  place.dataset.state = state;
  place.querySelector("strong").textContent = words[key][0];
  place.querySelector("[lang=en]").textContent = words[key][1] + (detail ? ": " + detail : "");
}
fetch("/readyz", { cache: "no-store" }).then(
  async (answer) => (answer.ok ? show("ready", "ready") : show("failed", "failed", (await answer.json()).status)),
  () => show("failed", "unreachable"),
);
