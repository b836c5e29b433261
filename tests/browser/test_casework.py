"""Casework on phones in a real browser: the handler takes, replies with a photo, offline too; the checker compares and
sends back or passes; whoever comes second is told what happened."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine

from config import Config
from tests.browser.conftest import SCREENSHOTS, come_signed_in
from tests.browser.looking import cut_off, drawn_width, findings, wait_until_kept
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account, report_json
from tests.postgres import TestServer
from tests.server.cases.times import set_times
from tests.server.reports.street import REAL_PHOTOS, make_street, real_photo, rows, spot
from tests.serving import Served, serving

BEFORE, AFTER, AFTER_AGAIN = "drawn_01_fruit.jpg", "drawn_12_after.jpg", "drawn_05_goods_far.jpg"
# Before a shop south of the corner, where the zone F-SOUTH lies.
PLACE = spot(0, -3)
TASKS = "/app/officer/tasks"
XSS = "<img src=x onerror=\"document.title='hurt'\"><script>document.title='hurt'</script>"
DESK_PX, PHONE_PX, NARROW_PX = 1280, 390, 360


@dataclass(frozen=True)
class Bureau:
    """A server whose district has one street, times for its cases, and colleagues who work without a screen here."""

    served: Served
    owner: Engine
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def call(self, role: str, method: str, path: str, sent: dict[str, Any] | bytes | None = None) -> Any:
        """What the API answers to a colleague of this role."""
        if role not in self.tokens and path != "/auth/login":
            home = JINSHA if role in ("officer", "handler") else DISTRICT
            account = make_account(self.owner, role=role, organisation=home)
            told = self.call(
                role, "POST", "/auth/login", {"username": account.username, "password": PASSWORD}
            )
            self.tokens[role] = told["access_token"]
        data = sent if isinstance(sent, bytes) else None if sent is None else json.dumps(sent).encode()
        request = Request(
            f"{self.served.url}/api/v1{path}",
            method=method,
            data=data,
            headers={
                "Content-Type": "application/octet-stream" if data is sent else "application/json",
                "Authorization": f"Bearer {self.tokens.get(role, '')}",
            },
        )
        with urlopen(request, timeout=30) as came:
            return json.loads(came.read())

    def acts(self, role: str, number: str, action: str, **inputs: Any) -> None:
        version = self.call(role, "GET", f"/cases/{number}")["version"]
        self.call(role, "POST", f"/cases/{number}/actions/{action}", {"version": version, **inputs})

    def handed_over(self, note: str = "水果摊占道") -> str:
        """The number of a new case that waits for the township to accept it."""
        photo, report_id = real_photo(BEFORE), uuid4()
        report = report_json(
            at=PLACE, accuracy_m=3.0, captured_at=datetime.now(UTC), photos=[photo], note=note
        )
        receipt = self.call("officer", "PUT", f"/reports/{report_id}", report)
        self.call("officer", "PUT", f"/reports/{report_id}/photos/{report['photos'][0]['sha256']}", photo)
        number = str(receipt["case"]["number"])
        self.acts("acceptor", number, "register")
        self.acts("dispatcher", number, "dispatch")
        return number

    def entries(self, number: str) -> list[str]:
        """What the ledger says was done, oldest first."""
        found = rows(
            self.owner,
            "SELECT action FROM ledger JOIN case_file ON case_file.id = ledger.case_id WHERE number = :number"
            " AND action LIKE 'case.%' ORDER BY seq",
            number=number,
        )
        return [row["action"].removeprefix("case.") for row in found]

    def after_reports(self, number: str) -> int:
        return int(
            rows(
                self.owner,
                "SELECT count(*) FROM case_report r JOIN case_file c ON c.id = r.case_id"
                " WHERE c.number = :number AND r.relation = 'attached'",
                number=number,
            )[0]["count"]
        )


@pytest.fixture(scope="module")
def bureau(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("casework") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        set_times(owner)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Bureau(running, owner)


@dataclass
class Person:
    """Somebody with a page of their own, signed in."""

    bureau: Bureau
    page: Page
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def sees_in(self, tab: str, number: str) -> Locator:
        """The row of a case in one tab of the tasks."""
        self.page.goto(self.bureau.served.url + TASKS)
        self.page.get_by_role("tab", name=tab).click()
        row = self.page.locator(".tasks-row", has_text=number)
        expect(row).to_be_visible()
        return row

    def opens(self, number: str) -> None:
        self.page.goto(f"{self.bureau.served.url}{TASKS}/{number}")
        expect(self.state).to_be_visible()

    @property
    def state(self) -> Locator:
        return self.page.locator(".task-state")

    def taps(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def does(self, name: str, **typed: str) -> None:
        """An action with what it asks for."""
        self.taps(name)
        form = self.page.get_by_role("form", name=name)
        for label, text in typed.items():
            form.get_by_label(label).fill(text)
        form.get_by_role("button", name=name, exact=True).click()

    def does_at_desk(self, number: str, name: str) -> None:
        self.page.goto(f"{self.bureau.served.url}/app/dispatch?case={number}")
        self.does(name)
        expect(self.page.locator(".case-timeline li").first).to_contain_text(name)

    def leaves(self) -> None:
        """A map that nobody looks at need not be drawn."""
        self.page.context.close()

    def shoots(self, photo: str) -> None:
        with self.page.expect_file_chooser() as chosen:
            self.page.get_by_text("拍照上报").click()
        chosen.value.set_files(REAL_PHOTOS / photo)

    def replies(self, photo: str, note: str) -> None:
        self.taps("反馈")
        form = self.page.get_by_role("form", name="反馈处置结果")
        form.locator("input[type=file]").first.set_input_files(REAL_PHOTOS / photo)
        expect(form).to_contain_text("距案卷地点")
        form.get_by_label("说明").fill(note)
        form.get_by_role("button", name="发送反馈").click()

    def keeps(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(150)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def fits(self) -> bool:
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        return bool(self.page.evaluate(wide))


Sign = Callable[..., Person]


@pytest.fixture
def sign_in(browser: Browser, bureau: Bureau) -> Iterator[Sign]:
    made: list[Person] = []

    def sign(
        role: str,
        organisation: str = JINSHA,
        *,
        width_px: int = PHONE_PX,
        by_form: bool = False,
        **looks: Any,
    ) -> Person:
        context = browser.new_context(
            viewport={"width": width_px, "height": 844},
            locale="zh-CN",
            reduced_motion="reduce",
            geolocation={"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 4},
            permissions=["geolocation"],
            **looks,
        )
        person = Person(bureau, context.new_page())
        person.page.on("pageerror", lambda error: person.errors.append(str(error)))
        person.page.on(
            "request",
            lambda asked: (
                person.strangers.append(asked.url)
                if not asked.url.startswith((bureau.served.url, "blob:", "data:"))
                else None
            ),
        )
        account = make_account(bureau.owner, role=role, organisation=organisation)
        made.append(person)
        if not by_form:
            come_signed_in(context, bureau.served.url, account.username)
            return person
        person.page.goto(f"{bureau.served.url}/app/")
        person.page.get_by_label("用户名").fill(account.username)
        person.page.get_by_label("密码").fill(PASSWORD)
        person.page.get_by_role("button", name="登录").click()
        person.page.wait_for_url(
            "**/app/officer" if role in ("officer", "handler", "checker") else "**/app/dispatch"
        )
        return person

    yield sign
    for person in made:
        person.page.context.close()
        assert person.errors == [] and person.strangers == []


def test_a_case_goes_from_the_officer_to_its_closing(bureau: Bureau, sign_in: Sign) -> None:
    officer = sign_in("officer", by_form=True)
    officer.shoots(BEFORE)
    officer.taps("类别 goods_on_pavement")
    officer.page.context.set_offline(True)
    officer.taps("发送")
    expect(officer.page.locator(".officer-list li")).to_contain_text("等待网络")
    officer.keeps("casework-officer-offline")
    officer.page.context.set_offline(False)
    expect(officer.page.locator(".officer-list li")).to_contain_text("待立案")
    number = bureau.call("dispatcher", "GET", "/cases?limit=1")["items"][0]["number"]
    officer.leaves()
    acceptor = sign_in("acceptor", DISTRICT, width_px=DESK_PX, by_form=True)
    acceptor.does_at_desk(number, "立案")
    acceptor.leaves()
    dispatcher = sign_in("dispatcher", DISTRICT, width_px=DESK_PX)
    dispatcher.does_at_desk(number, "派遣")
    dispatcher.keeps("casework-dispatched")
    dispatcher.leaves()

    handler, checker = sign_in("handler"), sign_in("checker")
    row = handler.sees_in("待签收", number)
    expect(row).to_contain_text("类别 goods_on_pavement")
    expect(row).to_contain_text("请签收")
    expect(row).to_contain_text("0 m")
    handler.keeps("casework-inbox")
    row.click()
    expect(handler.page.locator(".photos-side").first.locator("img")).to_be_visible()
    expect(handler.page.locator("main")).to_contain_text("F-SOUTH")
    handler.keeps("casework-to-accept")

    # Without network: what is done waits on the phone, and the case says so.
    handler.page.context.set_offline(True)
    handler.does("签收")
    expect(handler.page.get_by_role("status").filter(has_text="签收")).to_contain_text("等待网络")
    assert "accepted" not in bureau.entries(number)
    handler.page.context.set_offline(False)
    expect(handler.state).to_contain_text("已签收")
    handler.does("开始处置")
    expect(handler.state).to_contain_text("处置中")

    handler.page.context.set_offline(True)
    handler.replies(AFTER, "已清理 “1.0”")
    waiting = handler.page.get_by_role("status").filter(has_text="反馈")
    expect(waiting).to_contain_text("等待网络")
    handler.keeps("casework-reply-waits")
    assert bureau.after_reports(number) == 0
    handler.page.context.set_offline(False)
    expect(handler.state).to_contain_text("已反馈")
    assert bureau.after_reports(number) == 1

    checker.sees_in("待核查", number).click()
    expect(checker.page.locator(".photos-side img")).to_have_count(2)
    checker.keeps("casework-to-check")
    assert findings(checker.page) + cut_off(checker.page) == []
    checker.does("返工", 理由="还有一筐在门口")
    expect(checker.state).to_contain_text("处置中")

    row = handler.sees_in("处置中", number)
    expect(row).to_contain_text("请返工")
    row.click()
    expect(handler.page.locator(".case-timeline")).to_contain_text("还有一筐在门口")
    handler.replies(AFTER_AGAIN, "门口也清了")
    expect(handler.state).to_contain_text("已反馈")

    checker.sees_in("待核查", number).click()
    checker.does("核查通过")
    expect(checker.state).to_contain_text("已结案")
    # Other tests of this file may have left a reply to look at.
    left = bureau.call("checker", "GET", "/cases?state=replied")["items"]
    expect(checker.page.locator("main")).to_contain_text("下一件待核查" if left else "待核查的都看完了")
    checker.keeps("casework-closed")
    expect(checker.sees_in("已核查", number)).to_contain_text("核查通过")
    done = ["accepted", "started", "replied", "reworked", "replied", "passed"]
    assert bureau.entries(number)[-len(done) :] == done
    assert bureau.after_reports(number) == 2


def test_photos_are_compared_at_the_same_enlargement_by_keys_and_wheel(bureau: Bureau, sign_in: Sign) -> None:
    number = bureau.handed_over()
    handler = sign_in("handler", width_px=DESK_PX)
    bureau.acts("handler", number, "accept")
    handler.opens(number)
    handler.replies(AFTER, "好了")
    expect(handler.state).to_contain_text("已反馈")
    page = handler.page
    page.get_by_role("button", name="看大图：处置前").click()
    viewer = page.get_by_role("dialog", name="对比照片")
    expect(viewer.locator("img")).to_have_count(2)
    assert all(drawn_width(image) > 100 for image in viewer.locator("img").all())
    whole = [box_of(image) for image in viewer.locator("img").all()]
    page.keyboard.press("+")
    expect(viewer).to_contain_text("140 %")
    viewer.locator(".photos-frame").last.hover()
    page.mouse.wheel(0, -400)
    expect(viewer).to_contain_text(re.compile(r"[3-8]\d\d %"))
    larger = [box_of(image) for image in viewer.locator("img").all()]
    for before, after in zip(whole, larger, strict=True):
        assert after[2] > 3 * before[2]
    handler.keeps("casework-compare")
    page.keyboard.press("0")
    expect(viewer).to_contain_text("100 %")
    assert [box_of(image) for image in viewer.locator("img").all()] == whole
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)


def box_of(image: Locator) -> tuple[float, float, float, float]:
    """Left, top, width and height in px."""
    box = image.bounding_box()
    assert box
    return box["x"], box["y"], box["width"], box["height"]


def test_who_comes_second_is_told_what_happened_and_what_can_be_done_now(
    bureau: Bureau, sign_in: Sign
) -> None:
    number = bureau.handed_over()
    first, second = sign_in("handler"), sign_in("handler")
    first.opens(number)
    second.opens(number)
    first.does("签收")
    expect(first.state).to_contain_text("已签收")
    second.does("签收")
    told = second.page.get_by_role("alert")
    expect(told).to_contain_text("没有办成")
    expect(told).to_contain_text("签收 · 处置员")
    expect(second.page.get_by_role("button", name="开始处置")).to_be_visible()
    second.keeps("casework-second")
    assert bureau.entries(number).count("accepted") == 1


def test_what_people_wrote_is_text_and_nothing_else_on_a_narrow_dark_screen(
    bureau: Bureau, sign_in: Sign
) -> None:
    number = bureau.handed_over(note=XSS)
    handler = sign_in("handler", width_px=NARROW_PX, color_scheme="dark")
    handler.opens(number)
    handler.does("回退", 理由=XSS, 说明=XSS)
    expect(handler.page.locator(".case-timeline")).to_contain_text(XSS)
    expect(handler.page.locator(".case-facts")).to_contain_text(XSS)
    assert handler.page.title() != "hurt" and handler.page.locator("img[src=x]").count() == 0
    assert handler.fits()
    handler.keeps("casework-narrow-dark")
    assert bureau.entries(number)[-1] == "returned"


def test_a_case_read_before_can_be_read_without_network(bureau: Bureau, sign_in: Sign) -> None:
    number = bureau.handed_over()
    handler = sign_in("handler")
    handler.opens(number)
    handler.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_until_kept(handler.page, f"case/{number}")
    handler.page.context.set_offline(True)
    handler.page.reload()
    expect(handler.state).to_contain_text(number)
    expect(handler.page.locator("main")).to_contain_text("没有网络")
    handler.keeps("casework-copy")
    handler.page.goto(f"{handler.bureau.served.url}{TASKS}/{number}-never-read")
    expect(handler.page.get_by_role("alert")).to_contain_text("连不上服务器")


def test_a_phone_without_position_says_so_and_the_handler_gives_it_by_hand(
    bureau: Bureau, sign_in: Sign
) -> None:
    number = bureau.handed_over()
    handler = sign_in("handler")
    bureau.acts("handler", number, "accept")
    handler.page.context.clear_permissions()
    handler.opens(number)
    handler.taps("反馈")
    form = handler.page.get_by_role("form", name="反馈处置结果")
    form.locator("input[type=file]").first.set_input_files(REAL_PHOTOS / AFTER)
    expect(form).to_contain_text("手机没有给出定位")
    send = form.get_by_role("button", name="发送反馈")
    expect(send).to_be_disabled()
    form.get_by_role("button", name="照片就在案卷地点拍的").click()
    expect(form).to_contain_text("人工指定")
    handler.keeps("casework-by-hand")
    send.click()
    expect(handler.state).to_contain_text("已反馈")
    kept = rows(bureau.owner, "SELECT id FROM report WHERE source = 'manual'")
    assert len(kept) == 1
