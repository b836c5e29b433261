"""Records in a real browser: an officer's form through the queue with its photo, without network at first; the desk
reads it, inspects a town with the score told on the way, corrects itself, and sees ranking, sub-scores, hot spots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Geolocation, Page, expect
from sqlalchemy import Engine, text

from config import Config
from tests.browser.conftest import come_signed_in
from tests.browser.looking import Looked, wait_until_drafted, wait_until_kept
from tests.factories import DISTRICT, JINSHA, make_account, make_rulebook, make_zone, photo_bytes
from tests.postgres import METRIC_SRID, TestServer
from tests.server.records.filing import INSPECTED
from tests.serving import Served, serving

HERE: Geolocation = {"longitude": 121.07, "latitude": 32.07, "accuracy": 5}


@dataclass(frozen=True)
class Bureau:
    """A server with forms in force, an officer of Jinsha and somebody who manages the district's zones."""

    served: Served
    owner: Engine
    officer: str
    manager: str


@pytest.fixture(scope="module")
def bureau(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("records") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        officer = make_account(owner, organisation=JINSHA).username
        manager = make_account(owner, role="zone_manager", organisation=DISTRICT, username="manager").username
        make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
        for metres_away, name in ((90, "建设路停车位 90"), (30, "金霞路停车位 30")):
            at = (HERE["longitude"], HERE["latitude"] + metres_away / 111_195)
            make_zone(owner, kind="parking", name=name, at=at, width_m=4, depth_m=4, code=f"P-{metres_away}")
        make_rulebook(owner, "forms")
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Bureau(running, owner, officer, manager)


def come(
    browser: Browser, bureau: Bureau, who: str, width_px: int, language: str = "zh-CN"
) -> BrowserContext:
    context = browser.new_context(
        base_url=bureau.served.url,
        viewport={"width": width_px, "height": 844 if width_px < 600 else 900},
        locale=language,
        geolocation=HERE,
        permissions=["geolocation"],
        reduced_motion="reduce",
    )
    come_signed_in(context, bureau.served.url, who)
    return context


def keep_nothing(_: str) -> None:
    """What is amiss is told in words."""


def test_a_form_filled_in_without_network_is_sent_with_its_photo_and_read_at_the_desk(
    browser: Browser, bureau: Bureau
) -> None:
    before = count(bureau.owner)
    with come(browser, bureau, bureau.officer, 360) as context:
        page = context.new_page()
        looked = Looked(page, keep_nothing)
        page.goto("/app/officer/records")
        expect(page.get_by_role("link", name="问情访情记录")).to_be_visible()
        # What managers fill in is not offered.
        expect(page.get_by_role("link", name="定期重点检查")).to_have_count(0)
        looked.at("forms on the phone")
        wait_until_kept(page, "forms")
        wait_until_kept(page, "places/parking")
        choose_a_bay_half_fill_and_come_back(page, context, looked)
        page.get_by_role("link", name="问情访情记录").click()
        expect(page.get_by_text("精度 5 米")).to_be_visible()
        context.set_offline(True)
        page.get_by_role("radio", name="商户").check(force=True)
        page.get_by_label("反映事项").select_option("waste")
        page.get_by_label("反映内容").fill("夜里垃圾没人收")
        expect(page.get_by_role("button", name="保存并发送")).to_be_disabled()
        page.get_by_label("人数").fill("3")
        photo: FilePayload = {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(seed=7)}
        page.locator("input[type=file]").first.set_input_files(photo)
        expect(page.locator(".reply-photos li")).to_have_count(1)
        looked.at("a form on the phone")
        page.get_by_role("button", name="保存并发送").click()
        expect(page.get_by_text("存在手机里 2 条")).to_be_visible()
        assert count(bureau.owner) == before
        context.set_offline(False)
        page.goto("/app/officer/queue")
        expect(page.get_by_text("问情访情记录")).to_be_visible()
        expect(page.locator('[data-state="kept"]')).to_have_count(2)
        assert count(bureau.owner) == before + 2
        with bureau.owner.connect() as connection:
            asked = text("SELECT about_code FROM form_record WHERE form = 'bike_bay_condition'")
            assert connection.execute(asked).scalars().all() == ["P-90"]
        assert looked.amiss == [], "\n".join(looked.amiss)
    with come(browser, bureau, bureau.manager, 1280) as context:
        page = context.new_page()
        page.goto("/app/records?form=listening_visit")
        expect(page.get_by_text("夜里垃圾没人收")).to_be_visible()
        page.locator("tbody a").first.click()
        expect(page.get_by_role("img", name="照片 1")).to_be_visible()


def choose_a_bay_half_fill_and_come_back(page: Page, context: BrowserContext, looked: Looked) -> None:
    """A bay is chosen by its distance or its name, and a form half filled in survives its page."""
    page.get_by_role("link", name="非机动车停车位巡检").click()
    bays = page.get_by_role("radiogroup", name="哪一处").get_by_role("radio")
    expect(bays.first).to_be_checked()
    expect(page.locator(".doors-door").first).to_contain_text("金霞路停车位 30")
    expect(page.locator(".doors-door").first).to_contain_text("28 m")
    page.get_by_role("searchbox").fill("jslt")
    expect(bays).to_have_count(1)
    bays.check()
    page.get_by_role("searchbox").fill("")
    page.get_by_label("标线清晰").fill("40")
    wait_until_drafted(page, "P-90")
    wait_until_drafted(page, '"lines":40')
    page.reload()
    expect(page.get_by_text("没填完的内容")).to_be_visible()
    expect(page.get_by_label("标线清晰")).to_have_value("40")
    looked.at("a bay on the phone")
    context.set_offline(True)
    page.get_by_label("标牌完好").fill("20")
    page.get_by_label("停放整齐").fill("40")
    page.get_by_label("位外车辆").fill("0")
    page.get_by_role("button", name="保存并发送").click()
    expect(page.get_by_text("存在手机里 1 条")).to_be_visible()


def test_an_inspection_is_scored_on_the_way_filed_corrected_and_summed_up(
    browser: Browser, bureau: Bureau
) -> None:
    with come(browser, bureau, bureau.manager, 1280) as context:
        page = context.new_page()
        looked = Looked(page, keep_nothing)
        page.goto("/app/records?form=inspection")
        expect(page.get_by_text("这段时间没有记录。")).to_be_visible()
        looked.at("no records")
        page.get_by_role("link", name="填写").click()
        page.get_by_label("镇街（代码）").select_option(JINSHA)
        fill(page, INSPECTED)
        page.get_by_label("发现的问题").fill("两处未跟踪整改")
        # 0.3 x 93 + 0.25 x 84 + 0.3 x 85 + 0.15 x 85, as the server works it out before anything is filed.
        expect(page.get_by_role("heading", name="得分 87.15")).to_be_visible()
        page.get_by_label("案卷质量").fill("60")
        expect(page.get_by_text("不大于 50")).to_be_visible()
        looked.at("a field that does not fit")
        page.get_by_label("案卷质量").fill("40")
        page.get_by_role("button", name="提交").click()
        expect(page.get_by_role("heading", name="得分 87.15")).to_be_visible()
        looked.at("one record")
        page.get_by_role("link", name="更正").click()
        page.get_by_label("案卷质量").fill("50")
        expect(page.get_by_role("heading", name="得分 90.15")).to_be_visible()
        page.get_by_role("button", name="提交").click()
        expect(page.get_by_text("这是对另一份记录的更正。")).to_be_visible()
        page.get_by_role("link", name="此表单的全部记录").click()
        expect(page.get_by_text("已更正")).to_be_visible()
        page.get_by_role("button", name="分项得分").click()
        cells = page.locator("tbody tr").first.locator("td")
        expect(cells.nth(2)).to_have_text("95")
        expect(cells.nth(4)).to_have_text("90.15")
        looked.at("sub-scores")
        for view, awaited in [
            ("form=inspection&view=ranking", "排名"),
            ("form=waste_run&view=round", "漏报"),
            ("form=listening_visit&view=spots", "热点"),
        ]:
            page.goto(f"/app/records?{view}")
            expect(page.get_by_role("heading", name=awaited)).to_be_visible()
            expect(page.locator(".awaited, .waiting")).to_have_count(0)
            looked.at(view)
        for width_px, language in [(360, "en"), (2560, "zh-CN")]:
            page.set_viewport_size({"width": width_px, "height": 900})
            page.evaluate("(language) => localStorage.setItem('frontage.language', language)", language)
            for path in (
                "records?form=inspection",
                "records?form=inspection&view=heads",
                "records/new/inspection",
            ):
                page.goto(f"/app/{path}")
                expect(page.locator(".awaited, .waiting")).to_have_count(0)
                expect(page.locator("h1")).not_to_be_empty()
                looked.fits(f"{path} {width_px} {language}")
        assert looked.amiss == [], "\n".join(looked.amiss)


def fill(page: Page, answers: Mapping[str, object]) -> None:
    """The number fields of a form, in its order."""
    boxes = page.locator("input[type=number]")
    for place, value in enumerate(value for value in answers.values() if isinstance(value, int)):
        boxes.nth(place).fill(str(value))


def count(owner: Engine) -> int:
    with owner.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM form_record")).scalar_one())
