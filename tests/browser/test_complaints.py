"""Complaints in a real browser: intake finds the place, is told of the case that is open there, takes the complaint and
calls back when the case has ended; who complained is shown on asking only, and who asked stays to be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from config import Config
from tests import factories
from tests.browser.conftest import Watched, come_signed_in
from tests.browser.looking import Looked, wait_until_drafted
from tests.factories import DISTRICT, JINSHA, PASSWORD
from tests.postgres import METRIC_SRID, TestServer
from tests.server.complaints.calls import complaint_json, end_case
from tests.server.reports.street import SOUTH, make_street, spot
from tests.serving import Served, serving

TEXT, NAME, PHONE = "水果店的箱子摆到盲道上了", "欧阳试言", "13912345678"


@dataclass(frozen=True)
class Desk:
    served: Served
    owner: Engine


@pytest.fixture(scope="module")
def desk(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    config = Config(var=tmp_path_factory.mktemp("complaints") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        factories.make_subject(owner, zone=SOUTH, name="立夏水果店")
        factories.make_account(owner, role="intake", organisation=DISTRICT, username="intake")
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Desk(running, owner)


@pytest.fixture
def served(desk: Desk) -> Served:
    """`watched` looks at the pages of this desk."""
    return desk.served


def known_case(page: Page, desk: Desk) -> str:
    """The number of a case that another complaint has opened before the shop."""
    api = f"{desk.served.url}/api/v1"
    told = page.request.post(f"{api}/auth/login", data={"username": "intake", "password": PASSWORD}).json()
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    body = complaint_json(at=spot(0, -3), channel="web", external_number="W-1", complainant=None)
    answer = page.request.put(f"{api}/complaints/{uuid4()}", data=body, headers=headers)
    assert answer.status == 201, answer.text()
    return str(answer.json()["case"]["number"])


def find_place_and_come_back(page: Page, number: str) -> None:
    """The shop is found by its name, its open case is told, and what was told so far survives its page."""
    page.get_by_label("所诉内容").fill(TEXT)
    page.get_by_label("类别").select_option("goods_on_pavement")
    page.get_by_label("姓名").fill(NAME)
    expect(page.get_by_role("button", name="受理", exact=True)).to_be_disabled()
    page.get_by_role("searchbox", name="店名").fill("立夏")
    page.get_by_role("searchbox", name="店名").press("Enter")
    page.get_by_role("button", name="立夏水果店").click()
    expect(page.get_by_role("radio", name=f"已有此事：并入案卷 {number}")).to_be_checked()
    expect(page.locator(".office-facts dd").first).to_have_text(f"测试 {JINSHA}")
    wait_until_drafted(page, SOUTH)
    page.reload()
    expect(page.get_by_text("没填完的内容")).to_be_visible()
    expect(page.get_by_label("所诉内容")).to_have_value(TEXT)
    # Who complained is written down nowhere but at the server.
    expect(page.get_by_label("姓名")).to_have_value("")
    expect(page.get_by_role("radio", name=f"已有此事：并入案卷 {number}")).to_be_checked()


def test_intake_takes_a_complaint_into_the_case_that_is_known_and_calls_back(
    watched: Watched, desk: Desk
) -> None:
    page = watched.page
    looked = Looked(page, watched.keep_screenshot)
    number = known_case(page, desk)
    come_signed_in(page.context, desk.served.url, "intake")
    page.goto("/app/")
    expect(page.get_by_role("heading", name="待回访 0 件")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="受理诉求").click()
    find_place_and_come_back(page, number)
    looked.at("taking")
    page.get_by_label("来件编号").fill("TZ12345-9")
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("电话").fill(PHONE)
    page.get_by_label("结案后要回访").check()
    page.get_by_role("button", name="受理", exact=True).click()
    expect(page.get_by_role("heading", name="12345 热线 TZ12345-9")).to_be_visible()
    expect(page.get_by_role("heading", name=number)).to_be_visible()
    expect(page.get_by_text("结案后回访")).to_be_visible()
    expect(page.get_by_text("还没有人查看过。")).to_be_visible()
    end_case(desk.owner, number)
    page.goto("/app/complaints")
    page.get_by_role("link", name=TEXT).click()
    expect(page.get_by_text(NAME)).to_have_count(0)
    page.get_by_label("查看理由").select_option("callback")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.get_by_text(PHONE)).to_be_visible()
    expect(page.get_by_role("region", name="查看记录")).to_contain_text("测试 intake")
    looked.at("one")
    one = page.url
    for width_px, language in ((360, "en"), (2560, "zh-CN")):
        page.set_viewport_size({"width": width_px, "height": 900})
        page.evaluate("(language) => localStorage.setItem('frontage.language', language)", language)
        for path in (one.replace("complaints/", "complaints/new?corrects="), one):
            page.goto(path)
            expect(page.locator("main .office-facts").first).to_be_visible()
            expect(page.locator("main .blank, main .waiting")).to_have_count(0)
            looked.fits(f"{path} {width_px} {language}")
    page.get_by_label("满意度").select_option("4")
    page.get_by_role("button", name="记下回访").click()
    expect(page.get_by_text("已回访")).to_be_visible()
    page.goto("/app/complaints?callback=reached")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("searchbox").fill("W-1")
    expect(page.get_by_text("没有这样的诉求。")).to_be_visible()
    page.get_by_label("回访").select_option("")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert looked.amiss == [], "\n".join(looked.amiss)
    assert (watched.errors, watched.strangers) == ([], [])
