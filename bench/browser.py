"""Debian's Chromium as people's pages run in it: driven by Playwright, its processor time read from /proc.

There is no graphics card here: maps are drawn in software, by the process that would feed the card.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright, ViewportSize

from bench import load
from bench.processes import children_of, cpu_s
from bench.stand import Server

SCRIPT = Path(__file__).with_name("pages.js")
DESK_PX: ViewportSize = {"width": 1280, "height": 900}
PHONE_PX: ViewportSize = {"width": 390, "height": 844}
WAIT_MS = 120_000
_DRAWING = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
_GRAPHICS = b"--type=gpu-process"


def _launching() -> dict[str, Any]:
    chromium = shutil.which("chromium")
    if not chromium:
        raise load.RoundVoid("chromium is missing: apt-get install chromium (make test does it)")
    # Chromium refuses its sandbox to root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": chromium, "args": ["--headless", *_DRAWING, *sandbox]}


@contextmanager
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser that keeps nothing."""
    made = playwright.chromium.launch(**_launching())
    try:
        yield made
    finally:
        made.close()


@contextmanager
def phone(playwright: Playwright, folder: Path, server: Server) -> Iterator[BrowserContext]:
    """A browser of its own process that keeps all in `folder`, as a phone does from one start to the next."""
    made = playwright.chromium.launch_persistent_context(
        folder, **_launching(), base_url=base(server), viewport=PHONE_PX, has_touch=True, locale="zh-CN"
    )
    try:
        made.add_init_script(path=SCRIPT)
        yield made
    finally:
        made.close()


def screen(browser_: Browser, server: Server) -> Page:
    """A page at a desk, of somebody who has not signed in yet."""
    context = browser_.new_context(base_url=base(server), viewport=DESK_PX, locale="zh-CN")
    context.add_init_script(path=SCRIPT)
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    return page


def base(server: Server) -> str:
    return f"http://{server.host}:{server.port}"


def sign_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def graphics_cpu_s() -> float:
    """Processor seconds so far of the processes that draw for our browsers."""
    return sum(cpu_s(pid) for pid in _descendants(os.getpid()) if _GRAPHICS in _command(pid))


def _descendants(pid: int) -> Iterator[int]:
    for child in children_of(pid):
        yield child
        yield from _descendants(child)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


class Inside:
    """What Chromium itself tells of a page: processor time of its main thread, its heap, its elements."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def _metrics(self) -> dict[str, float]:
        told = self._session.send("Performance.getMetrics")["metrics"]
        return {one["name"]: float(one["value"]) for one in told}

    @property
    def main_thread_s(self) -> float:
        return self._metrics()["ThreadTime"]

    def held(self) -> tuple[float, float]:
        """Bytes of the script heap, and elements, once everything that nobody needs is collected."""
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
        metrics = self._metrics()
        return metrics["JSHeapUsedSize"], metrics["Nodes"]

    def slow_down(self, *, processor: float, latency_ms: float, bytes_a_s: float) -> None:
        self._session.send("Emulation.setCPUThrottlingRate", {"rate": processor})
        self._session.send("Network.enable")
        network = {"offline": False, "latency": latency_ms}
        speed = {"downloadThroughput": bytes_a_s, "uploadThroughput": bytes_a_s}
        self._session.send("Network.emulateNetworkConditions", {**network, **speed})
