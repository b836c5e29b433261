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
HERE = {"longitude": 121.0691668, "latitude": 32.0702, "accuracy": 3}
# Before a shop that has not signed its letter.
UNSIGNED = {"longitude": 121.0650969, "latitude": 32.0674334, "accuracy": 3}
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
QUALITY = 82
DRAWS_MS = 3000
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
    """The page once its tiles and photos have been drawn, as WebP."""
    page.wait_for_timeout(DRAWS_MS)
    shoot(page, name)


def shoot(page: Page, name: str) -> None:
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
        expect(page.get_by_text("门前责任区").first).to_be_visible()
        page.locator(".officer-quick").get_by_role("button").nth(1).click()
        keep(page, "officer-confirm")
        page.context.set_offline(True)
        page.get_by_role("button", name="发送", exact=True).click()
        page.locator(".officer-strip").click()
        expect(page.get_by_text("等待网络").first).to_be_visible()
        keep(page, "officer-queue")
    with demo.signed_in("officer01", PHONE, "/app/officer/tasks") as page:
        expect(page.locator(".tasks-row").first).to_be_visible()
        keep(page, "officer-tasks")
        page.context.set_geolocation(UNSIGNED)  # type: ignore[arg-type]
        page.goto("/app/officer/visit")
        page.locator(".letters-door").scroll_into_view_if_needed()
        keep(page, "officer-letter")
        page.goto("/app/officer/me")
        expect(page.get_by_text("后台定位")).to_be_visible()
        keep(page, "officer-me")
        page.goto("/app/officer/cards")
        page.locator("main a[href*='/cards/']").first.click()
        keep(page, "officer-cards")
        # Without network nobody is called; with the page the countdown goes.
        page.context.set_offline(True)
        page.get_by_role("button", name="SOS").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("秒后呼救")).to_be_visible()
        shoot(page, "officer-sos")


def township(demo: Demo) -> None:
    with demo.signed_in("handler01", PHONE, "/app/officer/tasks") as page:
        expect(page.locator(".tasks-row").first).to_be_visible()
        keep(page, "handler-tasks")
        page.get_by_role("tab", name="处置中").click()
        page.locator(".tasks-row").first.click()
        expect(page.locator(".photos-side img").first).to_be_visible()
        keep(page, "handler-case")
        page.get_by_role("button", name="反馈", exact=True).click()
        form = page.get_by_role("form", name="反馈处置结果")
        form.locator("input[type=file]").first.set_input_files(AFTER)
        expect(form).to_contain_text("距案卷地点")
        form.scroll_into_view_if_needed()
        keep(page, "handler-reply")
    with demo.signed_in("handler01", DESK, "/app/enforcement?show=all") as page:
        page.locator(".office-table a").first.click()
        expect(page.locator(".enforcement-steps li").first).to_be_visible()
        keep(page, "handler-enforcement")
    with demo.signed_in("checker06", PHONE, "/app/officer/tasks") as page:
        page.locator(".tasks-row").first.click()
        expect(page.locator(".photos-side img")).to_have_count(2)
        keep(page, "checker-case")


def reviewer(demo: Demo) -> None:
    with demo.signed_in("reviewer01", DESK, "/app/enforcement?state=reviewing") as page:
        page.locator(".office-table a").first.click()
        expect(page.locator(".enforcement-steps li").first).to_be_visible()
        keep(page, "reviewer-review")
        page.goto("/app/openness")
        expect(page.locator(".office-table tbody tr").first).to_be_visible()
        keep(page, "reviewer-openness")


def dispatcher(demo: Demo) -> None:
    with demo.signed_in("dispatcher01", DESK, "/app/dispatch") as page:
        settled(page)
        page.locator(".desk-row", has_text="银河路44号").first.click()
        expect(page.locator(".desk-panel .photos-side img").first).to_be_visible()
        keep(page, "dispatcher-desk")
        page.emulate_media(color_scheme="dark")
        keep(page, "dispatcher-dark")
        page.emulate_media(color_scheme="light")
        page.goto("/app/dispatch?view=triage")
        settled(page)
        page.locator(".desk-row", has_text="49 %").first.click()
        expect(page.locator(".desk-candidates li").first).to_be_visible()
        keep(page, "dispatcher-triage")
        page.goto("/app/dispatch?state=registered")
        settled(page)
        page.locator(".desk-row").first.click()
        expect(page.locator(".desk-panel").get_by_role("button", name="派遣", exact=True)).to_be_visible()
        page.keyboard.press("a")
        expect(page.get_by_role("form", name="派遣")).to_be_visible()
        keep(page, "dispatcher-dispatch")
        page.keyboard.press("Escape")
        for _ in range(3):
            page.keyboard.press("x")
            page.keyboard.press("j")
        expect(page.locator(".desk-batch")).to_contain_text("已选 3 件")
        keep(page, "dispatcher-batch")
        call = f"/sos/{uuid4()}"
        spot = {"lon": HERE["longitude"], "lat": HERE["latitude"], "datum": "wgs84", "accuracy_m": 5}
        demo.call("officer01", "PUT", call, {"note": "演示:有人阻挠执法", "position": spot})
        expect(page.locator(".desk-call")).to_be_visible()
        keep(page, "dispatcher-sos")
        demo.call("dispatcher01", "POST", f"{call}/acknowledge")
        demo.call("dispatcher01", "POST", f"{call}/close", {"outcome": "false_alarm", "note": "演示"})


def manager(demo: Demo) -> None:
    with demo.signed_in("zone_manager01", DESK, "/app/manager") as page:
        expect(page.locator("main")).to_contain_text("应巡")
        expect(page.locator("[data-map=ready]")).to_be_visible()
        keep(page, "manager-coverage")
        page.get_by_role("button", name="派一轮").first.click()
        keep(page, "manager-round")
        page.goto("/app/manager/playback")
        page.get_by_role("checkbox").nth(0).check()
        page.get_by_label("为什么看").fill("核实投诉:银河路是否去过")
        page.get_by_role("button", name="查看轨迹").click()
        expect(page.locator(".manager-lane").first).to_be_visible()
        keep(page, "manager-playback")
        page.goto("/app/subjects")
        page.locator(".office-table a").first.click()
        expect(page.locator("main .blank")).to_have_count(0)
        keep(page, "manager-subject")
        page.goto("/app/letters")
        page.locator(".letters-streets button", has_text="建设路").click()
        expect(page.locator(".letters-unsigned li").first).to_be_visible()
        keep(page, "manager-letters")
        for path, shown in {"ratings": "拟定名单", "records?form=street_scorecard": "填写"}.items():
            page.goto(f"/app/{path}")
            expect(page.get_by_role("main")).to_contain_text(shown)
            expect(page.locator(".office-table tbody tr").first).to_be_visible()
            keep(page, f"manager-{path.partition('?')[0]}")


def settled(page: Page) -> None:
    """The desk has its rows and its map."""
    expect(page.locator(".desk-live")).to_have_text("实时")
    expect(page.locator(".desk-row").first).to_be_visible()
    expect(page.locator("[data-map=ready]")).to_be_visible()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--only", action="append", choices=[guide.__name__ for guide in GUIDES])
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
            if not given.only or guide.__name__ in given.only:
                guide(demo)
        browser.close()


GUIDES: tuple[Callable[[Demo], None], ...] = (officer, township, dispatcher, manager, reviewer)

if __name__ == "__main__":
    main()
