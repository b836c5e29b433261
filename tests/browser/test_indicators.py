"""The page of indicators in a real browser: the sentence, the groups, the cases behind a number, charts, and files
whose sums are those of the screen; a period that is none leaves the page alive, and a township sees its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from config import Config
from server.messages import say
from tests.browser.conftest import Watched
from tests.browser.looking import Looked
from tests.factories import DISTRICT, JINXIN, PASSWORD, make_account, make_category, make_rulebook
from tests.postgres import METRIC_SRID, TestServer
from tests.server.assessment.test_indicators import SAMPLE, make_cases
from tests.serving import Served, serving

PERIOD = "period=custom&from=2016-12-01&to=2016-12-31"
GOODS = "goods_on_pavement"
# Of ten steps one is an act of enforcement, and one is something that nobody has tagged.
STEPS = """INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
SELECT c.id, 9, c.opened_at + interval '2 hours', c.reporter_id, CASE nth WHEN 1 THEN 'enforcement.decided'
  WHEN 2 THEN 'case.sung' WHEN 3 THEN 'case.accepted' ELSE 'case.replied' END, '{}', '', repeat('a', 64)
FROM (SELECT *, row_number() OVER (ORDER BY number) AS nth FROM case_file) c"""
CARD = {
    "code": "closing",
    "name": "结案考核",
    "name_en": "closing",
    "parts": [
        {
            "code": "on_time",
            "name": "按期",
            "name_en": "on time",
            "weight": "3",
            "points": "100 * closed_on_time / due",
        },
        {
            "code": "taken",
            "name": "签收",
            "name_en": "taken",
            "weight": "1",
            "points": "100 * acknowledged / handed_over",
        },
    ],
}


@dataclass(frozen=True)
class Bureau:
    """A server with December 2016: seven cases in time, three late in another township; and who looks at them."""

    served: Served
    manager: str
    handler: str


@pytest.fixture(scope="module")
def bureau(
    browser: Browser, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("indicators") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_category(owner, code=GOODS)
        themes = [{"code": GOODS, "theme": "disorder"}]
        make_rulebook(owner, "themes", themes, valid_from=date(2016, 1, 1))
        manager = make_account(owner, role="zone_manager", organisation=DISTRICT).username
        handler = make_account(owner, role="handler", organisation=JINXIN).username
        make_cases(owner, 7, closed=True, category=GOODS)
        make_cases(owner, 3, closed=True, late=True, township=JINXIN, rounds=1, category=GOODS)
        with owner.begin() as connection:
            connection.execute(text(STEPS))
        make_rulebook(owner, "means_tags", valid_from=date(2016, 1, 1))
        make_rulebook(owner, "scorecards", [CARD], valid_from=date(2016, 1, 1))
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            context = browser.new_context(base_url=running.url)
            who = {"username": manager, "password": PASSWORD}
            token = context.request.post("/api/v1/auth/login", data=who).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            assert context.request.post("/api/v1/indicators/sets", data=SAMPLE, headers=headers).ok
            context.close()
            yield Bureau(running, manager, handler)


@pytest.fixture
def served(bureau: Bureau) -> Served:
    """`watched` looks at the pages of this bureau."""
    return bureau.served


def open_page(page: Page, name: str) -> None:
    page.goto(f"/app/indicators?{PERIOD}")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_a_manager_reads_the_answer_opens_what_is_behind_it_and_takes_it_along(
    watched: Watched, bureau: Bureau
) -> None:
    page, looked = watched.page, Looked(watched.page, watched.keep_screenshot)
    open_page(page, bureau.manager)
    answer = page.get_by_role("heading", level=1)
    expect(answer).to_contain_text("立案 10 件")
    expect(answer).to_contain_text("按期结案率 70.0 %")
    expect(answer).to_contain_text("按期率最低：金新街道 0.0 %")
    groups = page.get_by_role("group", name="各镇街")
    expect(groups.get_by_role("row")).to_have_count(4)
    expect(page.get_by_text("所用公式是示例")).to_be_visible()
    disorder = page.get_by_role("region", name="四治").get_by_role("listitem").filter(has_text="治乱")
    expect(disorder).to_contain_text("10 100.0 %")
    page.wait_for_function(
        "() => [...document.querySelectorAll('canvas')].filter((one) => one.getContext('2d')"
        ".getImageData(0, 0, one.width, one.height).data.some((value) => value > 0)).length === 2"
    )
    looked.at("indicators_1280_zh")

    groups.get_by_role("button", name="金新街道 返工 3").click()
    behind = page.get_by_role("group", name="金新街道 · 返工：背后的案卷")
    expect(behind.get_by_role("link")).to_have_count(3)
    assert "show=reworked" in page.url
    expect(behind.get_by_role("link").first).to_have_attribute(
        "href", "/app/dispatch?state=all&case=TM-000008"
    )
    looked.at("indicators_behind")
    page.go_back()
    expect(behind).to_have_count(0)

    with page.expect_download() as taken:
        page.get_by_role("button", name="工作簿 XLSX").click()
    _, figures, cases, *_ = load_workbook(BytesIO(taken.value.path().read_bytes()), data_only=True).worksheets
    heads = [cell.value for cell in figures[1]]
    rows: list[tuple[Any, ...]] = list(cases.iter_rows(values_only=True))
    for measure, name in (
        ("registered", "立案"),
        ("due", "应结案"),
        ("closed_on_time", "按期结案"),
        ("reworked", "返工"),
    ):
        shown = groups.get_by_role("button", name=f"合计 {name} ").inner_text()
        head = " ".join(say(f"measure.{measure}").values())  # type: ignore[arg-type]
        column = rows[0].index(head)
        assert int(shown) == figures.cell(2, heads.index(head) + 1).value
        assert int(shown) == sum(row[column] or 0 for row in rows[1:])
    expect(page.get_by_text("已存为 indicators_2016-12-01_2016-12-31.xlsx")).to_be_visible()

    # A network on which nothing comes: whoever has waited enough stops it.
    page.route("**/report.pdf*", lambda _: None)
    page.get_by_role("button", name="考核报告 PDF").click()
    page.get_by_role("button", name="停止 考核报告 PDF").click()
    expect(page.get_by_text("已停止，没有留下文件。")).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")

    page.get_by_role("button", name="月份").click()
    expect(page.get_by_role("group", name="各月").get_by_role("row")).to_have_count(3)
    page.get_by_label("首日").fill("1900-01-01")
    page.get_by_label("末日").fill("2100-12-31")
    expect(page.get_by_role("alert")).to_contain_text("时段太长")
    looked.at("indicators_too_long")
    page.get_by_role("button", name="清除条件").click()
    expect(answer).to_contain_text("本月没有计入的案卷")

    page.evaluate("localStorage.setItem('frontage.language', 'en')")
    page.goto(f"/app/indicators?{PERIOD}")
    expect(answer).to_contain_text("closed on time: 70.0 %")
    for width_px in (2560, 1280, 360):
        page.set_viewport_size({"width": width_px, "height": 900})
        looked.at(f"indicators_{width_px}_en")
    page.evaluate("localStorage.setItem('frontage.language', 'zh-CN')")
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(answer).to_contain_text("立案 10 件")
    for width_px in (360, 2560):
        page.set_viewport_size({"width": width_px, "height": 900})
        looked.at(f"indicators_{width_px}_zh_dark")
    assert looked.amiss == []
    assert (watched.strangers, watched.errors) == ([], [])


def test_a_manager_reads_shares_of_721_and_keeps_a_ranking(watched: Watched, bureau: Bureau) -> None:
    page, looked = watched.page, Looked(watched.page, watched.keep_screenshot)
    open_page(page, bureau.manager)
    page.get_by_role("link", name="721 占比").click()
    answer = page.get_by_role("heading", level=1)
    expect(answer).to_contain_text("共 10 步：服务 77.78 %，管理 11.11 %，执法 11.11 %，未标注 1")
    page.get_by_role("button", name="金沙街道 服务 4").click()
    behind = page.get_by_role("group", name="金沙街道 · 服务：背后的步骤")
    expect(behind.get_by_role("link")).to_have_count(4)
    expect(page.get_by_role("group", name="计入了哪些步骤").get_by_role("row").nth(1)).to_contain_text(
        "case.sung"
    )
    looked.at("means_1280_zh")
    page.get_by_role("link", name="镇街评分").click()
    expect(answer).to_contain_text("结案考核：金沙街道 第一，100 分")
    ranking = page.get_by_role("group", name="结案考核名次")
    ranking.get_by_role("button", name="金新街道").click()
    expect(ranking.get_by_text("100 * closed_on_time / due")).to_be_visible()
    page.get_by_role("button", name="保存本时段名次").click()
    expect(page.get_by_text("逐字节相同")).to_be_visible()
    expect(page.get_by_role("group", name="保存的名次").get_by_role("row")).to_have_count(2)
    looked.at("scorecards_1280_zh")
    page.evaluate("localStorage.setItem('frontage.language', 'en')")
    page.emulate_media(color_scheme="dark")
    for path, words in (("means", "Service 77.78 %"), ("scorecards", "first, with 100 points")):
        page.goto(f"/app/indicators/{path}?{PERIOD}")
        expect(answer).to_contain_text(words)
        for width_px in (360, 2560):
            page.set_viewport_size({"width": width_px, "height": 900})
            looked.at(f"{path}_{width_px}_en_dark")
    assert looked.amiss == []
    assert (watched.strangers, watched.errors) == ([], [])


def test_a_township_reads_its_own_figures_and_nobody_elses(watched: Watched, bureau: Bureau) -> None:
    page = watched.page
    open_page(page, bureau.handler)
    expect(page.get_by_role("heading", level=1)).to_contain_text("立案 3 件")
    expect(page.get_by_role("group", name="各镇街").get_by_role("row")).to_have_count(3)
    expect(page.get_by_label("镇街", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="人员")).to_have_count(0)
    assert (watched.strangers, watched.errors) == ([], [])
