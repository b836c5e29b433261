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

  /** Pictures of the map within some time, whatever moves it, and how often the page had a turn to make one. */
  async function frames(ms) {
    const { map } = shown();
    let frames = 0;
    let turns = 0;
    const drawn = map.on("render", () => frames++);
    const began = performance.now();
    for (; performance.now() - began < ms; turns++) await frame();
    drawn.unsubscribe();
    return { frames, turns, took: performance.now() - began };
  }

  /** Moves the map without flying, once it is there. */
  async function jump(to) {
    const { map } = shown();
    map.jumpTo(to);
    await idle();
  }

  /** A click in the middle of the map. */
  function pick() {
    const canvas = shown().map.getCanvas();
    const box = canvas.getBoundingClientRect();
    const at = { bubbles: true, cancelable: true, view: window, button: 0, clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    for (const type of ["mousedown", "mouseup", "click"]) canvas.dispatchEvent(new MouseEvent(type, at));
  }

  /** Drags the first corner round and round: of each move the page's own milliseconds, and those until the picture stands. */
  async function drag(ms) {
    const told = { work: [], picture: [] };
    const corner = document.querySelector(".layers-surface circle.corner");
    const surface = corner.ownerSVGElement;
    const box = corner.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const tell = (target, type, angle, reach) => target.dispatchEvent(new PointerEvent(type, {
      bubbles: true, cancelable: true, view: window, pointerId: 1, isPrimary: true, button: type === "pointermove" ? -1 : 0, buttons: 1,
      clientX: x + Math.cos(angle) * reach, clientY: y + Math.sin(angle) * reach,
    }));
    surface.setPointerCapture = () => undefined;
    tell(corner, "pointerdown", 0, 0);
    const began = performance.now();
    for (let n = 0; performance.now() - began < ms; n++) {
      const before = performance.now();
      tell(surface, "pointermove", n / 5, 12);
      const moved = performance.now() - before;
      // The drawing is changed in the frame that comes next, before this one's turn in it.
      const asked = performance.now();
      let drew = 0;
      const watched = new MutationObserver(() => (drew ||= performance.now()));
      watched.observe(surface, { childList: true });
      const came = await frame();
      await Promise.resolve();
      watched.disconnect();
      told.work.push(moved + Math.max(0, drew - Math.max(asked, came)));
      await frame();
      told.picture.push(performance.now() - before);
    }
    tell(surface, "pointerup", 0, 0);
    return told;
  }

  return { long, tapped, pan, bare, change, heard, idle, frames, jump, pick, drag };
})();
