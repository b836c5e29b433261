"""What is in force, kept in a real browser: a missing year is named and imported, rules that tie are refused with the
example drawn, mended, tried and activated, so that a report goes there; plans without fronts; who looked at whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from config import Config
from tests.browser.conftest import Watched
from tests.browser.looking import cut_off, findings
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account, make_category, make_zone, report_json
from tests.postgres import METRIC_SRID, TestServer
from tests.server.patrol.covered import cover_all, make_street
from tests.server.patrol.walks import start_shift
from tests.serving import Served, serving

SETTINGS = "/app/settings"
GOODS = "goods_on_pavement"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
LOADS_MS = 30_000


@dataclass(frozen=True)
class Bureau:
    """A server whose calendar is missing, with two reports, and somebody who was looked at."""

    served: Served
    admin: str
    officer: str
    call: Callable[..., Any]


@pytest.fixture(scope="module")
def bureau(
    browser: Browser, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("settings") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
        make_street(owner, 3)
        make_category(owner, code=GOODS)
        officer = make_account(owner, username="walker", organisation=JINSHA)
        start_shift(owner, officer.id, datetime.now(UTC) - timedelta(hours=2))
        cover_all(owner)
        names = {
            "officer": officer.username,
            "admin": make_account(owner, role="admin", organisation=DISTRICT).username,
            "dispatcher": make_account(owner, role="dispatcher", organisation=DISTRICT).username,
        }
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            context = browser.new_context(base_url=running.url)
            tokens: dict[str, str] = {}

            def call(who: str, method: str, path: str, **sent: Any) -> Any:
                if who not in tokens:
                    login = context.request.post(
                        "/api/v1/auth/login", data={"username": names[who], "password": PASSWORD}
                    )
                    tokens[who] = login.json()["access_token"]
                headers = {"Authorization": f"Bearer {tokens[who]}"}
                came = context.request.fetch(f"/api/v1{path}", method=method, headers=headers, **sent)
                assert came.ok, came.text()
                return came.json()

            made = Bureau(running, names["admin"], names["officer"], call)
            for _ in range(2):
                seen_today(made)
            minute = timedelta(minutes=1)
            period = {"from": datetime.now(UTC) - minute, "to": datetime.now(UTC)}
            asked = {name: at.isoformat().replace("+00:00", "Z") for name, at in period.items()}
            track = f"/officers/{officer.id}/track"
            call("dispatcher", "GET", track, params={**asked, "why": "复查新金路"})
            yield made
            context.close()


@pytest.fixture
def served(bureau: Bureau) -> Served:
    """`watched` looks at the pages of this bureau."""
    return bureau.served


def seen_today(bureau: Bureau) -> str:
    """An officer reports goods on the pavement; the number of its case."""
    report = report_json(category=GOODS, captured_at=datetime.now(UTC))
    told = bureau.call("officer", "PUT", f"/reports/{uuid4()}", data=report)
    return str(told["case"]["number"])


def open_page(page: Page, name: str) -> None:
    page.goto(SETTINGS)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def file_of(name: str, content: Any) -> FilePayload:
    text = content if isinstance(content, str) else json.dumps(content)
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def send(page: Page, file: FilePayload) -> None:
    page.get_by_label("选择文件").set_input_files(file)
    page.get_by_role("button", name="检查并").click()


def looks_well(page: Page, where: str) -> None:
    assert findings(page) + cut_off(page) == [], where
    for width_px in (360, 2560, 1280):
        page.set_viewport_size({"width": width_px, "height": 900})
        assert cut_off(page) == [], (where, width_px)


def test_a_missing_year_is_named_first_and_gone_once_it_is_imported(watched: Watched, bureau: Bureau) -> None:
    page = watched.page
    years = bureau.call("admin", "GET", "/calendars")["uncovered_years"]
    open_page(page, bureau.admin)
    sentence = page.get_by_role("heading", level=1)
    expect(sentence).to_contain_text("、".join(map(str, years)), timeout=LOADS_MS)
    expect(page.locator(".settings-card")).to_have_count(8)
    expect(page.locator(".settings-card").filter(has_text="工作日历")).to_contain_text("今天没有现行版本")
    looks_well(page, "overview")

    page.get_by_role("link", name="去导入").click()
    days = [f"{year}-01-01,holiday,元旦" for year in years]
    send(page, file_of("放假.csv", "\n".join(["date,kind,name", *days, days[0], ""])))
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text(f"第 {len(days) + 2} 行")
    expect(fault).to_contain_text(f"{years[0]}-01-01")
    send(page, file_of("放假.csv", "\n".join(["date,kind,name", *days, ""])))
    expect(page.get_by_role("heading", name="放假：共")).to_be_visible()
    expect(page.locator(".settings-versions tbody tr")).to_contain_text(["放假"])
    expect(page.locator(".settings-state.in_force")).to_have_count(1)
    page.get_by_role("link", name="今日现行").click()
    expect(sentence).to_contain_text("日历齐全")
    assert watched.strangers == []


def test_rules_that_tie_are_drawn_then_mended_tried_and_a_report_goes_by_them(
    watched: Watched, bureau: Bureau
) -> None:
    page = watched.page
    open_page(page, bureau.admin)
    page.get_by_role("link", name="派向规则").first.click()
    rule = {"code": "R1", "category": GOODS, "township": JINSHA, "body": DISTRICT}
    rules = {
        "name": "甲套",
        "source": "会议纪要",
        "rules": [rule, {**rule, "code": "R2", "body": "township"}],
    }
    send(page, file_of("rules.json", rules))
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("第 2 条")
    expect(fault).to_contain_text("规则 R1 与 R2")
    expect(fault.locator("[data-tie=drawn] .map-view")).to_have_attribute(
        "data-map", "ready", timeout=LOADS_MS
    )
    looks_well(page, "tie")

    send(page, file_of("rules.json", {**rules, "rules": [rule]}))
    expect(page.locator(".settings-state.draft")).to_have_count(1)
    tried = page.get_by_role("region", name="试运行")
    # Those of this bureau, and what other tests of it sent before.
    sent = len(bureau.call("dispatcher", "GET", "/reports?limit=100")["features"])
    expect(tried).to_contain_text(f"{sent} 件上报中，{sent} 件将改派", timeout=LOADS_MS)
    expect(tried.locator(".settings-flows li")).to_contain_text([f"：{sent} 件"])
    expect(tried.locator(f"[data-drawn='{sent}'] .map-view")).to_have_attribute(
        "data-map", "ready", timeout=LOADS_MS
    )
    assert findings(page) == []
    watched.keep_screenshot("settings_rules")
    page.get_by_label("生效之日").fill(TODAY.isoformat())
    page.get_by_role("button", name="自该日生效").click()
    expect(page.locator(".settings-state.in_force")).to_have_count(1)
    number = seen_today(bureau)
    assert bureau.call("dispatcher", "GET", f"/cases/{number}")["body"]["code"] == DISTRICT

    # The next one is taken back before it begins; this one goes on.
    send(page, file_of("rules.json", {**rules, "name": "乙套", "rules": [{**rule, "body": "township"}]}))
    difference = page.locator(".settings-changes li.changed")
    expect(difference).to_contain_text(["R1"])
    page.get_by_role("button", name="自该日生效").click()
    expect(page.locator(".settings-state.coming")).to_have_count(1)
    page.get_by_role("button", name="撤回，不再生效").click()
    expect(page.locator(".settings-state.withdrawn")).to_have_count(1)
    page.get_by_role("button", name="甲套").click()
    expect(page.locator("tr[aria-selected=true]")).to_contain_text("起")
    # In the other language, whose words are longer.
    page.locator(".office-who summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Routing rules")).to_be_visible()
    looks_well(page, "rules in English")
    assert watched.strangers == []


def test_a_rulebook_is_missing_then_sent_mended_and_brought_into_force_for_all_to_read(
    watched: Watched, bureau: Bureau
) -> None:
    page = watched.page
    open_page(page, bureau.admin)
    books = page.get_by_role("region", name="规则册：各项工作所依据的清单")
    expect(books.get_by_text("种需要导入")).to_be_visible(timeout=LOADS_MS)
    watched.keep_screenshot("settings_overview")
    books.get_by_role("link", name="门前三包责任清单").click()
    expect(page.get_by_text("今天没有现行版本")).to_be_visible()
    item = {
        "code": "O1", "duty": "order", "name": "货物出店", "name_en": "Goods outside", "severity": "light",
        "categories": [GOODS], "legal_basis": {"title": "示例办法", "clause": "第三条"},
    }  # fmt: skip
    # As the command takes it: with its kind and its day.
    book = {"kind": "duties", "valid_from": "2022-09-01", "name": "责任清单", "source": "示例"}
    send(page, file_of("duties.json", {**book, "rows": [item]}))
    expect(page.get_by_role("alert")).to_contain_text("没有缺省项")
    send(page, file_of("duties.json", {**book, "rows": [{**item, "default": True}]}))
    expect(page.locator(".settings-state.draft")).to_have_count(1)
    page.get_by_label("生效之日").fill(TODAY.isoformat())
    page.get_by_role("button", name="自该日生效").click()
    expect(page.locator(".settings-state.in_force")).to_have_count(1)
    rows = page.locator(".settings-rows tbody tr")
    expect(rows).to_contain_text(["示例办法 · 第三条"])
    longer = [{**item, "default": True, "deadline_work_hours": 4}]
    send(page, file_of("duties.json", {**book, "name": "责任清单二", "rows": longer}))
    expect(page.locator(".settings-changes li.changed")).to_contain_text(["O1"])
    looks_well(page, "rulebook")
    watched.keep_screenshot("settings_rulebook")
    number = seen_today(bureau)
    (of_case,) = bureau.call("dispatcher", "GET", f"/cases/{number}")["reports"]
    told = bureau.call("dispatcher", "GET", f"/reports/{of_case['id']}")["properties"]["duty"]
    assert (told["rulebook"]["name"], [row["code"] for row in told["items"]]) == ("责任清单", ["O1"])
    assert watched.strangers == []


def test_a_plan_without_fronts_is_told_and_cannot_come_into_force(watched: Watched, bureau: Bureau) -> None:
    page = watched.page
    open_page(page, bureau.admin)
    page.get_by_role("link", name="巡查计划").first.click()
    plan = {"visits": 1, "per": "day", "zone_kind": "frontage"}
    plans = [{"code": "P1", **plan}, {"code": "P2", **plan, "zone_kind": "parking"}]
    send(page, file_of("plans.json", {"name": "每日", "plans": plans}))
    tried = page.get_by_role("region", name="试算")
    expect(tried.get_by_role("alert")).to_contain_text("P2 没有任何责任区", timeout=LOADS_MS)
    page.get_by_role("button", name="自该日生效").click()
    expect(page.get_by_role("alert").filter(has_text="第 2 条")).to_contain_text("P2")
    looks_well(page, "plans")
    expect(page.locator(".settings-state.draft")).to_have_count(1)
    assert watched.strangers == []


def test_an_admin_sees_what_goes_next_sets_and_lifts_a_hold_and_reads_who_looked(
    watched: Watched, bureau: Bureau
) -> None:
    page = watched.page
    open_page(page, bureau.admin)
    page.get_by_role("link", name="数据留存").click()
    expect(page.get_by_text("下次清理在")).to_be_visible(timeout=LOADS_MS)
    expect(page.locator(".office-facts dt")).to_have_count(4)
    page.get_by_role("button", name="设置保全").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("理由").fill("行政复议")
    sheet.get_by_role("button", name="设置保全").click()
    held = page.locator(".settings-holds li")
    expect(held).to_contain_text(["行政复议"])
    looks_well(page, "retention")
    held.get_by_role("button", name="解除保全").click()
    sheet.get_by_label("理由").fill("已结案")
    sheet.get_by_role("button", name="解除保全").click()
    expect(held).to_contain_text(["已结案"])

    page.get_by_role("link", name="查看记录").click()
    rows = page.locator(".settings-reads tbody tr")
    expect(rows).to_contain_text(["复查新金路"])
    looks_well(page, "reads")
    with page.expect_download() as started:
        page.get_by_role("button", name="下载 CSV").click()
    assert "复查新金路" in started.value.path().read_text(encoding="utf-8-sig")
    page.get_by_label("被查看人").fill("nobody of this name")
    expect(page.get_by_text("这段时间没有查看记录")).to_be_visible()
    assert watched.errors == watched.strangers == []
