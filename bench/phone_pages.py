"""The phone: what it loads first, and how soon the big button takes a tap on a slow one in a slow network."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Playwright, Response

from bench import load
from bench.browser import Inside, phone, sign_in
from bench.figures import Findings, Target
from bench.stand import Server, Stand
from server.people.accounts import NewAccount

FIRST_LOAD = Target(200.0, at_least=False, absolute=True)
INTERACTIVE = Target(2000.0, at_least=False, absolute=True)
_BUTTON = ".officer-shoot"
_SLOWER = 4.0
# "Slow 3G" as browsers' own tools have it.
_LATENCY_MS, _BYTES_A_S = 400.0, 50_000.0
_MAP = ("map-", "maplibre-")
_TAPS_MAX = 400
_INSTALLED = "async () => (await navigator.serviceWorker.ready).active?.state"


def measure(findings: Findings, stand: Stand, server: Server, playwright: Playwright, rounds: int) -> None:
    """Installs the page on a phone, then starts it anew again and again."""
    folder = stand.var / "phone"
    (officer,) = stand.people("officer", 1)
    first_bytes = _install(playwright, folder, server, officer)
    starts = [_start(playwright, folder, server) for _ in range(rounds)]
    starts_ms, busy_ms = [ms for ms, _ in starts], [ms for _, ms in starts]
    findings.add(
        "手机首次载入,压缩后 the phone's first load, compressed",
        "kB",
        [first_bytes / 1000],
        target=FIRST_LOAD,
    )
    findings.add(
        "手机再次打开至可按 the phone's next start until a tap is taken", "ms", starts_ms, target=INTERACTIVE
    )
    findings.add("其中主线程 of it the main thread", "ms", busy_ms)
    findings.notes += [
        "First load: all below /app/ until the big button is there, signing in included, the map not.",
        f"Next start: a new process, signed in, the service worker in place; processor {_SLOWER:.0f} x slower, "
        f"{_BYTES_A_S * 8 / 1000:.0f} kbit/s, {_LATENCY_MS:.0f} ms. From navigation to the tap as the page gets it. "
        "Main thread: its processor time until then, slowness included, which others on the machine add nothing to. "
        "Chromium slows neither the service worker nor what it answers from its store: what is slowed is what the page "
        "asks the server.",
    ]


def _install(playwright: Playwright, folder: Path, server: Server, officer: NewAccount) -> int:
    """Signs in for the first time; bytes that came before the big button was there."""
    came: list[Response] = []
    with phone(playwright, folder, server) as opened:
        page = opened.pages[0]
        page.on("response", lambda response: came.append(response))
        page.goto("/app/")
        sign_in(page, officer.account.username, officer.password or "")
        page.wait_for_selector(_BUTTON)
        loaded = sum(_packed_bytes(response) for response in came if _of_first_load(response))
        while page.evaluate(_INSTALLED) != "activated":
            page.wait_for_timeout(100)
        # The second opening is answered by the service worker, and keeps what the day's work needs.
        page.reload()
        page.wait_for_selector(_BUTTON)
        if not page.evaluate("navigator.serviceWorker.controller !== null"):
            raise load.RoundVoid("the service worker answers nothing")
    return loaded


def _of_first_load(response: Response) -> bool:
    path = urlsplit(response.url).path
    return (
        path.startswith("/app/") and not path.rpartition("/")[2].startswith(_MAP) and response.status == 200
    )


def _packed_bytes(response: Response) -> int:
    if "content-encoding" not in response.headers:
        raise load.RoundVoid(f"{response.url} left the server as it is")
    return len(gzip.compress(response.body(), 9))


def _start(playwright: Playwright, folder: Path, server: Server) -> tuple[float, float]:
    """Milliseconds from navigation to the tap in a new process, and of the main thread's processor time."""
    with phone(playwright, folder, server) as opened:
        page = opened.pages[0]
        page.on("filechooser", lambda _: None)
        inside = Inside(page)
        inside.slow_down(processor=_SLOWER, latency_ms=_LATENCY_MS, bytes_a_s=_BYTES_A_S)
        before_s = inside.main_thread_s
        page.goto("/app/", wait_until="commit")
        tapped_ms = _tapped_ms(page)
        return tapped_ms, (inside.main_thread_s - before_s) * 1000


def _tapped_ms(page: Page) -> float:
    """Taps where the button is as soon as it is there, until the page has had a tap."""
    page.wait_for_selector(_BUTTON)
    for _ in range(_TAPS_MAX):
        box = page.evaluate(
            "(which) => { const { x, y, width, height } = document.querySelector(which).getBoundingClientRect(); "
            "return [x + width / 2, y + height / 2]; }",
            _BUTTON,
        )
        page.touchscreen.tap(*box)
        tapped_ms = page.evaluate("(which) => measuring.tapped(which) ?? null", _BUTTON)
        if tapped_ms is not None:
            return float(tapped_ms)
    raise load.RoundVoid("the big button takes no tap")
