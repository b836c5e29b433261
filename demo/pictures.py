"""The pictures of docs/guides, taken from a running demo: `make pictures`.

Everything shown is the demo's own work, so a picture that no longer fits its guide is found by looking at the change.
Needs the browser and library of the tests.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "guides" / "pictures"
PHOTO = ROOT / "demo" / "tongzhou" / "photos" / "drawn_01_fruit.jpg"
AFTER = ROOT / "demo" / "tongzhou" / "photos" / "drawn_12_after.jpg"
# Before a shop of the drawn district, WGS-84; an officer stands there.
HERE = {"longitude": 121.0650, "latitude": 32.0674, "accuracy": 5}
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
QUALITY = 82
DRAWING = (
    "--headless",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)


@dataclass(frozen=True)
class Demo:
    """A running demo and a browser before it. `passwords`: by user name."""

    browser: Browser
    url: str
    passwords: dict[str, str]

    @contextmanager
    def signed_in(self, username: str, size: dict[str, int], path: str, **looks: Any) -> Iterator[Page]:
        """Somebody's page, settled."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport=size,  # type: ignore[arg-type]
            device_scale_factor=2 if size is PHONE else 1,
            has_touch=size is PHONE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            geolocation=HERE,  # type: ignore[arg-type]
            permissions=["geolocation"],
            **looks,
        )
        page = context.new_page()
        page.goto("/app/")
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(self.passwords[username])
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_label("密码")).to_have_count(0)
        page.goto(path)
        yield page
        context.close()

    def call(self, username: str, method: str, path: str, sent: dict[str, Any] | None = None) -> Any:
        """What the API answers to somebody."""
        context = self.browser.new_context(base_url=self.url)
        given = {"username": username, "password": self.passwords[username]}
        token = context.request.post("/api/v1/auth/login", data=given).json()["access_token"]
        came = context.request.fetch(
            f"/api/v1{path}", method=method, data=sent, headers={"Authorization": f"Bearer {token}"}
        )
        told = came.json() if came.ok else came.text()
        assert came.ok, told
        context.close()
        return told


def keep(page: Page, name: str) -> None:
    """The page as it stands, as WebP; a map has been drawn by then."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(600)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").save(PICTURES / f"{name}.webp", quality=QUALITY, method=6)
    print(f"{name}.webp")


def officer(demo: Demo) -> None:
    with demo.signed_in("officer01", PHONE, "/app/officer") as page:
        expect(page.get_by_text("拍照上报")).to_be_visible()
        keep(page, "officer-home")
        with page.expect_file_chooser() as chosen:
            page.get_by_text("拍照上报").click()
        chosen.value.set_files(PHOTO)
        expect(page.get_by_role("button", name="发送", exact=True)).to_be_visible()
        keep(page, "officer-confirm")
        page.locator(".officer-quick").get_by_role("button").nth(1).click()
        page.context.set_offline(True)
        page.get_by_role("button", name="发送", exact=True).click()
        page.locator(".officer-strip").click()
        expect(page.get_by_text("等待网络").first).to_be_visible()
        keep(page, "officer-queue")
        page.context.set_offline(False)
        for tab, name in (("任务", "officer-tasks"), ("我的", "officer-me")):
            page.get_by_role("navigation").get_by_role("link", name=tab).click()
            keep(page, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--accounts", type=Path, default=ROOT / "var" / "demo-accounts.json")
    given = parser.parse_args()
    passwords = {one["username"]: one["password"] for one in json.loads(given.accounts.read_text())}
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*DRAWING, *sandbox]
        )
        demo = Demo(browser, given.url, passwords)
        for guide in GUIDES:
            guide(demo)
        browser.close()


GUIDES: tuple[Callable[[Demo], None], ...] = (officer,)

if __name__ == "__main__":
    main()
