"""A real browser over a real server: Debian's Chromium driven by Playwright, which downloads no browser of its own.

Whatever a page asks of another host, logs as an error or throws is kept and fails the test that looked at it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from config import Config
from tests.factories import PASSWORD
from tests.postgres import TestServer
from tests.serving import Served, serving

# Patience for a busy machine: what comes is seen as soon as it is there.
expect.set_options(timeout=20_000)

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
# Maps are drawn by WebGL; where no graphics card is, in software.
DRAWING = (
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Closed with its file: while it is open, no other test in this process can run an event loop of its own.
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: apt-get install chromium (make test does it)"
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, as which containers run their tests.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        made = playwright.chromium.launch(executable_path=chromium, args=["--headless", *DRAWING, *sandbox])
        yield made
        made.close()


@pytest.fixture(scope="module")
def served(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests of a file."""
    config = Config(var=tmp_path_factory.mktemp("served") / "var")
    with (
        postgres.clone() as database_url,
        serving(
            config, database_url=database_url, app_database_url=postgres.app_url(database_url)
        ) as running,
    ):
        yield running


def come_signed_in(context: BrowserContext, home: str, username: str) -> None:
    """The pages of a context find somebody signed in, as the form would have left them; files that sign in by the form
    are test_casework.py, test_officer.py and test_queue.py."""
    given = {"username": username, "password": PASSWORD}
    told = context.request.post(f"{home}/api/v1/auth/login", data=given).json()
    kept = {"user": told["user"], "access": told["access_token"], "refresh": told["refresh_token"]}
    context.add_init_script(
        "localStorage.getItem('frontage.session') ?? "
        f"localStorage.setItem('frontage.session', {json.dumps(json.dumps(kept))})"
    )


@dataclass
class Watched:
    """A page and everything about it that must not happen."""

    page: Page
    home: str
    strangers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.home:
            self.strangers.append(request.url)

    def fits_its_width(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        )

    def keep_screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def watched(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A fresh page of `width_px` and `theme`, where a test is parametrized with them; WINDOW_PX of its file."""
    wanted = getattr(request.node, "callspec", None)
    params = wanted.params if wanted else {}
    width_px, height_px = getattr(request.module, "WINDOW_PX", (1280, 900))
    if "width_px" in params:
        width_px, height_px = params["width_px"], 900 if params["width_px"] > 600 else 844
    context = browser.new_context(
        base_url=served.url,
        viewport={"width": width_px, "height": height_px},
        color_scheme=params.get("theme", "light"),
        locale="zh-CN",
        reduced_motion="reduce",
    )
    made = Watched(context.new_page(), served.url)
    made.page.on("request", made.asked)
    made.page.on("pageerror", lambda error: made.errors.append(str(error)))
    made.page.on(
        "console", lambda said: made.errors.append(said.text) if said.type in ("error", "warning") else None
    )
    yield made
    context.close()
