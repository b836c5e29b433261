"""Every page is for everybody: by eye in both languages and themes from 360 to 2560 px, by screen reader, by keyboard
alone, on a slow network and without one, in a browser anywhere in the world."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from config import Config
from tests.browser.conftest import SCREENSHOTS
from tests.browser.looking import Looked, ringed, where
from tests.browser.test_casework import PLACE, Bureau
from tests.factories import (
    DISTRICT,
    JINSHA,
    JINXIN,
    PASSWORD,
    make_account,
    make_category,
    make_zone,
    report_json,
)
from tests.postgres import TestServer
from tests.server.cases.times import set_times
from tests.server.reports.street import REAL_PHOTOS, make_street, spot
from tests.serving import serving

PHOTO, AFTER = REAL_PHOTOS / "drawn_01_fruit.jpg", REAL_PHOTOS / "drawn_12_after.jpg"
PHONE_PX, DESK_PX, WALL_PX = 360, 1280, 2560
LONG = (
    "新金路一百二十八号底商东侧第三间" + "老字号水果蔬菜粮油副食烟酒日用百货" * 3 + "综合便民服务商店（总店）"
)
BEFORE_LONG = spot(120, 2)


@pytest.fixture(scope="module")
def bureau(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("quality") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        make_category(owner, code="rubbish")
        # As the street has them at its corner, so that a place between the two is unsure.
        make_zone(owner, code="F-LONG", at=spot(120, -3), width_m=40, depth_m=6, name=LONG)
        make_zone(owner, code="F-LONG-2", at=spot(120, 8), width_m=40, depth_m=8, name=LONG)
        set_times(owner)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Bureau(running, owner)


@dataclass
class Visitor:
    """Somebody signed in, in a browser of some size, theme, language and place in the world."""

    page: Page
    looked: Looked
    errors: list[str] = field(default_factory=list)

    def looks(self, state: str) -> None:
        self.looked.at(state)

    def fits(self, state: str) -> None:
        self.looked.fits(state)

    def opens(self, path: str, awaited: str) -> None:
        self.page.goto(path)
        expect(self.page.locator(awaited).first).to_be_visible()

    def tabs_to(self, name: str, most: int = 40) -> None:
        """Goes by keyboard alone to what is named so; what it passes can be seen."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            here = where(self.page)
            assert not here or ringed(self.page), f"nothing shows that the keyboard is on {here!r}"
            if name in here:
                return
        raise AssertionError(f"{name!r} is not reached by {most} tabs; last was {here!r}")

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def chooses(self, photo: Path) -> None:
        """The file that is asked for once the keyboard opens what it stands on."""
        with self.page.expect_file_chooser() as asked:
            self.page.keyboard.press("Space")
        asked.value.set_files(photo)

    def stands_somewhere(self) -> None:
        """The keyboard is not back at the top of the page."""
        expect(self.page.locator(":focus")).to_have_count(1)


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(browser: Browser, bureau: Bureau) -> Iterator[Visit]:
    made: list[Visitor] = []

    def come(
        role: str | None,
        name: str,
        *,
        width_px: int = PHONE_PX,
        language: str = "zh-CN",
        theme: Literal["light", "dark"] = "light",
        mapped: bool = False,
        organisation: str | None = None,
        **looks: Any,
    ) -> Visitor:
        context = browser.new_context(
            base_url=bureau.served.url,
            viewport={"width": width_px, "height": 780 if width_px < 600 else 900},
            color_scheme=theme,
            locale=language,
            reduced_motion="reduce",
            geolocation={"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 4},
            permissions=["geolocation"],
            service_workers="block",
            **looks,
        )
        kept = {"frontage.language": language}
        if role is not None:
            kept["frontage.session"] = json.dumps(session_of(bureau, role, organisation))
        context.add_init_script(
            f"for (const [key, value] of Object.entries({json.dumps(kept)})) localStorage.setItem(key, value)"
        )
        page = context.new_page()
        if not mapped:
            page.route("**/assets/map-*", lambda route: route.abort())

        def keep(state: str) -> None:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"quality-{name}-{state}.png")

        visitor = Visitor(page, Looked(page, keep))
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        # Who begins to listen only when the key is pressed, may be too late for it.
        page.on("filechooser", lambda _: None)
        made.append(visitor)
        return visitor

    yield come
    for one in made:
        one.page.context.close()
    amiss = [told for one in made for told in one.errors + one.looked.amiss]
    assert not amiss, "\n".join(amiss)


def session_of(bureau: Bureau, role: str, organisation: str | None) -> dict[str, Any]:
    """What the page keeps of somebody who has signed in."""
    home = JINSHA if role in ("officer", "handler") else DISTRICT
    account = make_account(bureau.owner, role=role, organisation=organisation or home)
    given = {"username": account.username, "password": PASSWORD}
    told = bureau.call(role, "POST", "/auth/login", given)
    return {"user": told["user"], "access": told["access_token"], "refresh": told["refresh_token"]}


def hold(page: Page, asked: str) -> list[Route]:
    """What the page asks for from now on, kept waiting."""
    held: list[Route] = []
    page.route(asked, lambda route: held.append(route))
    return held


def unsure(bureau: Bureau) -> str:
    """The number of a case before the shop with the longest name, matched without certainty."""
    report = report_json(at=BEFORE_LONG, accuracy_m=6.0, captured_at=datetime.now(UTC), note=LONG)
    return str(bureau.call("officer", "PUT", f"/reports/{uuid4()}", report)["case"]["number"])


ZH_LIGHT = {"language": "zh-CN", "theme": "light"}
EN_DARK = {"language": "en", "theme": "dark"}
both = pytest.mark.parametrize("looks", [ZH_LIGHT, EN_DARK], ids=["zh-light", "en-dark"])


@pytest.mark.parametrize(
    "looks",
    [ZH_LIGHT | {"width_px": PHONE_PX}, EN_DARK | {"width_px": WALL_PX, "contrast": "more"}],
    ids=["phone", "wall"],
)
def test_pages_before_signing_in(visit: Visit, looks: dict[str, Any]) -> None:
    one = visit(None, "public", **looks)
    for state, path in {"start": "/", "phones": "/phones", "sign-in": "/app/"}.items():
        one.opens(path, "h1")
        one.looks(state)


@both
def test_the_officers_phone(visit: Visit, looks: dict[str, str]) -> None:
    one = visit("officer", "officer", **looks)
    page = one.page
    page.context.set_geolocation({"longitude": BEFORE_LONG[0], "latitude": BEFORE_LONG[1], "accuracy": 6})
    one.opens("/app/officer", ".officer-empty")
    one.looks("first-day")
    page.locator(".officer-shoot input").set_input_files(PHOTO)
    expect(page.locator(".officer-verdict strong")).to_be_visible()
    one.looks("confirm")
    page.locator(".officer-quick button").first.click()
    one.looks("categories")
    page.locator(".officer-choice").first.click()
    page.locator(".officer-head .plain").click()
    one.looks("discard")
    one.presses("Escape")
    page.context.set_offline(True)
    page.locator(".officer-send .main").click()
    expect(page.locator(".officer-strip")).to_be_visible()
    one.looks("home-offline")
    page.locator(".officer-strip").click()
    expect(page.locator("[data-state=waiting]")).to_be_visible()
    one.looks("queue-offline")
    page.context.set_offline(False)
    expect(page.locator("[data-state=kept]")).to_be_visible()
    one.looks("queue-kept")
    page.locator(".queue-case").click()
    page.locator(".case-fold summary").last.click()
    expect(page.locator(".case-timeline li").first).to_be_visible()
    one.looks("case")
    for tab, awaited in {"/officer/tasks": ".tasks-row", "/officer/me": ".officer-settings"}.items():
        page.locator(f"nav a[href$='{tab}']").click()
        expect(page.locator(awaited).first).to_be_visible()
        one.looks(tab.rpartition("/")[2])
    for path, awaited in {"visit": ".doors-door", "cards": ".officer-empty"}.items():
        one.opens(f"/app/officer/{path}", awaited)
        one.looks(path)
    page.locator(".officer-sos").press("Enter")
    expect(page.locator(".officer-sos-count")).to_be_visible()
    one.looks("help")
    one.presses("Escape")


@both
def test_handling_on_the_phone(visit: Visit, bureau: Bureau, looks: dict[str, str]) -> None:
    number = bureau.handed_over(note=LONG)
    bureau.acts("handler", number, "accept")
    bureau.acts("handler", number, "start")
    one = visit("handler", "handler", **looks)
    one.opens(f"/app/officer/tasks/{number}", ".task-acts .main")
    one.looks("to-handle")
    one.page.locator(".task-acts .main").click()
    one.page.locator(".case-form input[type=file]").first.set_input_files(AFTER)
    expect(one.page.locator(".reply-photos img")).to_be_visible()
    one.looks("replying")


DESKS = [
    pytest.param(ZH_LIGHT | {"width_px": DESK_PX}, id="desk-zh-light"),
    pytest.param(EN_DARK | {"width_px": DESK_PX}, id="desk-en-dark"),
    pytest.param(ZH_LIGHT | {"width_px": WALL_PX, "theme": "dark"}, id="wall-zh-dark"),
    pytest.param(EN_DARK | {"width_px": PHONE_PX, "theme": "light", "mapped": True}, id="phone-en-light"),
]


@pytest.mark.parametrize("looks", DESKS)
def test_the_desk(visit: Visit, bureau: Bureau, looks: dict[str, Any]) -> None:
    number = unsure(bureau)
    one = visit("acceptor", "desk", **looks)
    page = one.page
    one.opens("/app/dispatch", ".desk-row")
    one.looks("list")
    if looks.get("mapped"):
        page.get_by_role("button", name="Map", exact=True).click()
        expect(page.locator(".desk-map-tools")).to_be_visible()
        one.looks("map")
        return
    page.locator(f"[id='row-{number}']").click()
    expect(page.locator(".desk-candidates li").first).to_be_visible()
    page.locator(".desk-panel footer .main").click()
    one.looks("acting")
    if looks["width_px"] == WALL_PX or looks["language"] == "en":
        return
    one.presses("Escape", "Escape", "?")
    one.looks("keys")
    one.presses("Escape")
    page.locator(".desk-tick").first.click()
    expect(page.locator(".desk-batch .case-actions, .desk-batch .quiet").first).to_be_visible()
    one.looks("several")
    one.opens("/app/dispatch?q=nothing-is-called-so", ".desk-empty")
    one.looks("nothing-found")
    page.route("**/api/v1/**", lambda route: route.abort())
    one.opens("/app/dispatch", ".desk-rows [role=alert]")
    one.looks("lost")


@both
def test_every_section_of_the_office(visit: Visit, looks: dict[str, Any]) -> None:
    """From the narrowest phone to a wall; axe, which sees no width, where it is worked most. What a section shows to
    those who do more in it is looked at by its own test."""
    seen: set[str] = set()
    for role in ("zone_manager", "admin", "reviewer", "intake"):
        one = visit(role, f"office-{role}", width_px=DESK_PX, **looks)
        page = one.page
        one.opens("/app/me", "main h1")
        for path in sections(page):
            if path in seen:
                continue
            seen.add(path)
            page.set_viewport_size({"width": DESK_PX, "height": 900})
            one.opens(path, "main h1")
            expect(page.locator("main .blank")).to_have_count(0)
            expect(page.locator(".office-refused")).to_have_count(0)
            one.looks(path.replace("/", "-"))
            for width_px in (PHONE_PX, WALL_PX):
                page.set_viewport_size({"width": width_px, "height": 900})
                one.fits(f"{path.replace('/', '-')}-{width_px}")


def sections(page: Page) -> list[str]:
    """Where the bar of the office leads, with what stands below its groups."""
    found: dict[str, None] = {}
    for group in links(page, ".office-top > nav:first-of-type a"):
        page.goto(group)
        expect(page.locator(".office-tab[aria-current]").first).to_be_visible()
        expect(page.locator(".office-refused")).to_have_count(0)
        for path in [group, *links(page, ".office-under a")]:
            found[path] = None
    return list(found)


def links(page: Page, selector: str) -> list[str]:
    """Addresses of the sections; the desk of the dispatcher is no section."""
    found = page.locator(selector).evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    return [path for path in found if not path.endswith("/dispatch")]


def test_everybody_lands_where_they_work_though_there_is_nothing_yet(visit: Visit, bureau: Bureau) -> None:
    desk = visit("handler", "nothing", width_px=DESK_PX, organisation=JINXIN)
    desk.opens("/app/dispatch", ".desk-empty")
    expect(desk.page.locator(".desk-empty")).to_contain_text("还没有案卷")
    desk.looks("first-day")
    phone = visit("handler", "nothing", organisation=JINXIN)
    phone.opens("/app/officer/tasks", ".tasks-empty")
    phone.looks("no-tasks")
    phone.opens("/app/officer/tasks/TZ-2026-999999", "[role=alert]")
    phone.looks("not-theirs")
    other = visit("intake", "nothing", width_px=DESK_PX)
    other.opens("/app/", ".office-tab[aria-current]")
    expect(other.page).to_have_url(re.compile("/app/complaints"))
    expect(other.page.locator("main .blank")).to_have_count(0)
    other.looks("no-complaints")


def test_what_is_slow_says_so_in_the_shape_of_what_comes(visit: Visit, bureau: Bureau) -> None:
    bureau.handed_over()
    for role, path, width_px, came in (
        ("handler", "/app/officer/tasks", PHONE_PX, ".tasks-row"),
        ("dispatcher", "/app/dispatch", DESK_PX, ".desk-row"),
    ):
        one = visit(role, f"slow-{role}", width_px=width_px)
        held = hold(one.page, "**/api/v1/cases?*")
        one.opens(path, ".awaited .blank")
        expect(one.page.locator(".awaited")).to_contain_text("还在等服务器")
        one.looks("waiting")
        assert one.page.evaluate("document.getAnimations().length") == 0, "less motion is asked for"
        one.page.unroute("**/api/v1/cases?*")
        for route in held:
            route.continue_()
        expect(one.page.locator(came).first).to_be_visible()
        expect(one.page.locator(".awaited")).to_have_count(0)


def test_times_are_those_of_the_district_wherever_the_browser_is(visit: Visit, bureau: Bureau) -> None:
    number = bureau.handed_over()
    opened = datetime.fromisoformat(bureau.call("handler", "GET", f"/cases/{number}")["opened_at"])
    one = visit("handler", "abroad", timezone_id="America/New_York")
    one.opens(f"/app/officer/tasks/{number}", ".case-facts time")
    there = opened.astimezone(ZoneInfo("Asia/Shanghai"))
    expect(one.page.locator(".case-facts time").first).to_have_text(f"{there:%Y/%m/%d %H:%M}")


def test_an_officer_reports_by_keyboard_alone(visit: Visit, bureau: Bureau) -> None:
    one = visit("officer", "keyboard")
    one.opens("/app/officer", ".officer-empty")
    one.tabs_to("跳到主要内容")
    one.presses("Enter")
    one.tabs_to("拍照上报")
    one.chooses(PHOTO)
    expect(one.page.locator(".officer-verdict strong")).to_be_visible()
    one.stands_somewhere()
    one.tabs_to("全部 / 搜索")
    one.presses("Enter")
    expect(one.page.get_by_role("searchbox")).to_be_focused()
    one.page.keyboard.type("goods")
    one.presses("Enter")
    expect(one.page.get_by_role("dialog")).to_have_count(0)
    expect(one.page.get_by_role("button", name="全部 / 搜索")).to_be_focused()
    one.tabs_to("发送")
    one.presses("Enter")
    expect(one.page.get_by_role("status").filter(has_text="已存证")).to_have_count(1)
    one.stands_somewhere()
    assert one.page.title() == "上报 · 门前"


def test_a_handler_replies_by_keyboard_alone(visit: Visit, bureau: Bureau) -> None:
    number = bureau.handed_over()
    bureau.acts("handler", number, "accept")
    one = visit("handler", "keyboard")
    one.opens(f"/app/officer/tasks/{number}", ".task-acts button")
    for action, state in {"开始处置": "处置中", "反馈": None}.items():
        one.tabs_to(action)
        one.presses("Enter")
        expect(one.page.get_by_role("form")).to_be_visible()
        one.stands_somewhere()
        if state:
            one.tabs_to(action)
            one.presses("Enter")
            expect(one.page.locator(".task-state")).to_contain_text(state)
            one.stands_somewhere()
    one.tabs_to("拍处置后照片")
    one.chooses(AFTER)
    expect(one.page.locator(".case-form")).to_contain_text("距案卷地点")
    one.tabs_to("发送反馈")
    one.presses("Enter")
    expect(one.page.locator(".task-state")).to_contain_text("已反馈")
    one.stands_somewhere()
    assert one.page.title() == f"{number} · 门前"


def test_a_desk_registers_and_dispatches_by_keyboard_alone(visit: Visit, bureau: Bureau) -> None:
    number = unsure(bureau)
    acceptor = visit("acceptor", "keyboard", width_px=DESK_PX)
    acceptor.opens("/app/dispatch?view=triage", ".desk-row")
    acceptor.presses("j")
    expect(acceptor.page.locator(".desk-panel h2")).to_have_text(number)
    expect(acceptor.page.locator(".desk-candidates li").first).to_be_visible()
    acceptor.presses("1")
    expect(acceptor.page.locator(".desk-done")).to_contain_text("已认定")
    acceptor.opens(f"/app/dispatch?case={number}", ".desk-panel footer .main")
    acceptor.presses("a")
    expect(acceptor.page.locator(".desk-panel form :focus")).to_have_count(1)
    acceptor.tabs_to("立案")
    acceptor.presses("Enter")
    expect(acceptor.page.locator(".desk-panel .desk-step")).to_contain_text("待派遣")
    acceptor.stands_somewhere()
    acceptor.presses("Escape")
    expect(acceptor.page.locator(".desk-panel")).to_have_count(0)
    acceptor.stands_somewhere()

    dispatcher = visit("dispatcher", "keyboard", width_px=DESK_PX)
    dispatcher.opens("/app/dispatch?state=registered", ".desk-row")
    dispatcher.presses("j")
    number = dispatcher.page.locator(".desk-panel h2").inner_text()
    expect(dispatcher.page.locator(".desk-panel footer button").first).to_be_visible()
    dispatcher.presses("a")
    expect(dispatcher.page.locator(".desk-panel form :focus")).to_have_count(1)
    dispatcher.tabs_to("派遣")
    dispatcher.presses("Enter")
    expect(dispatcher.page.locator(".desk-done")).to_contain_text("已派遣")
    dispatcher.stands_somewhere()
    assert bureau.entries(number)[-1] == "dispatched"
