"""The dispatcher's desk in a real browser: two who work at once, what is asked for is the address, keys for everything
frequent, several cases at once, calls for help, a match that somebody has to decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine, text

from config import Config
from geo.datum import Datum, Position, convert
from tests.browser.conftest import SCREENSHOTS, come_signed_in
from tests.browser.looking import cut_off, findings
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account, make_category, make_zone, report_json
from tests.postgres import TestServer
from tests.server.cases.times import set_times
from tests.server.reports.street import make_street, real_photo, sha256_of, spot
from tests.serving import Served, serving

IN_FRONT, BETWEEN = spot(0, -3), spot(0, 2)
DESK = "/app/dispatch"
HURT = "<img src=x onerror=\"document.title='hurt'\"><script>document.title='hurt'</script>"
RUBBISH = "rubbish"
WIDE_PX, DESK_PX, PHONE_PX = 1920, 1280, 390


@dataclass(frozen=True)
class Bureau:
    """A server with a street, times for its cases, and an officer, an acceptor and a dispatcher who use the API."""

    served: Served
    owner: Engine
    call: Callable[..., dict[str, Any]]

    def open(self, at: tuple[float, float] = IN_FRONT, *, registered: bool = True, **others: Any) -> str:
        """The number of a new case."""
        report = report_json(at=at, captured_at=datetime.now(UTC), **{"accuracy_m": 1.0, **others})
        number = str(self.call("officer", "PUT", f"/reports/{uuid4()}", data=report)["case"]["number"])
        if registered:
            self.act("acceptor", number, "register")
        return number

    def act(self, who: str, number: str, action: str, **inputs: Any) -> None:
        version = self.call(who, "GET", f"/cases/{number}")["version"]
        self.call(who, "POST", f"/cases/{number}/actions/{action}", data={"version": version, **inputs})

    def state(self, number: str) -> str:
        return str(self.call("dispatcher", "GET", f"/cases/{number}")["state"])

    def history(self, number: str) -> list[dict[str, Any]]:
        return list(self.call("dispatcher", "GET", f"/cases/{number}/history")["items"])


@pytest.fixture(scope="module")
def bureau(
    browser: Browser, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("dispatch") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        make_category(owner, code=RUBBISH)
        set_times(owner)
        homes = {"officer": JINSHA, "acceptor": DISTRICT, "dispatcher": DISTRICT}
        names = {
            who: make_account(owner, role=who, organisation=home).username for who, home in homes.items()
        }
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            context = browser.new_context(base_url=running.url)
            tokens: dict[str, str] = {}

            def call(who: str, method: str, path: str, **sent: Any) -> dict[str, Any]:
                if who not in tokens:
                    given = {"username": names[who], "password": PASSWORD}
                    login = context.request.post("/api/v1/auth/login", data=given)
                    tokens[who] = login.json()["access_token"]
                bearer = {"Authorization": f"Bearer {tokens[who]}", **sent.pop("headers", {})}
                came = context.request.fetch(f"/api/v1{path}", method=method, headers=bearer, **sent)
                assert came.ok, came.text()
                return dict(came.json())

            yield Bureau(running, owner, call)
            context.close()


@dataclass
class Seat:
    """Somebody at a desk of their own, signed in."""

    page: Page
    home: str
    name: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def opens(self, query: str = "") -> Seat:
        self.page.goto(f"{self.home}{DESK}{query}")
        expect(self.page.locator(".desk-live")).to_have_text("实时")
        expect(self.page.locator(".desk-rows .awaited")).to_have_count(0)
        return self

    def row(self, number: str) -> Locator:
        return self.page.locator(f"[id='row-{number}']")

    @property
    def rows(self) -> Locator:
        return self.page.locator(".desk-row")

    def filter(self, name: str) -> Locator:
        return self.page.locator(".desk-filters").get_by_label(name)

    @property
    def panel(self) -> Locator:
        return self.page.locator(".desk-panel")

    def asks(self, wanted: dict[str, str]) -> None:
        """The address asks for this and nothing else."""
        self.page.wait_for_url(
            lambda url: wanted == {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        )

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def does(self, name: str, **typed: str) -> None:
        """An action in the panel with what it asks for."""
        self.panel.get_by_role("button", name=name, exact=True).click()
        self.sends(name, **typed)

    def sends(self, name: str, **typed: str) -> None:
        form = self.page.get_by_role("form", name=name)
        for label, words in typed.items():
            form.get_by_label(label).fill(words)
        form.locator(".button.main").click()

    def keeps(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def fits(self) -> bool:
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        return bool(self.page.evaluate(wide))


Sit = Callable[..., Seat]


@pytest.fixture
def sit(browser: Browser, bureau: Bureau) -> Iterator[Sit]:
    made: list[Seat] = []

    def seat(
        role: str = "dispatcher", *, width_px: int = DESK_PX, mapped: bool = False, **looks: Any
    ) -> Seat:
        context = browser.new_context(
            viewport={"width": width_px, "height": 844},
            locale="zh-CN",
            reduced_motion="reduce",
            **looks,
        )
        account = make_account(bureau.owner, role=role, organisation=DISTRICT)
        one = Seat(context.new_page(), bureau.served.url, account.username)
        one.page.on("pageerror", lambda error: one.errors.append(str(error)))
        ours = (bureau.served.url, "blob:", "data:")
        one.page.on(
            "request", lambda asked: None if asked.url.startswith(ours) else one.strangers.append(asked.url)
        )
        if not mapped:
            # Drawing maps in software takes most of a second each; the desk works without.
            one.page.route("**/assets/map-*", lambda route: route.abort())
        come_signed_in(context, bureau.served.url, account.username)
        made.append(one)
        return one

    yield seat
    for one in made:
        one.page.context.close()
    assert [error for one in made for error in one.errors] == []
    assert [url for one in made for url in one.strangers] == []


def test_two_dispatchers_see_each_others_changes_and_new_cases(bureau: Bureau, sit: Sit) -> None:
    number = bureau.open()
    first, second = sit().opens(), sit().opens(f"?case={number}")
    expect(second.panel.get_by_role("button", name="派遣", exact=True)).to_be_visible()

    first.row(number).click()
    first.does("派遣", 说明="请先到场")

    expect(second.row(number)).to_contain_text("待签收")
    expect(second.panel.locator(".case-timeline li").first).to_contain_text("派遣 · 派遣员")
    expect(second.panel.get_by_role("button", name="派遣", exact=True)).to_have_count(0)
    assert [entry["body"].get("note") for entry in bureau.history(number)][-1] == "请先到场"

    # While somebody points at the list nothing moves under the pointer: what is new waits above.
    first.page.locator(".desk-rows").hover()
    fresh = bureau.open()
    expect(second.row(fresh)).to_be_visible()
    expect(first.page.locator(".desk-fresh")).to_have_text("1 件新案卷")
    expect(first.row(fresh)).to_have_count(0)
    first.page.locator(".desk-panel h2").hover()
    expect(first.row(fresh)).to_be_visible()


def test_a_lost_race_says_what_happened_and_offers_what_is_possible_now(bureau: Bureau, sit: Sit) -> None:
    number = bureau.open()
    late = sit()
    # This desk hears nothing of what happens.
    for deaf in ("**/api/v1/stream*", "**/api/v1/stream/tickets", "**/api/v1/changes*"):
        late.page.route(deaf, lambda route: route.abort())
    late.page.goto(f"{late.home}{DESK}?case={number}")
    late.panel.get_by_role("button", name="派遣", exact=True).click()
    bureau.act("dispatcher", number, "suspend", reason="等待产权单位")
    late.sends("派遣")

    told = late.page.locator(".case-conflict")
    expect(told).to_contain_text("没有办成")
    expect(told).to_contain_text("挂账 · 派遣员")
    expect(late.panel.get_by_role("button", name="恢复办理")).to_be_visible()
    expect(late.row(number)).to_contain_text("挂账")
    assert findings(late.page) + cut_off(late.page) == []
    late.does("恢复办理")
    expect(late.row(number)).to_contain_text("待派遣")
    assert bureau.state(number) == "registered"


def test_what_is_asked_for_is_the_address(bureau: Bureau, sit: Sit) -> None:
    rubbish, goods = bureau.open(category=RUBBISH), bureau.open()
    one = sit().opens()
    expect(one.row(goods)).to_be_visible()

    one.filter("类别").select_option(RUBBISH)
    one.filter("状态").select_option("registered")
    expect(one.row(rubbish)).to_be_visible()
    expect(one.row(goods)).to_have_count(0)
    one.row(rubbish).click()
    one.asks({"category": RUBBISH, "state": "registered", "case": rubbish})

    other = sit().opens(f"?{urlsplit(one.page.url).query}")
    expect(other.row(rubbish)).to_be_visible()
    expect(other.row(goods)).to_have_count(0)
    expect(other.panel).to_contain_text(rubbish)

    for expected in ({"category": RUBBISH, "state": "registered"}, {"category": RUBBISH}, {}):
        one.page.go_back()
        one.asks(expected)
    expect(one.row(goods)).to_be_visible()

    one.presses("/")
    one.page.keyboard.type(rubbish.lower())
    expect(one.rows).to_have_count(1)
    one.asks({"q": rubbish.lower()})
    one.page.get_by_role("button", name="清除筛选").click()
    one.asks({})
    noted = bureau.open(note="水果筐摆到路沿")
    one.presses("/")
    one.page.keyboard.type("果筐")
    expect(one.rows).to_have_count(1)
    expect(one.row(noted)).to_contain_text("F-SOUTH")
    expect(one.page.locator(".desk-foot")).to_have_text("共 1 件")
    one.asks({"q": "果筐"})
    one.page.get_by_role("button", name="清除筛选").click()
    one.filter("类别").select_option(RUBBISH)
    one.filter("时钟").select_option("overdue")
    expect(one.page.locator(".desk-empty")).to_contain_text("没有符合条件的案卷")


def test_everything_frequent_is_on_a_key_and_several_cases_are_acted_on_at_once(
    bureau: Bureau, sit: Sit
) -> None:
    below, above = bureau.open(category=RUBBISH), bureau.open(category=RUBBISH)
    one = sit().opens(f"?category={RUBBISH}&state=registered")
    expect(one.row(below)).to_be_visible()

    one.presses("?")
    expect(one.page.get_by_role("dialog", name="快捷键")).to_contain_text("套索")
    one.presses("Escape", "j")
    expect(one.panel).to_contain_text(above)
    one.presses("x", "j")
    expect(one.panel).to_contain_text(below)
    one.presses("x", "k")
    expect(one.panel).to_contain_text(above)
    expect(one.panel.get_by_role("button", name="派遣", exact=True)).to_be_visible()
    one.presses("Enter")
    expect(one.panel.get_by_role("button", name="派遣", exact=True)).to_be_focused()
    one.presses("a")
    expect(one.panel.get_by_role("form", name="派遣")).to_be_visible()
    one.presses("Escape", "Escape")
    expect(one.panel).to_have_count(0)

    batch = one.page.locator(".desk-batch")
    expect(batch).to_contain_text("已选 2 件")
    batch.get_by_role("button", name="挂账").click()
    one.sends("挂账", 理由="等待产权单位")
    done = one.page.locator(".desk-done")
    expect(done).to_contain_text("2 件已挂账")
    assert {bureau.state(below), bureau.state(above)} == {"suspended"}
    one.page.locator(".desk-top h1").click()
    one.presses("z")
    expect(done).to_contain_text("已撤销 2")
    assert {bureau.state(below), bureau.state(above)} == {"registered"}


def test_an_unsure_match_is_decided_by_a_key_at_once_and_the_next_opens_by_itself(
    bureau: Bureau, sit: Sit
) -> None:
    sure = bureau.open(registered=False)
    below, above = (bureau.open(BETWEEN, registered=False, accuracy_m=6.0) for _ in range(2))
    one = sit("acceptor").opens("?view=triage")
    expect(one.row(above)).to_be_visible()
    expect(one.row(sure)).to_have_count(0)
    one.row(above).click()
    candidates = one.page.locator(".desk-candidates li")
    expect(candidates).to_have_count(2)
    chosen = candidates.nth(1).locator("span").first.inner_text()
    one.page.locator(".desk-top h1").hover()

    one.presses("2")

    expect(one.page.locator(".desk-done")).to_contain_text(f"已认定：{chosen}")
    expect(one.panel.get_by_role("heading", name=below)).to_be_visible()
    expect(one.row(above)).to_have_count(0)
    entry = bureau.history(above)[-1]
    assert (entry["action"], entry["body"]["zone"]["name"]) == ("case.zone_chosen", chosen)

    one.presses("z")
    expect(one.panel.get_by_role("heading", name=above)).to_be_visible()
    expect(one.row(above)).to_be_visible()
    assert bureau.history(above)[-1]["action"] == "case.zone_released"
    expect(candidates).to_have_count(2)
    candidates.nth(0).click()
    expect(one.panel.get_by_role("heading", name=below)).to_be_visible()
    one.opens(f"?case={above}")
    expect(one.panel.locator(".case-facts")).to_contain_text(f"测试 {one.name} 认定")
    one.panel.get_by_role("button", name="撤销认定").click()
    expect(one.panel.locator(".case-facts")).not_to_contain_text("认定")


def test_a_case_that_declared_the_wrong_datum_is_moved_to_its_zone_by_a_key(bureau: Bureau, sit: Sit) -> None:
    shop = spot(1700, -600)
    make_zone(bureau.owner, code="F-SHIFTED", at=shop, width_m=20, depth_m=6, name="偏移果铺")
    sent = convert(Position(*shop, Datum.WGS84), Datum.GCJ02)
    number = bureau.open((sent.lon, sent.lat), registered=False)
    one = sit("acceptor").opens("?view=triage")
    one.row(number).click()
    triage = one.panel.locator(".desk-part", has=one.page.locator(".desk-candidates"))
    expect(triage.get_by_role("heading")).to_have_text("坐标像是 GCJ02：按它落在这里")
    expect(triage.locator("li")).to_have_count(1)
    expect(triage).to_contain_text("偏移果铺")
    assert findings(one.page) + cut_off(one.page) == []
    one.page.locator(".desk-top h1").hover()
    one.presses("1")
    expect(one.page.locator(".desk-done")).to_contain_text("已认定：偏移果铺")
    there = bureau.call("dispatcher", "GET", f"/cases/{number}")["position"]
    assert (there["lon"], there["lat"]) == pytest.approx(shop, abs=1e-7)
    one.presses("z")
    expect(one.page.locator(".desk-done")).to_contain_text("已撤销")
    back = bureau.call("dispatcher", "GET", f"/cases/{number}")["position"]
    assert (back["lon"], back["lat"]) == pytest.approx((sent.lon, sent.lat), abs=1e-9)


def test_cases_are_given_to_one_of_the_people_of_a_body(bureau: Bureau, sit: Sit) -> None:
    first, second = bureau.open(), bureau.open()
    handler = make_account(bureau.owner, role="handler", organisation=JINSHA)
    one = sit().opens()
    one.row(first).click()
    one.presses("a")
    one.panel.get_by_label("承办人").select_option(str(handler.id))
    one.sends("派遣")
    expect(one.panel.locator(".case-facts")).to_contain_text(f"测试 {handler.username}")

    one.row(second).click()
    one.presses("x")
    batch = one.page.locator(".desk-batch")
    batch.get_by_role("button", name="派遣").click()
    batch.get_by_label("承办人").select_option(str(handler.id))
    batch.get_by_role("button", name="派遣 ×1").click()
    expect(batch).to_have_count(0)
    assert bureau.call("dispatcher", "GET", f"/cases/{second}")["assignee"] == str(handler.id)


def test_what_people_wrote_is_shown_as_text_and_a_call_for_help_reaches_everybody(
    bureau: Bureau, sit: Sit
) -> None:
    shop = spot(200, 0)
    make_zone(bureau.owner, code="F-HURT", at=shop, width_m=40, depth_m=40, name=HURT)
    number = bureau.open(shop, note=HURT)
    bureau.act("dispatcher", number, "suspend", reason=HURT)
    with bureau.owner.begin() as connection:
        connection.execute(
            text("UPDATE account SET display_name = :name WHERE role = 'officer'"), {"name": HURT}
        )
    one, other = sit().opens(f"?case={number}&q=%3Cscript%3E"), sit().opens()
    expect(one.panel.locator(".case-facts")).to_contain_text("onerror")
    expect(one.panel.locator(".case-timeline li").first).to_contain_text("onerror")
    expect(one.panel.locator(".case-said")).to_have_text(HURT)

    bureau.call("officer", "PUT", f"/sos/{uuid4()}", data={"note": HURT})
    for desk in (one, other):
        expect(desk.page.locator(".desk-call")).to_contain_text("onerror")
        expect(desk.page.locator(".desk-sos-count")).to_have_text("SOS 1")
        expect(desk.page).to_have_title(re.compile(r"^\(1\) SOS"))
    assert findings(one.page) + cut_off(one.page) == []
    one.page.get_by_role("button", name="接警").click()
    expect(other.page.locator(".desk-call")).to_contain_text(f"测试 {one.name} 已接警")
    expect(other.page.locator(".desk-sos-count")).to_have_text("SOS 0")
    other.page.get_by_role("button", name="结束").click()
    expect(one.page.locator(".desk-call")).to_have_count(0)
    for desk in (one, other):
        assert "hurt" not in desk.page.title()
        assert desk.page.locator("img[src='x']").count() == 0


@pytest.mark.parametrize(("width_px", "theme"), [(WIDE_PX, "light"), (DESK_PX, "dark"), (PHONE_PX, "light")])
def test_the_desk_fits_its_width(bureau: Bureau, sit: Sit, width_px: int, theme: str) -> None:
    photo = real_photo("drawn_01_fruit.jpg")
    report_id, sha256 = uuid4(), sha256_of(photo)
    report = report_json(at=IN_FRONT, accuracy_m=1.0, captured_at=datetime.now(UTC), photos=[photo])
    number = bureau.call("officer", "PUT", f"/reports/{report_id}", data=report)["case"]["number"]
    bureau.call(
        "officer",
        "PUT",
        f"/reports/{report_id}/photos/{sha256}",
        data=photo,
        headers={"Content-Type": "image/jpeg"},
    )
    bureau.act("acceptor", number, "register")
    one = sit(width_px=width_px, mapped=True, color_scheme=theme).opens()
    assert one.fits()
    one.keeps(f"dispatch-{width_px}-{theme}")
    one.row(number).click()
    expect(one.panel.locator("img").first).to_be_visible()
    assert one.fits()
    one.keeps(f"dispatch-case-{width_px}-{theme}")
