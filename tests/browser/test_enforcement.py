"""Enforcement in a real browser: decided on the spot on a phone, confirmed at a desk by the other officer, reviewed by
law by somebody else; certificates entered; nothing cut off in either language from a phone to a wall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import Engine

from config import Config
from tests import factories
from tests.browser.conftest import SCREENSHOTS, come_signed_in
from tests.browser.looking import Looked, wait_until_drafted
from tests.browser.test_casework import Bureau as Casework
from tests.factories import DISTRICT, JINSHA, make_account
from tests.postgres import TestServer
from tests.server.enforcement.bureau import KINDS, certify
from tests.server.reports.street import SOUTH, make_street
from tests.serving import serving

PHOTO = FilePayload(name="现场.jpg", mimeType="image/jpeg", buffer=factories.photo_bytes(seed=23))


@dataclass(frozen=True)
class Bureau:
    """A case handed over to Jinsha, two certified handlers there, and a proceeding that waits for its review."""

    work: Casework
    case: str
    one: str
    other: str
    reviewed: str

    @property
    def home(self) -> str:
        return self.work.served.url


@pytest.fixture(scope="module")
def bureau(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("enforcement") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        for kind in KINDS:
            factories.make_rulebook(owner, kind)
        factories.make_subject(owner, zone=SOUTH, name="云帆鲜果铺")
        names = [
            make_account(owner, role="handler", organisation=JINSHA, username=name).username
            for name in ("handler.one", "handler.other")
        ]
        make_account(owner, role="admin", organisation=DISTRICT, username="boss")
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            work = Casework(running, owner)
            case = work.handed_over()
            officers = _certified(owner, names)
            yield Bureau(work, case, names[0], names[1], _submitted(work, case, officers))


def _certified(owner: Engine, names: list[str]) -> list[str]:
    with owner.connect() as connection:
        found = connection.exec_driver_sql("SELECT username, CAST(id AS text) AS id FROM account")
        ids: dict[str, str] = {row.username: row.id for row in found}
    days = (factories.NOW.date().replace(year=2020), factories.NOW.date().replace(year=2099))
    for name in names:
        certify(owner, ids[name], valid=days)
    return [ids[name] for name in names]


def _submitted(work: Casework, case: str, officers: list[str]) -> str:
    """The number of a proceeding about a large fine that colleagues have brought to its review."""
    opened = {"officers": officers, "item": "spoil_dumped", "party_name": "测试渣土公司"}
    made = work.call("handler", "POST", f"/cases/{case}/proceedings", opened)
    for step, inputs in (
        ("inquire", {"officers": officers, "note": "现场查实"}),
        ("advance_notice", {"officers": officers, "outcome": "penalty", "amount_yuan": "20000"}),
        ("statement", {"note": "无异议"}),
        ("submit_review", {}),
    ):
        path = f"/proceedings/{made['number']}/steps/{step}"
        made = work.call("handler", "POST", path, {"version": made["version"], **inputs})
    return str(made["number"])


@pytest.fixture
def come(browser: Browser, bureau: Bureau) -> Iterator[object]:
    """`come(username, width_px)`: somebody's page, already signed in."""
    contexts = []

    def opened(username: str, width_px: int) -> Page:
        context = browser.new_context(
            base_url=bureau.home,
            viewport={"width": width_px, "height": 900},
            locale="zh-CN",
            reduced_motion="reduce",
        )
        contexts.append(context)
        come_signed_in(context, bureau.home, username)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def test_a_small_case_is_decided_on_the_phone_confirmed_at_a_desk_and_a_large_one_reviewed(
    bureau: Bureau, come: object
) -> None:
    assert callable(come)
    phone = come(bureau.one, 390)
    errors: list[str] = []
    phone.on("pageerror", lambda error: errors.append(str(error)))
    phone.goto(f"/app/officer/tasks/{bureau.case}")
    block = phone.locator(".enforcement-of-case")
    block.get_by_role("button", name="简易程序（当场）").click()
    form = block.locator(".enforcement-form")
    expect(form.get_by_label("当事人", exact=True)).to_have_value("云帆鲜果铺")
    expect(form.get_by_label("事项")).to_have_value("goods_outside")
    form.get_by_label("查明的事实").fill("货物摆出门外")
    # Nothing is decided without a network, and nothing that was filled in is lost.
    phone.context.set_offline(True)
    expect(block.get_by_role("status").filter(has_text="须联网")).to_be_visible()
    expect(form.get_by_role("button", name="当场决定")).to_be_disabled()
    wait_until_drafted(phone, "货物摆出门外")
    phone.context.set_offline(False)
    phone.reload()
    block.get_by_role("button", name="简易程序（当场）").click()
    expect(form.get_by_label("查明的事实")).to_have_value("货物摆出门外")
    form.get_by_label("罚款").fill("100")
    files = form.get_by_role("group", name="照片与附件")
    files.get_by_label("选择照片或 PDF").set_input_files(PHOTO)
    expect(files).to_contain_text("已上传")
    form.get_by_role("button", name="当场决定").click()
    expect(form.get_by_role("alert")).to_contain_text("执法人员不得少于两人")
    form.get_by_role("checkbox", name="handler.other").check()
    form.get_by_role("button", name="当场决定").click()
    spot = block.locator(".enforcement-one").filter(has_text="待第二人确认")
    expect(spot).to_contain_text("100.00 元")
    expect(spot).to_contain_text("由当场执法的另一位人员确认")

    desk = come(bureau.other, 1280)
    desk.goto("/app/enforcement")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("未结执法案件 2 件")
    expect(desk.locator(".enforcement-clock").first).to_contain_text("作出决定")
    expect(desk.locator(".enforcement-clock").first).to_contain_text("还有")
    desk.get_by_role("button", name="待第二人确认").click()
    desk.get_by_role("link", name="云帆鲜果铺").click()
    desk.get_by_role("button", name="第二人确认").click()
    desk.get_by_role("checkbox", name="罚款已当场缴纳").check()
    desk.get_by_role("button", name="第二人确认").click()
    expect(desk.locator(".enforcement-state")).to_have_text("已结案")
    desk.get_by_role("button", name="附件 1").click()
    expect(desk.get_by_role("img", name="附件 1")).to_be_visible()
    desk.keyboard.press("Escape")
    with desk.expect_download() as paper:
        desk.get_by_role("button", name="当场行政处罚决定书").click()
    assert paper.value.path().read_bytes().startswith(b"%PDF")

    phone.goto(f"/app/officer/tasks/{bureau.case}")
    history = phone.locator(".case-timeline")
    expect(history).to_contain_text("执法：当场决定")
    expect(history).to_contain_text("执法人员证号：C-handler.one · C-handler.other")
    expect(history).not_to_contain_text("enforcement.")

    reviewer = make_account(bureau.work.owner, role="reviewer", organisation=DISTRICT).username
    law = come(reviewer, 1280)
    law.goto("/app/enforcement")
    law.get_by_role("button", name="法制审核中").click()
    law.get_by_role("link", name="测试渣土公司").click()
    expect(law.locator(".notice")).to_contain_text("对单位罚款一万元以上")
    law.get_by_role("button", name="审核通过").click()
    law.get_by_label("记录、意见或理由").fill("事实清楚,同意")
    law.get_by_role("button", name="审核通过").click()
    expect(law.locator(".enforcement-state")).to_have_text("法制审核通过")
    expect(law.locator(".enforcement-steps li").first).to_contain_text("事实清楚,同意")
    assert errors == []


def test_everything_has_room_in_both_languages_from_a_phone_to_a_wall(bureau: Bureau, come: object) -> None:
    assert callable(come)
    amiss: list[str] = []
    for width_px in (360, 1280, 2560):
        page = come("boss", width_px)
        looked = Looked(page, partial(_keep, page))
        for language in ("zh-CN", "en"):
            page.add_init_script(f"localStorage.setItem('frontage.language', '{language}')")
            for place in ("/app/enforcement", f"/app/enforcement/{bureau.reviewed}"):
                page.goto(place)
                expect(page.locator(".enforcement-clock").first).to_be_visible()
                state = f"enforcement {place.rpartition('/')[2]} {language} {width_px}"
                (looked.at if width_px == 1280 else looked.fits)(state)
        amiss += looked.amiss
    assert amiss == []


def _keep(page: Page, state: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{state.replace(' ', '_')}.png", full_page=True)
