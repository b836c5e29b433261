"""What every page owes to everybody, looked for in the page that is open: nothing that axe finds, nothing cut off or
spilling out of its place in the language it speaks, and a keyboard that stands somewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parents[2]
_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
    .map(({ id, impact, help, nodes }) => ({ id, impact, help, at: nodes.map((node) => node.html.slice(0, 200)) }))"""
# A text may be shortened where a title tells it whole; what scrolls is not cut off. Of a field the text is measured.
_CUT = """() => {
  const found = [];
  const told = (what, el, wants, has) =>
    found.push(`${what}, ${wants} > ${has} px: ${el.tagName}.${el.className} ${el.textContent.slice(0, 60)}`);
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) told("scrolls sideways", root, root.scrollWidth, root.clientWidth);
  const pen = document.createElement("canvas").getContext("2d");
  const beside = ".unseen, .skip, svg, canvas, .maplibregl-map, [title]";
  for (const el of document.querySelectorAll("body *")) {
    if (!el.checkVisibility({ visibilityProperty: true }) || el.closest(beside) || el.clientWidth === 0) continue;
    const style = getComputedStyle(el);
    if (["inline", "contents"].includes(style.display)) continue;
    if (el.matches("select, input[type=search]")) {
      const text = el.matches("select") ? (el.selectedOptions[0]?.textContent ?? "") : el.value || el.placeholder;
      const arrow_px = el.matches("select") ? 18 : 0;
      pen.font = style.font;
      const wants = pen.measureText(text).width;
      const has = el.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrow_px;
      if (wants > has + 1) told(`too narrow for ${text}`, el, wants, has);
    } else if (!el.matches("input, textarea, img, progress")) {
      const cuts = ["hidden", "clip"].includes(style.overflowY);
      const scrolls = ["auto", "scroll"].includes(style.overflowX);
      if (el.scrollWidth > el.clientWidth + 1 && !scrolls) told("too wide", el, el.scrollWidth, el.clientWidth);
      if (el.scrollHeight > el.clientHeight + 2 && cuts) told("too high", el, el.scrollHeight, el.clientHeight);
    }
  }
  return [...new Set(found)];
}"""


_KEPT = """async (key) => {
  for (const name of await caches.keys()) {
    if (!name.startsWith("frontage.read.")) continue;
    const held = await (await caches.open(name)).keys();
    if (held.some(({ url }) => decodeURIComponent(url).includes(key))) return true;
  }
  return false;
}"""
_DRAFTED = """(told) => new Promise((answer, failed) => {
  const opening = indexedDB.open("frontage.officer");
  opening.onerror = () => failed(opening.error);
  opening.onsuccess = () => {
    const reading = opening.result.transaction("drafts").objectStore("drafts").getAll();
    reading.onsuccess = () => { opening.result.close(); answer(JSON.stringify(reading.result).includes(told)); };
  };
})"""
_PATIENCE_S = 30.0


def wait_until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Asks again and again until it holds: what a page makes of an event comes after the event."""
    give_up_s = time.monotonic() + _PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_s, what
        page.wait_for_timeout(50)


def wait_until_kept(page: Page, key: str) -> None:
    """Until the phone has a copy of what was read under this key: it is written after it is shown."""
    wait_until(page, lambda: bool(page.evaluate(_KEPT, key)), f"no copy of {key}")


def wait_until_drafted(page: Page, told: str) -> None:
    """Until the browser has written down what was filled in: it does so a moment after the last letter."""
    wait_until(page, lambda: bool(page.evaluate(_DRAFTED, told)), f"no draft with {told}")


def drawn_width(image: Locator) -> int:
    """Width in pixels of what an image shows, once it does."""
    return int(image.evaluate("(image) => image.decode().then(() => image.naturalWidth)"))


@cache
def axe() -> str:
    """The source of axe-core, as the lock file of the pages has it."""
    return (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def findings(page: Page, but: Container[str] = ()) -> list[str]:
    """What axe finds, whatever its weight, `but` for rules of these names."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    told: list[dict[str, Any]] = page.evaluate(_AXE)
    return [
        f"{one['impact']} {one['id']}: {one['help']} {one['at'][:3]}" for one in told if one["id"] not in but
    ]


def cut_off(page: Page) -> list[str]:
    """What has not the room it needs."""
    return list(page.evaluate(_CUT))


@dataclass
class Looked:
    """Looks at one state of a page after another and keeps what is amiss, so that one walk tells everything."""

    page: Page
    keep: Callable[[str], None]
    amiss: list[str] = field(default_factory=list)

    def at(self, state: str) -> None:
        self._keeps(state, findings(self.page) + cut_off(self.page))

    def fits(self, state: str) -> None:
        """Of a state that axe has seen: whether it has room at this width too."""
        self._keeps(state, cut_off(self.page))

    def _keeps(self, state: str, found: list[str]) -> None:
        if found:
            self.keep(state)
        self.amiss += [f"{state}: {one}" for one in found]


def where(page: Page) -> str:
    """What has the keyboard, by its name or text; empty when it stands nowhere."""
    return str(
        page.evaluate(
            "() => { const at = document.activeElement; return !at || at === document.body ? '' :"
            " at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.textContent || at.tagName; }"
        )
    ).strip()


def ringed(page: Page) -> bool:
    """Whether one sees what has the keyboard: by a ring on it or on what stands for it."""
    return bool(
        page.evaluate(
            "() => { for (let at = document.activeElement, up = 0; at && up < 2; at = at.parentElement, up++)"
            " { const { outlineStyle, outlineWidth } = getComputedStyle(at);"
            " if (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) return true; } return false; }"
        )
    )
