"""The officer's queue in a real browser: whatever is cut, killed or answered wrongly, a report arrives once and whole,
and nothing leaves the phone before a signed receipt names it."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect
from sqlalchemy import Engine

from config import Config
from server.people import accounts
from tests.browser.conftest import ROOT, SCREENSHOTS
from tests.factories import CORNER, PASSWORD, QUICK_PASSWORDS, make_account
from tests.postgres import TestServer
from tests.server.reports.street import make_street, real_photo, rows, sha256_of
from tests.serving import Served, serving

PHOTOS = tuple(
    real_photo(name) for name in ("drawn_01_fruit.jpg", "drawn_08_waste.jpg", "drawn_12_after.jpg")
)
QUEUE = "/app/officer/queue"
START_S = 20.0

# Puts a report with photos into the queue of the page that is open, as its report screen does.
PUT_IN = """async ([module, id, title, photos, position]) => {
    const { enqueue } = await import(module);
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const now = new Date().toISOString();
    try {
        await enqueue({
            kind: "report", id, title,
            report: { captured_at: now, position, category: "goods_on_pavement", note: "占道 “1.0” \\u20ac" },
            photos: photos.map((text) => ({ blob: new Blob([bytes(text)], { type: "image/jpeg" }), role: "scene" })),
        });
        return "held";
    } catch (failure) {
        return failure.code ?? String(failure);
    }
}"""
HELD_BYTES = """() => new Promise((told, failed) => {
    const opening = indexedDB.open("frontage.queue");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
        const counting = opening.result.transaction("bytes").objectStore("bytes").count();
        counting.onsuccess = () => { opening.result.close(); told(counting.result); };
    };
})"""


@dataclass(frozen=True)
class Street:
    """A server whose district has one street, and its officers."""

    served: Served
    owner: Engine
    photos: Path

    def arrived(self, report_id: str) -> dict[str, int]:
        """How often each photo of a report has come."""
        found = rows(
            self.owner,
            "SELECT sha256, count(*) AS times FROM photo_arrival WHERE report_id = CAST(:id AS uuid) GROUP BY sha256",
            id=report_id,
        )
        return {row["sha256"]: row["times"] for row in found}

    def reports(self, username: str) -> int:
        return int(
            rows(
                self.owner,
                "SELECT count(*) FROM report JOIN account ON account.id = report.officer_id WHERE username = :name",
                name=username,
            )[0]["count"]
        )

    def has_whole(self, report_id: str, username: str) -> None:
        """Exactly one report of this officer, with all photos, each once and byte for byte."""
        assert self.reports(username) == 1
        assert self.arrived(report_id) == {sha256_of(photo): 1 for photo in PHOTOS}
        for photo in PHOTOS:
            kept = next(self.photos.rglob(sha256_of(photo)))
            assert kept.read_bytes() == photo


@pytest.fixture(scope="module")
def street(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    config = Config(var=tmp_path_factory.mktemp("queue") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Street(running, owner, config.var)


def queue_module() -> str:
    """Address of the queue's own entry in the build."""
    built = (ROOT / "web" / "dist" / "assets").glob("queue-*.js")
    return next(
        f"/app/assets/{file.name}" for file in built if " as enqueue," in file.read_text(encoding="utf-8")
    )


@dataclass
class Phone:
    """One officer's phone with the queue open. What its page logged as an error is kept."""

    street: Street
    page: Page
    username: str
    errors: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def sign_in(self, username: str | None = None, password: str = PASSWORD) -> None:
        self.page.get_by_label("用户名").fill(username or self.username)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录").click()
        expect(self.page.get_by_role("heading", level=1)).not_to_have_text("门前")

    def open(self) -> None:
        self.page.goto(self.street.served.url + QUEUE)
        # Fetched while there is a network.
        self.page.evaluate("module => import(module).then(() => true)", queue_module())

    def put_in(self, title: str = "店外经营", photos: tuple[bytes, ...] = PHOTOS, **position: Any) -> str:
        report_id = str(uuid4())
        assert self.try_to_put_in(report_id, title, photos, **position) == "held"
        return report_id

    def try_to_put_in(self, report_id: str, title: str, photos: tuple[bytes, ...], **position: Any) -> str:
        texts = [base64.b64encode(photo).decode() for photo in photos]
        fix = {"lon": CORNER[0], "lat": CORNER[1], "datum": "wgs84", "accuracy_m": 5, "source": "device"}
        told = self.page.evaluate(PUT_IN, [queue_module(), report_id, title, texts, {**fix, **position}])
        return str(told)

    def held_bytes(self) -> int:
        """Photos whose bytes the phone still has."""
        return int(self.page.evaluate(HELD_BYTES))

    def send_now(self) -> None:
        self.page.get_by_role("button", name="现在发送").click()

    def shows_kept(self, street: Street, report_id: str) -> None:
        """On record, with its case's number and a signature that was checked; the bytes are gone."""
        row = self.page.locator("li[data-state=kept]")
        expect(row).to_contain_text("签名已核对")
        number = rows(
            street.owner,
            "SELECT number FROM case_file JOIN case_report ON case_id = case_file.id"
            " WHERE report_id = CAST(:id AS uuid)",
            id=report_id,
        )[0]["number"]
        expect(row).to_contain_text(number)
        expect(self.page.get_by_role("heading", level=1)).to_have_text("都已送达")
        assert self.held_bytes() == 0


@pytest.fixture
def phone(browser: Browser, street: Street) -> Iterator[Phone]:
    with signed_in(browser, street) as made:
        yield made


@contextmanager
def signed_in(browser: Browser, street: Street, *, room_bytes: int | None = None) -> Iterator[Phone]:
    """A phone with an officer of its own; with so much room for everything."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        locale="zh-CN",
        reduced_motion="reduce",
        service_workers="block",
    )
    made = Phone(street, context.new_page(), make_account(street.owner).username)
    made.page.on("pageerror", lambda error: made.errors.append(str(error)))
    if room_bytes is not None:
        # Before anything is written: a browser takes what it found to be free for true for a while.
        line = context.new_cdp_session(made.page)
        line.send("Storage.overrideQuotaForOrigin", {"origin": street.served.url, "quotaSize": room_bytes})
    made.open()
    made.sign_in()
    made.open()
    yield made
    context.close()
    assert made.errors == []


def cut_before_anything(phone: Phone) -> str:
    phone.context.set_offline(True)
    report_id = phone.put_in()
    expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("等待网络")
    assert phone.street.arrived(report_id) == {}
    phone.context.set_offline(False)
    return report_id


def cut_between_report_and_photos(phone: Phone) -> str:
    phone.page.route("**/photos/*", lambda route: route.abort("connectionreset"))
    report_id = phone.put_in()
    expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("0/3 张")
    expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("服务器没有应答")
    assert phone.street.reports(phone.username) == 1 and phone.street.arrived(report_id) == {}
    phone.page.unroute("**/photos/*")
    phone.send_now()
    return report_id


def cut_within_a_photo(phone: Phone) -> str:
    line = phone.context.new_cdp_session(phone.page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4_000}
    line.send("Network.emulateNetworkConditions", slow)
    with phone.page.expect_request(re.compile("/photos/")):
        report_id = phone.put_in()
    phone.page.wait_for_timeout(300)
    line.send("Network.emulateNetworkConditions", {**slow, "offline": True})
    expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("等待网络")
    assert len(phone.street.arrived(report_id)) < len(PHOTOS)
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    return report_id


def lose_answers_of(pattern: str) -> Callable[[Phone], str]:
    """The server took it, but the phone never hears so."""

    def cut(phone: Phone) -> str:
        def lose(route: Route) -> None:
            route.fetch()
            route.abort("connectionreset")

        phone.page.route(re.compile(pattern), lose, times=1)
        report_id = phone.put_in()
        expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("服务器没有应答")
        assert phone.street.reports(phone.username) == 1
        phone.send_now()
        return report_id

    return cut


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(cut_before_anything, id="before"),
        pytest.param(cut_between_report_and_photos, id="between"),
        pytest.param(cut_within_a_photo, id="within a photo"),
        pytest.param(lose_answers_of(r"/reports/[^/]+$"), id="answer of the report lost"),
        pytest.param(lose_answers_of(f"/photos/{sha256_of(PHOTOS[2])}"), id="answer of the last photo lost"),
    ],
)
def test_wherever_the_network_is_cut_the_report_arrives_once_and_whole(
    phone: Phone, street: Street, cut: Callable[[Phone], str]
) -> None:
    report_id = cut(phone)
    phone.shows_kept(street, report_id)
    street.has_whole(report_id, phone.username)


@contextmanager
def chromium(profile: Path, browser: Browser, *, killed: bool = True) -> Iterator[Page]:
    """A browser of its own on a profile that stays; killed at the end as by a battery taken out, or closed."""
    (profile / "DevToolsActivePort").unlink(missing_ok=True)
    program = shutil.which("chromium")
    assert program
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [program, "--headless", "--disable-gpu", *sandbox, "--remote-debugging-port=0", "--lang=zh-CN"]
        + ["--no-first-run", f"--user-data-dir={profile}", "about:blank"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_S
        while not (told := _text(profile / "DevToolsActivePort")):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        over = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{told.split()[0]}")
        page = over.contexts[0].pages[0]
        page.add_init_script("localStorage.setItem('frontage.language', 'zh-CN')")
        yield page
        if not killed:
            over.new_browser_cdp_session().send("Browser.close")
            process.wait(START_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    with suppress(Error):
        over.close()


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_a_browser_killed_at_each_step_goes_on_where_it_was(
    browser: Browser, street: Street, tmp_path: Path
) -> None:
    username, address = make_account(street.owner).username, street.served.url + QUEUE
    with chromium(tmp_path, browser, killed=False) as page:
        page.goto(address)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    with chromium(tmp_path, browser) as page:
        # Killed right after signing in, the phone knows who it is; a browser writes its localStorage later.
        phone = Phone(street, page, username)
        phone.open()
        phone.sign_in()
    with chromium(tmp_path, browser) as page:
        phone = Phone(street, page, username)
        phone.open()
        phone.context.set_offline(True)
        report_id = phone.put_in()
    with chromium(tmp_path, browser) as page:
        # Without network page and queue come from the phone itself.
        page.context.set_offline(True)
        page.goto(address)
        expect(page.locator("li[data-state=waiting]")).to_contain_text("等待网络")
        expect(page.locator("li[data-state=waiting]")).to_contain_text("0/3 张")
        assert street.reports(username) == 0
        # The report is taken, its photos are on the way.
        page.route("**/photos/*", lambda _: None)
        with page.expect_request(re.compile("/photos/")):
            page.context.set_offline(False)
    assert street.reports(username) == 1 and street.arrived(report_id) == {}
    with chromium(tmp_path, browser) as page:
        # All is taken, the last answer is under way.
        page.route(f"**/photos/{sha256_of(PHOTOS[2])}", lambda route: route.fetch() and None)
        with page.expect_request(re.compile(sha256_of(PHOTOS[2]))):
            page.goto(address)
        while len(street.arrived(report_id)) < len(PHOTOS):
            page.wait_for_timeout(50)
    with chromium(tmp_path, browser) as page:
        phone = Phone(street, page, username)
        phone.open()
        phone.shows_kept(street, report_id)
    street.has_whole(report_id, username)


# As in a browser that knows no Ed25519: then the phone works it out itself.
WITHOUT_ED25519 = """() => {
    const known = crypto.subtle.importKey.bind(crypto.subtle);
    crypto.subtle.importKey = (format, key, algorithm, ...more) => algorithm.name === "Ed25519"
        ? Promise.reject(new DOMException("Ed25519", "NotSupportedError")) : known(format, key, algorithm, ...more);
}"""


@pytest.mark.parametrize(
    "member, value, browser_knows",
    [
        ("digest", "0" * 64, True),
        ("received_at", "2020-01-01T00:00:00Z", True),
        ("received_at", "2020-01-01T00:00:00Z", False),
        ("id", "00000000-0000-4000-8000-000000000000", True),
    ],
)
def test_a_receipt_that_proves_nothing_deletes_nothing(
    phone: Phone, street: Street, member: str, value: str, browser_knows: bool
) -> None:
    if not browser_knows:
        phone.page.evaluate(WITHOUT_ED25519)

    def forge(route: Route) -> None:
        taken = route.fetch()
        route.fulfill(response=taken, json={**taken.json(), member: value})

    phone.page.route("**/api/v1/reports/**", forge)
    report_id = phone.put_in()
    expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("回执对不上")
    expect(phone.page.locator("li[data-state=kept]")).to_have_count(0)
    assert phone.held_bytes() == len(PHOTOS)
    phone.page.unroute("**/api/v1/reports/**")
    phone.send_now()
    phone.shows_kept(street, report_id)
    street.has_whole(report_id, phone.username)


def test_a_changed_password_keeps_what_waits_until_its_officer_signs_in_again(
    phone: Phone, street: Street
) -> None:
    other = make_account(street.owner).username
    with street.owner.begin() as connection:
        accounts.set_password(connection, phone.username, "another password", passwords=QUICK_PASSWORDS)
    report_id = phone.put_in()
    expect(phone.page.locator(".sign-in")).to_contain_text("待发送的内容都在")
    phone.sign_in(other)
    phone.open()
    expect(phone.page.locator(".notice")).to_contain_text(f"{phone.username} 还有 1 条未发送")
    assert street.reports(other) == 0 and phone.held_bytes() == len(PHOTOS)
    phone.page.get_by_role("link", name="我的").click()
    phone.page.get_by_role("button", name="退出登录").click()
    phone.sign_in(password="another password")
    phone.open()
    phone.shows_kept(street, report_id)
    street.has_whole(report_id, phone.username)


def test_a_session_whose_renewal_was_answered_into_the_void_goes_on(phone: Phone, street: Street) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    # As another tab would leave it: its access has run out.
    other = phone.context.new_page()
    other.goto(phone.page.url)
    other.evaluate(
        "localStorage.setItem('frontage.session',"
        " JSON.stringify({ ...JSON.parse(localStorage.getItem('frontage.session')), access: 'x' }))"
    )
    other.close()
    phone.page.route("**/auth/refresh", lose, times=1)
    with phone.page.expect_request("**/auth/refresh"):
        report_id = phone.put_in()
    expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("服务器没有应答")
    phone.send_now()
    phone.shows_kept(street, report_id)


def test_what_the_server_refuses_says_why_and_stays_until_it_is_thrown_away(
    phone: Phone, street: Street
) -> None:
    phone.put_in(accuracy_m=-1)
    refused = phone.page.get_by_role("region", name="未被接收")
    expect(refused.get_by_role("alert")).to_contain_text("内容不符合要求")
    phone.page.reload()
    refused.get_by_role("button", name="丢弃").click()
    phone.page.get_by_role("dialog").get_by_role("button", name="留着").click()
    assert phone.held_bytes() == len(PHOTOS)
    refused.get_by_role("button", name="丢弃").click()
    phone.page.get_by_role("dialog").get_by_role("button", name="丢弃").click()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("待发送 0")
    assert phone.held_bytes() == 0 and street.reports(phone.username) == 0


def test_a_busy_server_is_left_alone_as_long_as_it_asks_and_a_wi_fi_page_is_no_answer(
    phone: Phone, street: Street
) -> None:
    asked: list[str] = []

    def busy(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(
            status=503, headers={"Retry-After": "3600"}, json={"code": "unavailable", "status": 503}
        )

    phone.page.route("**/api/v1/reports/**", busy)
    report_id = phone.put_in()
    expect(phone.page.locator(".queue-head")).to_contain_text(re.compile("(60分钟|1小时)后自动再试"))
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.page.wait_for_timeout(300)
    assert len(asked) == 1
    phone.page.unroute("**/api/v1/reports/**")

    portal = {"status": 200, "content_type": "text/html", "body": "<h1>欢迎使用免费 Wi-Fi</h1>"}
    phone.page.route("**/api/v1/reports/**", lambda route: route.fulfill(**portal))
    phone.send_now()
    expect(phone.page.locator("li[data-state=waiting]")).to_contain_text("这个网络要先登录才能用")
    phone.page.unroute("**/api/v1/reports/**")
    phone.send_now()
    phone.shows_kept(street, report_id)


def test_a_full_phone_says_so_and_loses_nothing_that_waits(browser: Browser, street: Street) -> None:
    with signed_in(browser, street, room_bytes=4_000_000) as phone:
        phone.context.set_offline(True)
        report_id = phone.put_in()
        assert phone.try_to_put_in(str(uuid4()), "暴露垃圾", (os.urandom(6_000_000),)) == "phone_full"
        expect(phone.page.locator("li[data-state=waiting]")).to_have_count(1)
        assert phone.held_bytes() == len(PHOTOS)
        phone.context.set_offline(False)
        phone.shows_kept(street, report_id)
        street.has_whole(report_id, phone.username)


def test_of_two_tabs_one_sends_and_both_show_it(phone: Phone, street: Street) -> None:
    # Answers, not tries: a tab that has the turn may hear of the network after the other.
    sent: list[str] = []
    phone.context.on(
        "response", lambda response: sent.append(response.url) if response.request.method == "PUT" else None
    )
    second = phone.context.new_page()
    second.goto(phone.page.url)
    phone.context.set_offline(True)
    report_id = phone.put_in()
    expect(second.locator("li[data-state=waiting]")).to_contain_text("0/3 张")
    sent.clear()
    phone.context.set_offline(False)
    phone.shows_kept(street, report_id)
    expect(second.locator("li[data-state=kept]")).to_have_count(1)
    assert len(sent) == 1 + len(PHOTOS)
    street.has_whole(report_id, phone.username)


def test_every_state_is_said_in_words_and_fits_every_width(phone: Phone) -> None:
    page = phone.page
    phone.put_in("乱停非机动车", PHOTOS[:1])
    expect(page.locator("li[data-state=kept]")).to_contain_text("签名已核对")
    phone.put_in("店外经营", accuracy_m=-1)
    expect(page.locator("li[data-state=refused]")).to_have_count(1)
    page.route(f"**/photos/{sha256_of(PHOTOS[2])}", lambda route: route.abort())
    phone.put_in("店外经营:水果筐占满盲道,经多次劝导后当日傍晚又摆出,影响通行")
    expect(page.locator("li[data-state=waiting]")).to_contain_text("2/3 张")
    page.locator("summary").first.click()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width_px in (360, 1280):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width_px, "height": 844})
            page.emulate_media(color_scheme=theme)
            fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            assert page.evaluate(fits), width_px
            page.screenshot(path=SCREENSHOTS / f"queue-{width_px}-{theme}.png", full_page=True)
