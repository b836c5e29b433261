"""People in a real browser: an officer from the sheet of paper to the last session, what was changed taken back, a
phone set up, a roster from a spreadsheet, and a personal token that a program uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from config import Config
from tests.browser.conftest import Watched
from tests.browser.looking import Looked
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account
from tests.postgres import TestServer
from tests.serving import Served, serving

PEOPLE = "/app/people"
# What somebody who pastes a page writes as a name, and as long as a name gets in a table.
ODD_NAME = "<img src=x onerror=alert(1)>" + "很长的名字" * 10
OWN = "a password of my own"
TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()


@dataclass(frozen=True)
class Bureau:
    served: Served
    admin: str


@pytest.fixture(scope="module")
def bureau(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("people") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        admin = make_account(owner, role="admin", organisation=DISTRICT, username="boss").username
        make_account(owner, role="admin", organisation=DISTRICT, username="second")
        make_account(owner, organisation=JINSHA, username="walker")
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Bureau(running, admin)


@pytest.fixture
def served(bureau: Bureau) -> Served:
    """`watched` looks at the pages of this bureau."""
    return bureau.served


def sign_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    page.goto(address)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def other(browser: Browser, bureau: Bureau) -> Page:
    """Somebody else's browser."""
    context = browser.new_context(
        base_url=bureau.served.url,
        locale="zh-CN",
        reduced_motion="reduce",
        viewport={"width": 390, "height": 844},
    )
    return context.new_page()


def test_an_officer_is_made_signs_in_is_changed_back_and_ends_at_once(
    browser: Browser, watched: Watched, bureau: Bureau
) -> None:
    page = watched.page
    sign_in(page, PEOPLE, bureau.admin)
    page.get_by_role("button", name="新建账号").click()
    sheet = page.get_by_role("dialog", name="新建账号")
    sheet.get_by_label("用户名").fill("walker")
    sheet.get_by_label("姓名").fill(ODD_NAME)
    sheet.get_by_label("机构").select_option(JINSHA)
    sheet.get_by_role("button", name="新建").click()
    expect(sheet.get_by_role("alert")).to_contain_text("用户名已被使用")
    sheet.get_by_label("用户名").fill("new.officer")
    sheet.get_by_role("button", name="新建").click()
    paper = sheet.locator(".people-paper")
    expect(paper).to_contain_text(ODD_NAME)
    expect(paper).to_contain_text(bureau.served.url)
    first = paper.locator("code").nth(1).inner_text()
    page.emulate_media(media="print")
    expect(page.locator(".people-paper")).to_be_visible()
    expect(page.locator(".office-top")).to_have_css("visibility", "hidden")
    page.emulate_media(media="screen")
    looked = Looked(page, watched.keep_screenshot)
    looked.at("people-paper")
    page.keyboard.press("Escape")

    # The holder chooses a password before anything opens.
    phone = other(browser, bureau)
    sign_in(phone, "/app/", "new.officer", first)
    chosen = phone.get_by_label("新密码（至少 10 个字符）")
    chosen.fill(OWN)
    phone.get_by_role("button", name="设置密码并登录").click()
    expect(phone.get_by_role("navigation")).to_be_visible()

    # Found by a part of the name; made a checker, and made an officer again.
    page.get_by_label("姓名或用户名").fill("NEW.off")
    page.get_by_role("button", name=ODD_NAME).click()
    person = page.get_by_role("dialog", name=ODD_NAME)
    person.get_by_label("角色").select_option("checker")
    person.get_by_role("button", name="保存更改").click()
    history = person.get_by_role("region", name="变更记录")
    changes = history.locator(".people-history > li")
    expect(changes.first).to_contain_text("队员 → 核查员")
    expect(changes.last).to_contain_text("新建")
    looked.at("people-person")
    history.get_by_role("button", name="撤销此项").first.click()
    expect(person.get_by_label("角色")).to_have_value("officer")
    expect(history.get_by_text("其后已再更改，不能撤销")).to_be_visible()

    person.get_by_label("应用").select_option("owntracks")
    person.get_by_role("button", name="生成二维码").click()
    expect(person.get_by_role("img", name="OwnTracks 的设置二维码")).to_be_visible()
    devices = person.get_by_role("region", name="设备")
    expect(devices.get_by_role("row")).to_have_count(2)
    devices.get_by_role("button", name="吊销").click()
    expect(devices.get_by_role("row").last).to_contain_text("已吊销")

    # Disabled: the phone is out with its next word to the server.
    person.get_by_role("button", name="停用账号").click()
    person.get_by_role("button", name="停用", exact=True).click()
    expect(person.get_by_role("button", name="重新启用")).to_be_visible()
    phone.goto("/app/me")
    expect(phone.get_by_role("button", name="登录")).to_be_visible()
    phone.context.close()
    assert looked.amiss == []
    assert watched.strangers == []
    assert [one for one in watched.errors if "409" not in one] == []


def test_a_second_administrator_is_told_that_somebody_was_first(
    browser: Browser, watched: Watched, bureau: Bureau
) -> None:
    page, late = watched.page, other(browser, bureau)
    for one, who in ((page, bureau.admin), (late, "second")):
        sign_in(one, f"{PEOPLE}?search=walker", who)
        one.get_by_role("button", name="测试 walker").click()
        expect(one.get_by_role("dialog").get_by_label("姓名")).to_have_value("测试 walker")
    for one, name in ((page, "第一位改的"), (late, "第二位改的")):
        sheet = one.get_by_role("dialog")
        sheet.get_by_label("姓名").fill(name)
        sheet.get_by_role("button", name="保存更改").click()
        if one is page:
            expect(page.get_by_role("dialog", name=name)).to_be_visible()
    alert = late.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("他人已先更改")
    alert.get_by_role("button").click()
    expect(late.get_by_role("dialog", name="第一位改的").get_by_label("姓名")).to_have_value("第一位改的")
    late.context.close()


def test_a_roster_from_a_spreadsheet_is_tried_before_it_is_kept(watched: Watched, bureau: Bureau) -> None:
    page = watched.page
    sign_in(page, f"{PEOPLE}/roster?body={JINSHA}", bureau.admin)
    off = page.get_by_role("region", name="本周未排班")
    expect(off).to_contain_text("金沙街道")

    def send(text: str) -> None:
        file: FilePayload = {"name": "排班.csv", "mimeType": "text/csv", "buffer": text.encode("gb18030")}
        page.get_by_label("选择文件").set_input_files(file)

    send(f"day,from,to,officer,team\n2026/13/40,8:00,17:00,walker,\n{TODAY},8:00,17:00,walker,\n")
    part = page.get_by_role("region", name="导入排班")
    expect(part.get_by_role("alert")).to_be_visible()
    expect(part.get_by_role("listitem")).to_have_text(["第 2 行 day 日期写作 2026-11-30"])
    send(f"day,from,to,officer,team\n{TODAY},8:00,17:00,walker,\n")
    part.get_by_role("button", name="写入排班").click()
    expect(part.get_by_text("已写入 金沙街道")).to_be_visible()
    week = page.get_by_role("group", name="排班")
    expect(week.get_by_role("row", name="walker")).to_contain_text("08:00–17:00")
    expect(off).not_to_contain_text("walker")
    looked = Looked(page, watched.keep_screenshot)
    for width_px in (360, 1280, 2560):
        page.set_viewport_size({"width": width_px, "height": 900})
        for part_of, heading in (
            ("", "账号"),
            ("/bodies", "机构"),
            ("/roster", "排班"),
            ("/devices", "设备"),
        ):
            page.goto(PEOPLE + part_of)
            expect(page.get_by_role("heading", level=2, name=heading).first).to_be_visible()
            expect(page.get_by_role("status")).to_have_count(0)
            looked.at(f"people{part_of.replace('/', '-')}-{width_px}")
    page.get_by_text("测试 boss").first.click()
    page.get_by_role("button", name="English").click()
    for width_px in (360, 2560):
        page.set_viewport_size({"width": width_px, "height": 900})
        looked.at(f"people-devices-en-{width_px}")
    assert looked.amiss == []


def test_a_token_of_one_s_own_serves_a_program_until_it_is_revoked(watched: Watched, bureau: Bureau) -> None:
    page = watched.page
    sign_in(page, "/app/me", "second")
    page.get_by_label("用途").fill("月报脚本")
    page.get_by_role("button", name="新建").click()
    secret = page.locator("textarea").input_value()
    program = {"Authorization": f"Bearer {secret}"}
    assert page.request.get("/api/v1/accounts", headers=program).status == 200
    assert page.request.post("/api/v1/accounts", headers=program, data={}).status == 403
    looked = Looked(page, watched.keep_screenshot)
    for width_px in (360, 1280, 2560):
        page.set_viewport_size({"width": width_px, "height": 900})
        looked.at(f"people-me-{width_px}")
    mine = page.get_by_role("listitem").filter(has_text="月报脚本")
    mine.get_by_role("button", name="吊销").click()
    expect(mine).to_contain_text("已吊销")
    assert page.request.get("/api/v1/accounts", headers=program).status == 401
    assert looked.amiss == []
