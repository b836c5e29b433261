// What is measured within a page of ours, by the page's own clock. Put in before the page's scripts run.
globalThis.measuring = (() => {
  const long = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) long.push([startTime, duration]);
  }).observe({ type: "longtask", buffered: true });

  const taps = [];
  addEventListener("click", (event) => taps.push([performance.now(), event.target]), true);

  const shown = () => document.querySelector(".map-view")?.mapView;
  const frame = () => new Promise((told) => requestAnimationFrame(told));
  const pause = (ms) => new Promise((told) => setTimeout(told, ms));

  /** Once everything asked for is there and drawn. Asked again and again: a map with nothing new to draw tells no more. */
  async function idle() {
    const { map } = shown();
    while (!map.loaded() || map.isMoving()) await pause(20);
    await frame();
  }

  /** Milliseconds from navigation to the tap on an element that matches, once its handlers have run. */
  const tapped = (selector) => taps.find(([, target]) => target.closest?.(selector))?.[0];

  /** Drags the map to and fro; each frame has a move of the mouse of its own. Frames, and the longest wait for one. */
  async function pan(ms, px_a_s) {
    const { map } = shown();
    const canvas = map.getCanvas();
    const box = canvas.getBoundingClientRect();
    const reach = box.width * 0.6;
    const tell = (type, x) => canvas.dispatchEvent(new MouseEvent(type, {
      bubbles: true, cancelable: true, view: window, button: 0, buttons: type === "mouseup" ? 0 : 1,
      clientX: box.left + box.width / 2 + x, clientY: box.top + box.height / 2,
    }));
    let frames = 0;
    let longest = 0;
    const drawn = map.on("render", () => frames++);
    const began = performance.now();
    let before = began;
    tell("mousedown", 0);
    while (before - began < ms) {
      const now = await frame();
      longest = Math.max(longest, now - before);
      before = now;
      const way = ((now - began) * px_a_s) / 1000;
      tell("mousemove", -(reach - Math.abs((way % (2 * reach)) - reach)) / 2);
    }
    const took = performance.now() - began;
    tell("mouseup", 0);
    drawn.unsubscribe();
    return { frames, took, longest };
  }

  /** Hides every layer but the ground, or shows them again. */
  async function bare(hidden) {
    const { map } = shown();
    for (const { id, type } of map.getStyle().layers) {
      if (type !== "background") map.setLayoutProperty(id, "visibility", hidden ? "none" : "visible");
    }
    await idle();
  }

  /** Milliseconds from the change of a filter until the rows of the list, and the cases of the map, are drawn anew. */
  async function change(select, value) {
    const view = shown();
    const rows = document.querySelector(".desk-rows");
    let began = 0;
    const list = new Promise((told) => {
      let stale = false;
      const watched = new MutationObserver(() => {
        const old = rows.querySelector(".stale") !== null;
        stale ||= old;
        if (!stale || old) return;
        watched.disconnect();
        requestAnimationFrame(() => setTimeout(() => told(performance.now() - began)));
      });
      watched.observe(rows, { subtree: true, childList: true, attributes: true });
    });
    const map = new Promise((told) => {
      const { setCases } = view;
      view.setCases = (cases) => {
        setCases.call(view, cases);
        delete view.setCases;
        void drawn().then(told);
      };
      const drawn = async () => {
        while (!view.map.isSourceLoaded("cases")) await pause(2);
        await frame();
        await frame();
        return performance.now() - began;
      };
    });
    select.value = value;
    began = performance.now();
    select.dispatchEvent(new Event("change", { bubbles: true }));
    return { list: await list, map: await map };
  }

  /** When the row of a case first says another state than it does now; milliseconds since 1970. */
  function heard(number) {
    const row = () => document.getElementById(`row-${number}`)?.querySelector(".desk-state")?.textContent;
    const before = row();
    if (before === undefined) throw new Error(`no row of ${number}`);
    measuring.heard_at = new Promise((told) => {
      const watched = new MutationObserver(() => {
        const now = row();
        if (now === undefined || now === before) return;
        watched.disconnect();
        told(Date.now());
      });
      watched.observe(document.querySelector(".desk-rows"), { subtree: true, childList: true, characterData: true });
    });
  }

  return { long, tapped, pan, bare, change, heard, idle };
})();
