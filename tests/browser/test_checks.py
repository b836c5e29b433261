"""Second looks and campaigns in a real browser, from the desk to the door and back: a sample drawn, handed out and
looked at; a campaign built over a map, answered without network, and followed while it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine

from config import Config
from tests.browser.conftest import SCREENSHOTS, Watched
from tests.browser.looking import Looked, wait_until_drafted, wait_until_kept
from tests.browser.test_casework import PLACE, Bureau
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account, make_zone, report_json
from tests.postgres import TestServer
from tests.server.cases.times import set_times
from tests.server.reports.street import REAL_PHOTOS, make_street, real_photo, spot
from tests.serving import Served, serving

WIDTHS_PX = (360, 1280, 2560)
FRUIT = ("F-SOUTH", "F-EAST")
PHOTO, AFTER = "drawn_01_fruit.jpg", "drawn_12_after.jpg"
# Figures come anew every few seconds.
FOLLOWS_MS = 30_000


@dataclass(frozen=True)
class People:
    manager: str
    checker: str
    officer: str


@pytest.fixture(scope="module")
def bureau(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("checks") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        _sell_fruit(owner)
        set_times(owner)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Bureau(running, owner)


def _sell_fruit(owner: Engine) -> None:
    """Two shops that sell fruit, in one street of Jinsha, beside others that sell nothing known."""
    with owner.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM zone_piece USING zone WHERE zone.id = zone_id AND code = 'F-SOUTH'"
        )
        connection.exec_driver_sql("DELETE FROM zone WHERE code = 'F-SOUTH'")
    fruit = {"trade": "fruit", "street": "新金路"}
    make_zone(owner, code="F-SOUTH", name="南果鲜生", at=spot(0, -3), width_m=40, depth_m=6, properties=fruit)
    make_zone(
        owner, code="F-EAST", name="东头水果", at=spot(300, -3), width_m=20, depth_m=6, properties=fruit
    )


@pytest.fixture(scope="module")
def people(bureau: Bureau) -> People:
    return People(
        make_account(bureau.owner, role="zone_manager", organisation=DISTRICT).username,
        make_account(bureau.owner, role="checker", organisation=DISTRICT).username,
        make_account(bureau.owner, role="officer", organisation=JINSHA).username,
    )


@pytest.fixture
def served(bureau: Bureau) -> Served:
    """`watched` looks at the pages of this bureau."""
    return bureau.served


@pytest.fixture
def phone(browser: Browser, bureau: Bureau) -> Iterator[BrowserContext]:
    """A phone before the shop in the south."""
    context = browser.new_context(
        base_url=bureau.served.url,
        viewport={"width": 390, "height": 844},
        locale="zh-CN",
        reduced_motion="reduce",
        geolocation={"longitude": PLACE[0], "latitude": PLACE[1], "accuracy": 4},
        permissions=["geolocation"],
    )
    yield context
    context.close()


def opens(page: Page, address: str, username: str) -> None:
    page.goto(address)
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def looks_at_every_width(looked: Looked, state: str) -> None:
    """The page as it stands, at each width in both languages."""
    page = looked.page
    before = page.viewport_size
    for speaking in ("English", "中文"):
        for width in WIDTHS_PX:
            page.set_viewport_size({"width": width, "height": 900})
            looked.at(f"{state}_{width}_{speaking}")
        page.locator(".office-who summary").click()
        page.get_by_role("button", name=speaking).click()
        page.locator(".office-who summary").click()
    assert before
    page.set_viewport_size(before)


def photographs(page: Page, photo: str) -> None:
    page.locator(".reply-take input[type=file]").first.set_input_files(REAL_PHOTOS / photo)


def keeps(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def amiss(watched: Watched) -> list[str]:
    """What the page complained of, but for small photos: no worker makes them here, and whole ones are shown."""
    return [error for error in watched.errors if "404" not in error]


def replied(bureau: Bureau) -> str:
    """The number of a case with a photo of before and one of after."""
    number, photo, report_id = bureau.handed_over(), real_photo(AFTER), uuid4()
    for action in ("accept", "start"):
        bureau.acts("handler", number, action)
    report = report_json(at=PLACE, accuracy_m=3.0, captured_at=datetime.now(UTC), photos=[photo], case=number)
    report["photos"][0]["role"] = "after"
    bureau.call("handler", "PUT", f"/reports/{report_id}", report)
    bureau.call("handler", "PUT", f"/reports/{report_id}/photos/{report['photos'][0]['sha256']}", photo)
    bureau.acts("handler", number, "reply", reports=[str(report_id)])
    return number


def test_a_sample_is_drawn_handed_out_looked_at_and_told_with_how_sure_it_is(
    watched: Watched, bureau: Bureau, people: People, phone: BrowserContext
) -> None:
    numbers = [replied(bureau) for _ in range(3)]
    for number in numbers:
        bureau.acts("checker", number, "pass")
    desk = watched.page
    looked = Looked(desk, watched.keep_screenshot)
    opens(desk, "/app/rechecks", people.manager)
    draw = desk.get_by_role("button", name="抽取", exact=True)
    said = desk.locator("form").get_by_role("status")
    expect(said).to_have_text("只有 3 件办结，不足 20 件：全部复核。")
    desk.get_by_label("首日").fill("2020-01-01")
    desk.get_by_label("末日").fill("2020-01-31")
    expect(said).to_contain_text("没有办结的案卷")
    expect(draw).to_be_disabled()
    desk.reload()
    desk.get_by_label("件数", exact=True).fill("2")
    desk.get_by_label("种子", exact=True).fill("2026 年第一批")
    expect(said).to_have_text("办结 3 件，将抽 2 件。")
    looks_at_every_width(looked, "rechecks")
    draw.click()

    # Anybody draws it again: in this browser, and on a page that knows nobody.
    desk.get_by_role("button", name="在本机重抽").click()
    expect(desk.get_by_text("本机重抽的 2 件与服务器存下的一致")).to_be_visible()
    cases = desk.locator(".rechecks-cases tbody tr")
    drawn = [text.strip() for text in cases.locator("th a").all_inner_texts()]
    address = desk.get_by_role("link", name="公开验证页").get_attribute("href")
    anybody = phone.new_page()
    anybody.goto(str(address))
    anybody.get_by_label("案卷编号").fill("\n".join(reversed(numbers)))
    anybody.get_by_role("button", name="抽取").click()
    expect(anybody.locator(".rechecks-drawn li")).to_have_text(drawn)
    assert Looked(anybody, lambda name: None).amiss == []
    anybody.close()

    # Whoever passed a case gets none of it: of two checkers chosen the other has both.
    desk.get_by_label("案卷", exact=True).check()
    for checker in desk.locator(".rechecks-people label").all():
        checker.click()
    desk.get_by_role("button", name="派出 2 件").click()
    expect(cases.get_by_text(people.checker)).to_have_count(2)
    expect(cases.get_by_text("等待复核")).to_have_count(2)
    desk.evaluate("window.sameDocument = true")

    page = phone.new_page()
    opens(page, "/app/officer/tasks", people.checker)
    page.get_by_role("link", name=re.compile("复核 2 件")).click()
    page.get_by_role("link", name=re.compile(drawn[0])).click()
    keep = page.get_by_role("button", name="保存并发送")
    expect(page.get_by_text("请先在现场拍一张")).to_be_visible()
    # How it was and how it was left, beside what one finds.
    expect(page.locator(".photos-side img")).to_have_count(2)
    photographs(page, PHOTO)
    page.get_by_label("不合格").check()
    expect(page.get_by_text("请写明哪里不合格")).to_be_visible()
    expect(keep).to_be_disabled()
    page.get_by_label("哪里不合格").fill("水果筐又摆出来了")
    expect(page.get_by_text("距案卷地点")).to_be_visible()
    keeps(page, "checks_recheck_phone")
    on_phone = Looked(page, lambda name: keeps(page, f"checks_{name}"))
    on_phone.at("recheck_form")
    keep.click()
    expect(page.get_by_role("link", name=re.compile(drawn[1]))).to_be_visible()
    expect(cases.filter(has_text=drawn[0])).to_contain_text("不合格", timeout=FOLLOWS_MS)
    expect(desk.get_by_role("heading", level=1)).to_contain_text("已复核 1 件，合格 0 件（0%）")
    expect(cases.filter(has_text=drawn[0])).to_contain_text("水果筐又摆出来了")
    assert bureau.entries(drawn[0])[-1] == "reopened"

    page.get_by_role("link", name=re.compile(drawn[1])).click()
    photographs(page, AFTER)
    page.get_by_label("合格", exact=True).check()
    keep.click()
    expect(page.get_by_text("派给您的都复核完了")).to_be_visible()
    expect(desk.get_by_role("heading", level=1)).to_contain_text(
        "复核 2 件，合格 1 件（50%）", timeout=FOLLOWS_MS
    )
    # One of two held and one did not; the third can be either.
    expect(desk.get_by_role("heading", level=1)).to_contain_text("33% – 67%")
    assert desk.evaluate("window.sameDocument")
    cases.filter(has_text=drawn[0]).get_by_role("button", name="看照片").click()
    expect(desk.get_by_role("dialog").locator("img").first).to_be_visible()
    desk.keyboard.press("Escape")
    watched.keep_screenshot("checks_sample")
    looks_at_every_width(looked, "sample")
    with desk.expect_download() as given:
        desk.get_by_role("button", name="下载 CSV").click()
    assert "水果筐又摆出来了" in given.value.path().read_text(encoding="utf-8-sig")
    assert (looked.amiss, on_phone.amiss, amiss(watched), watched.strangers) == ([], [], [], [])


def test_a_campaign_is_built_answered_at_a_door_without_network_and_followed(
    watched: Watched, bureau: Bureau, people: People, phone: BrowserContext
) -> None:
    number = replied(bureau)
    desk = watched.page
    looked = Looked(desk, watched.keep_screenshot)
    opens(desk, "/app/campaigns", people.manager)
    desk.get_by_role("link", name="新建专项").click()
    begin = desk.get_by_role("button", name=re.compile("^开始专项"))
    lacks = desk.locator(".campaigns-lacks")
    expect(lacks).to_contain_text("还没有选门前")
    expect(begin).to_be_disabled()
    desk.get_by_label("名称", exact=True).fill("水果店专项 <b>")
    desk.get_by_label("末日").fill("2020-01-01")
    expect(lacks).to_contain_text("末日在首日之前")
    desk.reload()
    # What was typed is still there.
    expect(desk.get_by_label("名称", exact=True)).to_have_value("水果店专项 <b>")
    desk.get_by_label("末日").fill("2099-12-31")
    desk.get_by_text("另按编号点名").click()
    desk.get_by_label("编号，每行一个").fill("F-SOUTH nowhere")
    expect(lacks).to_contain_text("1 个编号当日没有对应的门前：nowhere")
    desk.get_by_label("编号，每行一个").fill("")
    desk.get_by_role("group", name="行业").get_by_role("checkbox", name=re.compile("fruit")).check()
    expect(desk.get_by_text("选中 2 处，涉及 1 个镇街")).to_be_visible()
    host = desk.locator(".map-view")
    expect(host).to_have_attribute("data-map", "ready", timeout=FOLLOWS_MS)
    desk.wait_for_function(
        "() => document.querySelector('.map-view').mapView.map.querySourceFeatures('shapes').length >= 2"
    )
    desk.get_by_label("问题 1", exact=True).fill("占道堆物")
    desk.get_by_role("button", name="加一个问题").click()
    desk.get_by_label("问题 2", exact=True).fill("垃圾")
    desk.get_by_label("问题 2 怎样回答").select_option("own")
    desk.get_by_label("答案 1").fill("没有")
    desk.get_by_label("答案 2").fill("很多")
    expect(lacks).to_have_count(0)
    watched.keep_screenshot("checks_builder")
    looks_at_every_width(looked, "builder")
    begin.click()
    answer = desk.get_by_role("heading", level=1)
    expect(answer).to_contain_text("应查 2 处，已查 0 处（0%）")
    desk.evaluate("window.sameDocument = true")

    page = phone.new_page()
    opens(page, "/app/officer/tasks", people.officer)
    page.get_by_role("link", name=re.compile("水果店专项 <b>")).click()
    doors = page.locator(".officer-list li")
    expect(doors).to_have_count(2)
    # The nearest is first.
    expect(doors.first).to_contain_text("南果鲜生")
    expect(doors.first).to_contain_text("0 m")
    on_phone = Looked(page, lambda name: keeps(page, f"checks_{name}"))
    on_phone.at("doors")
    keeps(page, "checks_doors_phone")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for part in ("campaign/", "campaign-zones/", "categories"):
        wait_until_kept(page, part)
    phone.set_offline(True)
    doors.first.get_by_role("link").click()
    page.get_by_role("group", name="占道堆物").get_by_label("不符合").check()
    page.get_by_role("group", name="占道堆物").get_by_label("怎么不符合").fill("两筐水果")
    page.get_by_role("group", name="垃圾").get_by_label("没有").check()
    photographs(page, PHOTO)
    page.get_by_role("button", name="类别 goods_on_pavement").click()
    expect(page.get_by_text("距这处门前")).to_be_visible()
    # The page is killed half way through: answers, photo, place and category are there again.
    for told in ("两筐水果", "goods_on_pavement", "fixed_at"):
        wait_until_drafted(page, told)
    page.reload()
    expect(page.get_by_text("没填完的内容")).to_be_visible()
    expect(page.get_by_role("group", name="占道堆物").get_by_label("怎么不符合")).to_have_value("两筐水果")
    expect(page.locator(".reply-photos img")).to_have_count(1)
    expect(page.get_by_text("距这处门前")).to_be_visible()
    on_phone.at("door_form")
    keeps(page, "checks_door_phone")
    page.get_by_role("button", name="保存并发送").click()
    expect(page.get_by_text("存在手机里 1 条，等待发送")).to_be_visible()
    expect(doors).to_have_count(1)
    campaign = bureau.call("zone_manager", "GET", "/campaigns")["items"][0]["id"]
    assert bureau.call("zone_manager", "GET", f"/campaigns/{campaign}/results")["items"] == []

    # The page is killed before there is network again; what was answered goes out all the same, once.
    page.close()
    phone.set_offline(False)
    page = phone.new_page()
    page.goto("/app/officer/queue")
    expect(page.get_by_text("专项检查：南果鲜生")).to_be_visible()
    expect(answer).to_contain_text("已查 1 处（50%），1 处有未整改", timeout=FOLLOWS_MS)
    (result,) = bureau.call("zone_manager", "GET", f"/campaigns/{campaign}/results")["items"]
    assert [(item["ok"], item["answer"]) for item in result["items"]] == [(False, None), (True, "a1")]
    assert [report["role"] for report in result["reports"]] == ["baseline"]
    fronts = desk.get_by_role("region", name="门前", exact=True)
    expect(fronts.get_by_role("row").filter(has_text="南果鲜生")).to_contain_text("占道堆物")
    # A number opens what it counts.
    desk.get_by_role("region", name="各镇街进度").get_by_role("button", name="1", exact=True).click()
    expect(fronts.locator("tbody tr")).to_have_count(1)
    assert desk.evaluate("window.sameDocument")

    wall = desk.get_by_role("region", name="整治前后")
    pair = wall.get_by_role("link").filter(has_text=number)
    pair.scroll_into_view_if_needed()
    expect(pair.locator("img")).to_have_count(2)
    watched.keep_screenshot("checks_campaign")
    looks_at_every_width(looked, "campaign")
    desk.get_by_role("button", name="结束", exact=True).click()
    desk.get_by_label("取消这个专项").check()
    desk.get_by_label("取消的理由").fill("并入另一个")
    desk.get_by_role("button", name="确定结束").click()
    expect(answer).to_contain_text("已取消（并入另一个）")
    pair.click()
    expect(desk).to_have_url(re.compile(f"/app/dispatch.*case={number}"))
    assert (looked.amiss, on_phone.amiss, amiss(watched), watched.strangers) == ([], [], [], [])
