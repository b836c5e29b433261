"""The officer's phone in a real browser: from the open app to a signed receipt in three taps, duty and track through a
dead network, help by a held button. Everything is looked up in the database afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from psycopg2.extras import DateRange
from sqlalchemy import Engine, insert

from config import Config
from geo.datum import Datum, Position, convert
from server.patrol.law_cards import cards
from server.patrol.law_cards.wire import LawCardsIn
from server.places.tables import category
from tests.browser.conftest import SCREENSHOTS
from tests.browser.looking import cut_off, drawn_width, findings, wait_until, wait_until_kept
from tests.factories import PASSWORD, make_account, make_rulebook
from tests.postgres import TestServer
from tests.server.patrol.promised_law_cards import CARD, LAW_CARDS
from tests.server.reports.street import NORTH, REAL_PHOTOS, SOUTH, make_street, rows, sha256_of, spot
from tests.serving import Served, serving

PHOTO, AFTER = REAL_PHOTOS / "drawn_01_fruit.jpg", REAL_PHOTOS / "drawn_12_after.jpg"
NARROWEST_PX = 360
HOSTILE = "<img src=x onerror='window.ran=1'>“占道”"
KEPT_NOTE = """() => new Promise((told, failed) => {
    const opening = indexedDB.open("frontage.officer");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
        const reading = opening.result.transaction("drafts").objectStore("drafts").getAll();
        reading.onsuccess = () => { opening.result.close(); told(reading.result[0]?.note); };
    };
})"""
COUNTDOWN_MS = 8_000
ITEM = {"duty": "appearance", "name_en": "item", "severity": "light", "legal_basis": {"title": "示例"}}
ITEMS: list[dict[str, Any]] = [
    {**ITEM, "code": "A1", "name": "门前晾晒", "categories": ["drying_clothes"], "default": True},
    {**ITEM, "code": "A2", "name": "绿化带晾晒", "categories": ["drying_clothes"]},
    {**ITEM, "code": "O1", "name": "货物出店", "categories": ["goods_on_pavement"], "default": True},
]


@dataclass(frozen=True)
class Street:
    served: Served
    owner: Engine

    def one(self, statement: str, **values: Any) -> tuple[Any, ...]:
        """The only row of a statement."""
        (row,) = rows(self.owner, statement, **values)
        return tuple(row.values())


@pytest.fixture(scope="module")
def street(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    config = Config(var=tmp_path_factory.mktemp("officer") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        drying = {
            "code": "drying_clothes", "name": "沿街晾晒", "name_en": "Clothes dried in the street",
            "none_weights": {"frontage": 0.2}, "list_id": "test", "list_version": "1",
            "valid": DateRange(date(2022, 9, 1), None), "source": "test", "sample": True,
        }  # fmt: skip
        with owner.begin() as connection:
            connection.execute(insert(category).values(**drying))
        make_rulebook(owner, "duties", ITEMS)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Street(running, owner)


@dataclass
class Phone:
    """An officer's phone with its page open; what the page logged as an error is kept."""

    page: Page
    username: str
    errors: list[str] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def stand(self, east_m: float, north_m: float, accuracy_m: float = 4) -> None:
        lon, lat = spot(east_m, north_m)
        self.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": accuracy_m})

    def photograph(self, button: Locator, *photos: Path) -> None:
        with self.page.expect_file_chooser() as chosen:
            button.click()
        chosen.value.set_files(photos)

    def shoot(self) -> None:
        self.photograph(self.page.get_by_text("拍照上报"), PHOTO)

    def tap(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def go(self, tab: str) -> None:
        self.page.get_by_role("navigation").get_by_role("link", name=tab).click()

    def looks_right(self, name: str) -> None:
        """Nothing is cut off sideways, in both themes; screenshots are kept."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme=theme)
            self.page.screenshot(path=SCREENSHOTS / f"officer-{name}-{theme}.png")
        assert self.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )


@pytest.fixture
def phone(browser: Browser, street: Street) -> Iterator[Phone]:
    context = browser.new_context(
        base_url=street.served.url,
        viewport={"width": NARROWEST_PX, "height": 740},
        has_touch=True,
        locale="zh-CN",
        reduced_motion="reduce",
        permissions=["geolocation"],
        service_workers="block",
    )
    made = Phone(context.new_page(), make_account(street.owner).username)
    made.page.on("pageerror", lambda error: made.errors.append(str(error)))
    made.page.on(
        "console",
        lambda said: made.errors.append(said.text) if "Content Security" in said.text else None,
    )
    made.stand(0, -3)
    made.page.goto("/app/")
    made.page.get_by_label("用户名").fill(made.username)
    made.page.get_by_label("密码").fill(PASSWORD)
    made.tap("登录")
    expect(made.page.get_by_text("今日 0 条")).to_be_visible()
    yield made
    context.close()
    assert made.errors == []


def test_three_taps_lead_from_the_open_app_to_a_receipt(phone: Phone, street: Street) -> None:
    phone.looks_right("home")
    phone.shoot()
    verdict = phone.page.locator(".officer-verdict")
    expect(verdict).to_contain_text(f"测试 {SOUTH}")
    expect(verdict).to_contain_text("%")
    expect(phone.page.get_by_role("button", name="发送", exact=True)).to_be_disabled()
    phone.looks_right("confirm")
    phone.tap("类别 goods_on_pavement")
    phone.tap("发送")
    expect(phone.page.locator(".officer-list li").filter(has_text="待立案")).to_be_visible()
    phone.looks_right("home-reported")
    phone.page.goto("/app/officer/queue")
    expect(phone.page.locator("li[data-state=kept]")).to_contain_text("签名已核对")
    kept = street.one(
        "SELECT r.category, r.source, round(r.accuracy_m) AS accuracy_m, p.sha256,"
        " round(st_distance(CAST(r.place AS geography), CAST(st_makepoint(:lon, :lat) AS geography))) AS off_m"
        " FROM report r JOIN account a ON a.id = r.officer_id JOIN report_photo p ON p.report_id = r.id"
        " WHERE a.username = :name",
        name=phone.username,
        lon=spot(0, -3)[0],
        lat=spot(0, -3)[1],
    )
    assert kept == ("goods_on_pavement", "device", 4, sha256_of(PHOTO.read_bytes()), 0)


def test_the_front_tapped_the_category_found_by_its_letters_and_the_roles_reach_the_server(
    phone: Phone, street: Street
) -> None:
    phone.stand(0, 2, accuracy_m=12)
    phone.shoot()
    phone.photograph(phone.page.get_by_text("从相册选"), AFTER)
    phone.page.get_by_label("第 2 张是").select_option("处置后")
    verdict = phone.page.locator(".officer-verdict")
    expect(verdict).to_contain_text("测试 ")
    other = NORTH if SOUTH in verdict.inner_text() else SOUTH
    phone.page.get_by_role("group", name="不对？点选正确的门前").get_by_role("button", name=other).click()
    expect(verdict).to_contain_text(other)
    phone.page.get_by_text("为什么").click()
    expect(phone.page.locator(".officer-why li").first).to_be_visible()
    phone.tap("全部 / 搜索")
    phone.page.get_by_role("searchbox").fill("YJLS")
    phone.page.keyboard.press("Enter")
    expect(phone.page.get_by_role("button", name="沿街晾晒")).to_have_attribute("aria-pressed", "true")
    # What the category means is chosen; something else takes a tap.
    items = phone.page.get_by_role("group", name="具体问题")
    expect(items.get_by_role("button", name="门前晾晒")).to_have_attribute("aria-pressed", "true")
    items.get_by_role("button", name="绿化带晾晒").click()
    phone.page.get_by_label("备注").fill(HOSTILE)
    phone.looks_right("confirm-two")

    wait_until(phone.page, lambda: phone.page.evaluate(KEPT_NOTE) == HOSTILE, "the report is not kept")
    phone.page.reload()
    expect(phone.page.get_by_label("备注"), "a report being made survives its page").to_have_value(HOSTILE)
    phone.tap("发送")
    expect(phone.page.locator(".officer-list li").filter(has_text="待立案")).to_be_visible()
    kept = street.one(
        "SELECT r.category, p ->> 'note' AS note, p #>> '{zone_hint,code}' AS hint, p #>> '{zone_hint,how}' AS how,"
        " d.items FROM report r JOIN report_duty d ON d.report_id = r.id JOIN account a ON a.id = r.officer_id,"
        " CAST(r.payload AS json) p"
        " WHERE a.username = :name",
        name=phone.username,
    )
    assert kept == ("drying_clothes", HOSTILE, other, "picked", ["A1", "A2"])
    roles = rows(
        street.owner,
        "SELECT p.sha256, p.role FROM report_photo p JOIN report r ON r.id = p.report_id"
        " JOIN account a ON a.id = r.officer_id WHERE a.username = :name",
        name=phone.username,
    )
    assert {row["sha256"]: row["role"] for row in roles} == {
        sha256_of(PHOTO.read_bytes()): "scene",
        sha256_of(AFTER.read_bytes()): "after",
    }
    assert phone.page.evaluate("window.ran") is None


def test_a_shift_its_track_and_a_report_of_a_dead_network_are_told_once_it_is_back(
    phone: Phone, street: Street
) -> None:
    phone.context.set_offline(True)
    expect(phone.page.get_by_text("离线", exact=True)).to_be_visible()
    phone.tap("上岗")
    expect(phone.page.get_by_text("在岗 0:00")).to_be_visible()
    expect(phone.page.get_by_text("上下岗时刻已记在手机里")).to_be_visible()
    phone.stand(5, -3)
    expect(phone.page.get_by_text("个定位点存在手机里")).to_be_visible()
    phone.shoot()
    expect(phone.page.get_by_text("没有网络，送达服务器后判定。")).to_be_visible()
    phone.tap("类别 goods_on_pavement")
    phone.tap("发送")
    expect(phone.page.locator(".officer-list li")).to_contain_text("等待网络")
    phone.looks_right("offline")
    phone.go("我的")
    phone.tap("退出登录")
    expect(phone.page.get_by_role("dialog")).to_contain_text("1 条上报")
    phone.tap("保留")
    assert rows(street.owner, "SELECT 1 FROM shift s JOIN account a ON a.id = s.account_id"
                " WHERE a.username = :name", name=phone.username) == []  # fmt: skip

    with phone.page.expect_response("**/api/v1/positions") as told:
        phone.context.set_offline(False)
    assert told.value.json()["accepted"] >= 1
    phone.go("上报")
    expect(phone.page.locator(".officer-list li").filter(has_text="待立案")).to_be_visible()
    expect(phone.page.get_by_text("上下岗时刻已记在手机里")).to_have_count(0)
    phone.go("我的")
    expect(phone.page.locator(".officer-track")).to_be_visible()
    phone.looks_right("me")
    phone.go("上报")
    phone.tap("下岗")
    expect(phone.page.get_by_role("button", name="上岗", exact=True)).to_be_visible()
    expect(phone.page.get_by_text("上下岗时刻已记在手机里")).to_have_count(0)
    fixes, ended = street.one(
        "SELECT (SELECT count(*) FROM position_fix f WHERE f.account_id = a.id) AS fixes,"
        " (SELECT count(*) FROM shift s JOIN shift_end e ON e.shift_id = s.id WHERE s.account_id = a.id) AS ended"
        " FROM account a WHERE a.username = :name",
        name=phone.username,
    )
    assert fixes >= 1 and ended == 1


def test_a_call_at_a_door_made_without_network_reaches_the_server_as_it_was(
    phone: Phone, street: Street
) -> None:
    with phone.page.expect_response("**/shifts/start"):
        phone.tap("上岗")
    wait_until_kept(phone.page, "fronts/")
    phone.context.set_offline(True)
    phone.page.get_by_role("link", name="到访登记").click()
    # Nearest first, and chosen; the other side of the street is one tap away.
    doors = phone.page.get_by_role("radiogroup", name="哪一家门前").get_by_role("radio")
    expect(doors.first).to_be_checked()
    phone.page.get_by_role("radio", name=NORTH).check()
    phone.page.get_by_role("radio", name="服务、宣讲").check()
    phone.page.get_by_label("备注").fill(HOSTILE)
    phone.looks_right("visit")
    assert findings(phone.page) + cut_off(phone.page) == []
    phone.tap("登记到访")
    expect(phone.page.get_by_text(f"本机今日到访 1 次，最近：走访：测试 {NORTH}")).to_be_visible()
    expect(phone.page.get_by_text("待发送 1").first).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.page.get_by_text("待发送 1")).to_have_count(0)
    kept = street.one(
        "SELECT z.code, m.kind, m.note, m.law_card, m.shift_id IS NOT NULL AS on_shift, m.at < m.received_at AS before"
        " FROM visit_mark m JOIN zone z ON z.id = m.zone_id JOIN account a ON a.id = m.account_id"
        " WHERE a.username = :name",
        name=phone.username,
    )
    assert kept == (NORTH, "service", HOSTILE, None, True, True)


def test_a_law_card_is_shown_without_network_taken_away_by_anybody_and_handed_over_with_one_tap(
    phone: Phone, street: Street
) -> None:
    given = {
        **LAW_CARDS,
        "cards": [{**CARD, "title": HOSTILE}, {**CARD, "code": "ebike", "title": "电动车店门前"}],
    }
    with street.owner.begin() as connection:
        cards.keep(connection, LawCardsIn.model_validate(given), datetime.now(UTC))
    phone.page.get_by_role("link", name="普法卡").click()
    expect(phone.page.get_by_role("link", name="电动车店门前")).to_be_visible()
    wait_until_kept(phone.page, "law_cards")
    phone.context.set_offline(True)
    phone.page.get_by_role("link", name=HOSTILE).click()
    expect(phone.page.get_by_text("筐箱不出店门")).to_be_visible()
    code = phone.page.get_by_role("img", name="的二维码")
    assert drawn_width(code) > 100
    phone.looks_right("law-card")
    assert findings(phone.page) + cut_off(phone.page) == []
    phone.tap("已送达")
    expect(phone.page.get_by_text(f"普法卡送达：测试 {SOUTH}")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.page.get_by_text("待发送 1")).to_have_count(0)
    kept = street.one(
        "SELECT z.code, m.kind, m.law_card, m.law_card_set_id FROM visit_mark m JOIN zone z ON z.id = m.zone_id"
        " JOIN account a ON a.id = m.account_id WHERE a.username = :name",
        name=phone.username,
    )
    assert kept[:3] == (SOUTH, "service", "fruit") and kept[3] is not None
    # Whoever took the address away is signed in nowhere.
    stranger = phone.context.browser
    assert stranger
    page = stranger.new_page()
    page.goto(f"{street.served.url}/cards/fruit")
    expect(page.get_by_role("heading")).to_contain_text(HOSTILE)
    assert page.evaluate("window.ran") is None
    assert findings(page) + cut_off(page) == []
    page.close()


def hold(phone: Phone, within: Locator | None = None) -> None:
    """Holds the button down until that is answered."""
    box = (within or phone.page).get_by_role("button", name="紧急求助：长按").last.bounding_box()
    assert box
    phone.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    phone.page.mouse.down()
    expect(phone.page.get_by_role("dialog", name="紧急求助")).to_be_visible()
    phone.page.mouse.up()


def press_enter(phone: Phone) -> None:
    phone.page.get_by_role("button", name="紧急求助：长按").press("Enter")


@pytest.mark.parametrize("begin", [hold, press_enter], ids=["held", "by keyboard"])
def test_help_is_called_after_a_countdown_that_can_be_stopped(
    phone: Phone, street: Street, begin: Callable[[Phone], None]
) -> None:
    calls = "SELECT count(*) AS n FROM sos s JOIN account a ON a.id = s.account_id WHERE a.username = :name"
    phone.page.get_by_role("button", name="紧急求助：长按").click()
    expect(phone.page.get_by_role("dialog")).to_have_count(0)
    begin(phone)
    phone.tap("取消")
    expect(phone.page.get_by_role("dialog")).to_have_count(0)
    begin(phone)
    expect(phone.page.get_by_role("dialog")).to_contain_text("秒后呼救")
    phone.looks_right("help")
    expect(phone.page.get_by_role("dialog")).to_contain_text("调度台已收到", timeout=COUNTDOWN_MS)
    assert street.one(calls, name=phone.username) == (1,)


def test_help_is_in_reach_of_every_sheet_that_covers_the_screen(phone: Phone, street: Street) -> None:
    countdown = phone.page.get_by_role("dialog", name="紧急求助")

    def called_from(name: str) -> None:
        sheet = phone.page.get_by_role("dialog", name=name)
        hold(phone, sheet)
        expect(countdown).to_contain_text("秒后呼救")
        phone.tap("取消")
        expect(countdown).to_have_count(0)
        expect(sheet).to_be_visible()

    phone.shoot()
    phone.tap("放弃")
    called_from("放弃")
    phone.tap("保留")
    phone.tap("全部 / 搜索")
    called_from("类别")
    phone.looks_right("sheet")
    phone.page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    phone.tap("在地图上改")
    assert findings(phone.page) + cut_off(phone.page) == []
    called_from("在地图上改")
    phone.page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    phone.tap("类别 goods_on_pavement")
    phone.tap("发送")
    phone.page.locator(".officer-list li").filter(has_text="待立案").click()
    phone.page.locator(".photos-open").first.click()
    hold(phone, phone.page.locator("dialog.photos-viewer"))
    expect(countdown).to_contain_text("秒后呼救")
    # The sheet below goes, and the call does not.
    phone.page.locator("dialog.photos-viewer").evaluate("sheet => sheet.close()")
    expect(countdown).to_contain_text("调度台已收到", timeout=COUNTDOWN_MS)


def test_the_way_to_a_case_is_told_drawn_and_handed_to_the_phone_s_own_map_app(
    phone: Phone, street: Street
) -> None:
    phone.photograph(phone.page.get_by_text("相册上报"), PHOTO)
    phone.tap("类别 goods_on_pavement")
    phone.tap("发送")
    phone.page.locator(".officer-list li").filter(has_text="待立案").click()
    phone.stand(-100, -103)
    expect(phone.page.get_by_text("直线 140 m，往东北")).to_be_visible()
    phone.looks_right("task-way")
    assert findings(phone.page) + cut_off(phone.page) == []

    def lon_lat() -> list[float]:
        link = phone.page.get_by_role("link", name="导航").get_attribute("href") or ""
        lat, lon = link.removeprefix("geo:").split("?")[0].split(",")
        return [float(lon), float(lat)]

    there = Position(*spot(0, -3), Datum.WGS84)
    shifted = convert(there, Datum.GCJ02)
    assert lon_lat() == pytest.approx([shifted.lon, shifted.lat], abs=2e-6)
    phone.page.get_by_role("link", name="在地图上看").click()
    expect(phone.page.get_by_text("直线 140 m，往东北")).to_be_visible()
    drawn = phone.page.locator(".map-view")
    expect(drawn).to_be_visible()
    way = "host => host.mapView?.map.queryRenderedFeatures({ layers: ['line-casing'] }).length"
    wait_until(phone.page, lambda: drawn.evaluate(way), "no way is drawn")
    phone.looks_right("map-way")
    phone.go("我的")
    phone.page.get_by_label("导航应用的坐标系").select_option("wgs84")
    phone.page.go_back()
    assert lon_lat() == pytest.approx([there.lon, there.lat], abs=2e-6)


def test_a_code_sets_up_an_app_that_tracks_in_the_background(phone: Phone, street: Street) -> None:
    phone.go("我的")
    expect(phone.page.get_by_text("没有人看过。")).to_be_visible()
    phone.tap("OwnTracks")
    code = phone.page.get_by_role("img", name="OwnTracks 设置二维码")
    expect(code).to_be_visible()
    assert drawn_width(code) > 100
    assert (phone.page.get_by_role("link", name="在这部手机上打开").get_attribute("href") or "").startswith(
        "owntracks:"
    )
    devices = street.one(
        "SELECT d.name FROM device d JOIN account a ON a.id = d.account_id WHERE a.username = :name",
        name=phone.username,
    )
    assert devices == ("OwnTracks",)
