"""Responsible subjects in a real browser: registered, given another tenant, merged, from a spreadsheet, printed for the
door, and named in the case that a phone opened by the code on that door."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import openpyxl
import pytest
from playwright.sync_api import Browser, FilePayload, expect
from sqlalchemy import Engine

from config import Config
from tests import factories
from tests.browser.conftest import Watched, come_signed_in
from tests.browser.looking import Looked, cut_off, findings
from tests.factories import CORNER, DISTRICT, JINSHA
from tests.postgres import TestServer
from tests.server.reports.street import rows
from tests.serving import Served, serving

SUBJECTS = "/app/subjects"
# What somebody pastes as a name, and as long as a name gets in a table.
PLANTED = "000-4711-0815"
ODD_NAME = "<img src=x onerror=alert(1)>" + "很长的店名" * 8


@dataclass(frozen=True)
class Street:
    served: Served
    owner: Engine
    zones: list[str]
    double: str


@pytest.fixture(scope="module")
def street(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    config = Config(var=tmp_path_factory.mktemp("subjects") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        factories.make_account(owner, role="dispatcher", organisation=DISTRICT, username="desk")
        factories.make_account(owner, role="officer", organisation=JINSHA, username="walker")
        factories.make_category(owner)
        factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
        zones = [
            factories.make_zone(owner, at=(CORNER[0] + step * 2e-4, CORNER[1]), code=f"F{step}")
            for step in range(4)
        ]
        double = factories.make_subject(owner, zone=zones[1], name="重复登记的店")
        factories.make_subject(owner, zone=zones[3], name="立夏水果店", occupier="夏老板", phone=PLANTED)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Street(running, owner, zones, double.code)


@pytest.fixture
def served(street: Street) -> Served:
    """`watched` looks at the pages of this street."""
    return street.served


def workbook(*rows: tuple[str | None, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in (("名称", "责任区", "第一责任人", "第一责任人电话"), *rows):
        book.worksheets[0].append(row)
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def test_a_shop_is_registered_changes_hands_is_merged_and_stands_in_a_file(
    watched: Watched, street: Street
) -> None:
    page = watched.page
    come_signed_in(page.context, street.served.url, "desk")
    page.goto(SUBJECTS)
    looked = Looked(page, watched.keep_screenshot)
    page.get_by_role("button", name="登记责任主体").click()
    sheet = page.get_by_role("dialog", name="登记责任主体")
    sheet.get_by_label("名称").fill(ODD_NAME)
    sheet.get_by_label("责任区代码").fill(street.zones[1])
    sheet.get_by_role("group", name="第一责任人").get_by_label("姓名").fill("老租户")
    sheet.get_by_label("自哪一天起").fill("2026-01-05")
    sheet.get_by_label("原因").fill("登记造册")
    sheet.get_by_role("button", name="保存").click()
    # Somebody else's ground is told, and left.
    expect(sheet.get_by_role("alert")).to_contain_text("已有责任主体")
    sheet.get_by_label("责任区代码").fill(street.zones[0])
    sheet.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name=ODD_NAME)).to_be_visible()
    expect(page.get_by_role("region", name="责任人")).to_contain_text("老租户")
    with page.expect_download() as printed:
        page.get_by_role("button", name="打印门牌二维码").click()
    assert printed.value.suggested_filename.endswith(".pdf")

    page.get_by_role("button", name="更换经营者").click()
    sheet = page.get_by_role("dialog", name="更换经营者")
    sheet.get_by_label("名称").fill("谷雨面馆")
    sheet.get_by_label("姓名").fill("新租户")
    sheet.get_by_label("自哪一天起").fill("2026-02-05")
    sheet.get_by_label("原因").fill("换了经营者")
    sheet.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="谷雨面馆")).to_be_visible()
    expect(page.get_by_role("region", name="沿革")).to_contain_text("换了经营者")
    here = page.url.rpartition("/")[2]
    looked.at("subjects-one")

    page.goto(f"{SUBJECTS}/{street.double}")
    page.get_by_role("button", name="合并重复登记").click()
    sheet = page.get_by_role("dialog", name="合并重复登记")
    sheet.get_by_label("并入编号").fill(here)
    sheet.get_by_label("原因").fill("同一家店")
    sheet.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="谷雨面馆")).to_be_visible()
    expect(page.get_by_role("region", name="责任区")).to_contain_text(street.zones[1])
    expect(page.get_by_role("link", name=street.double).first).to_be_visible()

    page.get_by_role("link", name="导入名册").click()
    file = page.locator("input[type=file]")
    taken = workbook(("别家", street.zones[0], None, None))
    file.set_input_files(FilePayload(name="坏.xlsx", mimeType="", buffer=taken))
    expect(page.get_by_role("status")).to_contain_text("有误 1")
    expect(page.get_by_role("row").last).to_contain_text(f"已由 {here} 负责")
    looked.at("subjects-file")
    fine = workbook(("芒种花店", street.zones[2], "花店老板", "000-1"))
    file.set_input_files(FilePayload(name="好.xlsx", mimeType="", buffer=fine))
    expect(page.get_by_role("status")).to_contain_text("新增 1")
    page.get_by_role("button", name="写入名册").click()
    expect(page.get_by_role("status")).to_contain_text("已写入")
    page.get_by_role("link", name="名册", exact=True).click()
    page.get_by_label("名称、编号或证照号").fill("花店")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row").last).to_contain_text("花店老板")
    looked.at("subjects-list")
    assert looked.amiss == []
    assert watched.strangers == []
    assert [one for one in watched.errors if "409" not in one] == []


def test_the_code_on_a_door_opens_a_report_of_that_zone_and_the_case_names_who_answers(
    browser: Browser, street: Street
) -> None:
    context = browser.new_context(
        base_url=street.served.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        locale="zh-CN",
        reduced_motion="reduce",
        permissions=["geolocation"],
        geolocation={"longitude": CORNER[0] + 6e-4, "latitude": CORNER[1], "accuracy": 4},
        service_workers="block",
    )
    come_signed_in(context, street.served.url, "walker")
    page = context.new_page()
    page.goto(f"/app/officer/report?door={street.zones[3]}")
    expect(page.get_by_text(f"照片归 {street.zones[3]}")).to_be_visible()
    with page.expect_file_chooser() as chosen:
        page.get_by_text("拍照上报").click()
    chosen.value.set_files([FilePayload(name="a.jpg", mimeType="image/jpeg", buffer=factories.photo_bytes())])
    page.get_by_role("button", name="类别 goods_on_pavement").click()
    page.get_by_role("button", name="发送", exact=True).click()
    expect(page.locator(".officer-list li").filter(has_text="待立案")).to_be_visible()
    (sent,) = rows(
        street.owner,
        "SELECT r.payload, c.number FROM report r JOIN case_report k ON k.report_id = r.id "
        "JOIN case_file c ON c.id = k.case_id",
    )
    assert json.loads(sent["payload"])["zone_hint"] == {"code": street.zones[3], "how": "qr"}
    page.goto(f"/app/officer/tasks/{sent['number']}")
    block = page.get_by_role("region", name="责任主体")
    expect(block).to_contain_text("立夏水果店")
    expect(block).to_contain_text("夏老板")
    assert PLANTED not in page.content()
    assert findings(page) + cut_off(page) == []
    context.close()
