"""Letters in a real browser: streets and who has not signed, one signed with its photo, a paper that did not arrive
electronically served by hand, and a consent noted and withdrawn on the page of its subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect
from sqlalchemy import Engine, text

from config import Config
from tests import factories
from tests.browser.conftest import Watched, come_signed_in
from tests.browser.looking import Looked, cut_off, findings, wait_until_drafted, wait_until_kept
from tests.factories import CORNER, JINSHA
from tests.postgres import TestServer
from tests.server.documents.doors import ROAD, make_street
from tests.server.documents.promised import PDF
from tests.serving import Served, serving

PHOTO = FilePayload(name="signature.jpg", mimeType="image/jpeg", buffer=factories.photo_bytes(seed=4))
WRONG = FilePayload(name="别的.jpg", mimeType="image/jpeg", buffer=factories.photo_bytes(seed=5))
SCAN = FilePayload(name="扫描.pdf", mimeType="application/pdf", buffer=PDF)
ODD_NAME = "<img src=x onerror=alert(1)>" + "很长的店名" * 8


@dataclass(frozen=True)
class Street:
    served: Served
    owner: Engine
    handler: str
    officer: str
    shops: list[tuple[str, str]]


@pytest.fixture(scope="module")
def street(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    config = Config(var=tmp_path_factory.mktemp("letters") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        handler = factories.make_account(owner, role="handler", organisation=JINSHA).username
        officer = factories.make_account(owner, role="officer", organisation=JINSHA).username
        factories.make_rulebook(owner, "service_methods")
        shops = make_street(owner, 2)
        odd = factories.make_zone(owner, at=(121.071, 32.071), properties={"street": ROAD})
        shops.append((factories.make_subject(owner, zone=odd, name=ODD_NAME).code, odd))
        with owner.begin() as connection:
            connection.execute(
                text(
                    "WITH paper AS (INSERT INTO document (id, kind, title, organisation_id, subject_id, content, "
                    "attachments, digest, made_at, made_by) SELECT gen_random_uuid(), 'notice', '告知书', "
                    "a.organisation_id, s.id, '{}', '{}', repeat('a', 64), now(), a.id FROM account a, subject s, "
                    "generate_series(1, 2) WHERE a.username = :who AND s.code = :code RETURNING *), "
                    "tried AS (INSERT INTO service_attempt (id, document_id, how, rulebook_id, electronic, served_at, "
                    "note, digest, recorded_at, recorded_by) SELECT p.id, p.id, 'email', r.id, true, now(), '', "
                    "p.digest, now(), p.made_by FROM paper p, rulebook r WHERE r.kind = 'service_methods' RETURNING *) "
                    "INSERT INTO service_task (document_id, organisation_id, failed_attempt_id, opened_at, due_at) "
                    "SELECT p.id, p.organisation_id, t.id, now(), now() - interval '1 day' FROM paper p, tried t "
                    "WHERE t.document_id = p.id"
                ),
                {"who": handler, "code": shops[0][0]},
            )
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Street(running, owner, handler, officer, shops)


@pytest.fixture
def served(street: Street) -> Served:
    """`watched` looks at the pages of this street."""
    return street.served


def attach(form: Locator, what: str, file: FilePayload) -> None:
    """A file is put to a form, and has arrived."""
    group = form.get_by_role("group", name=what)
    group.get_by_label("选择照片或 PDF").set_input_files(file)
    expect(group.get_by_role("listitem")).to_contain_text([file["name"]])
    expect(group).to_contain_text("已上传")


def on_a_phone(browser: Browser, street: Street, who: str) -> BrowserContext:
    """Somebody stands before the second shop."""
    context = browser.new_context(
        base_url=street.served.url,
        viewport={"width": 360, "height": 740},
        has_touch=True,
        locale="zh-CN",
        reduced_motion="reduce",
        permissions=["geolocation"],
        geolocation={"longitude": CORNER[0] + 2e-4, "latitude": CORNER[1], "accuracy": 4},
        service_workers="block",
    )
    come_signed_in(context, street.served.url, who)
    return context


def hand_over_a_paper_without_network(browser: Browser, street: Street) -> None:
    """A handler has the papers along, and one of two is handed over."""
    with on_a_phone(browser, street, street.handler) as context:
        page = context.new_page()
        page.goto("/app/officer/tasks")
        wait_until_kept(page, "service-tasks")
        context.set_offline(True)
        page.get_by_role("link", name="待纸质送达 2 份").click()
        papers = page.locator(".officer-fold")
        papers.first.locator("summary").click()
        papers.first.locator("input[type=file]").first.set_input_files(PHOTO)
        assert findings(page) + cut_off(page) == []
        papers.first.get_by_role("button", name="存在手机并发送").click()
        expect(papers).to_have_count(1)
        expect(page.get_by_text("存在手机里 1 条")).to_be_visible()
        context.set_offline(False)
        expect(page.get_by_text("存在手机里 1 条")).to_have_count(0)
        expect(papers).to_have_count(1)


def sign_at_the_door_without_network(browser: Browser, street: Street) -> None:
    """An officer has two letters signed, one of a subject whose record is changed meanwhile. The page is half filled in
    when it is killed, and killed again before there is a network."""
    hers, closed = street.shops[1], street.shops[0]
    with on_a_phone(browser, street, street.officer) as context:
        page = context.new_page()
        page.goto("/app/officer/visit")
        door = page.get_by_role("region", name="责任书")
        expect(door).to_contain_text("还没有签责任书")
        expect(door).to_contain_text("测试经营者")
        door.get_by_role("button", name="登记签订").click()
        door.get_by_label("签收人").fill("王某某")
        wait_until_drafted(page, "王某某")
        page.reload()
        door.get_by_role("button", name="登记签订").click()
        expect(door.get_by_label("签收人")).to_have_value("王某某")
        wait_until_kept(page, "fronts/")
        context.set_offline(True)
        sign(page, door)
        page.get_by_role("radio", name=closed[1]).check()
        door.get_by_role("button", name="登记签订").click()
        door.get_by_label("签收人").fill("李某某")
        sign(page, door)
        page.close()
        change(street.owner, TAKEN, closed[1])
        context.set_offline(False)

        page = context.new_page()
        page.goto("/app/officer/queue")
        refused = page.get_by_role("region", name="未被接收")
        expect(refused).to_contain_text("该主体当日不负责任何门前责任区")
        expect(page.locator("[data-state=kept]")).to_have_count(1)
        # Nothing is lost: once the register is right it is sent as it was signed.
        change(street.owner, GIVEN_BACK, closed[1])
        refused.get_by_role("button", name="再试一次").click()
        expect(page.locator("[data-state=kept]")).to_have_count(2)
        page.goto("/app/officer/visit")
        page.get_by_role("radio", name=hers[1]).check()
        expect(page.get_by_role("region", name="责任书")).to_contain_text("在有效期内")


def sign(page: Page, door: Locator) -> None:
    door.locator("input[type=file]").first.set_input_files(PHOTO)
    expect(door.locator(".reply-photos img")).to_have_count(1)
    assert findings(page) + cut_off(page) == []
    door.get_by_role("button", name="存在手机并发送").click()
    expect(door.get_by_text("存在手机里 1 条，等待发送")).to_be_visible()


# A front that was taken from its subject long ago, and given back the same day.
TAKEN = "UPDATE subject_place SET valid = daterange(lower(valid), '2023-01-01') WHERE zone_code = :zone"
GIVEN_BACK = (
    "INSERT INTO subject_place (subject_id, zone_kind, zone_code, valid, recorded_at)"
    " SELECT subject_id, zone_kind, zone_code, daterange(upper(valid), NULL), now() FROM subject_place"
    " WHERE zone_code = :zone"
)


def change(owner: Engine, how: str, zone: str) -> None:
    with owner.begin() as connection:
        connection.execute(text(how), {"zone": zone})


def test_a_letter_is_signed_a_paper_served_by_hand_and_a_consent_withdrawn(
    browser: Browser, watched: Watched, street: Street
) -> None:
    page = watched.page
    looked = Looked(page, watched.keep_screenshot)
    come_signed_in(page.context, watched.home, street.handler)
    page.goto("/app/letters")
    headline = page.get_by_role("heading", level=1)
    expect(headline).to_have_text("已签 0 / 3，签订率 0%")
    page.get_by_role("button", name=ROAD).click()
    unsigned = page.get_by_role("region", name=ROAD)
    expect(unsigned.get_by_role("listitem")).to_have_count(3)
    looked.at("letters-street")

    # Signed with a photo: the street knows at once, and the address brings it back.
    unsigned.get_by_role("button", name=f"登记签订：{ODD_NAME}").click()
    sheet = page.get_by_role("dialog", name=ODD_NAME)
    sheet.get_by_label("签收人").fill("测试经营者")
    attach(sheet, "签字照片或扫描件", WRONG)
    sheet.get_by_role("button", name=f"去掉 {WRONG['name']}").click()
    attach(sheet, "签字照片或扫描件", PHOTO)
    looked.at("letters-sign")
    sheet.get_by_role("button", name="保存").click()
    expect(headline).to_have_text("已签 1 / 3，签订率 33%")
    expect(unsigned.get_by_role("listitem")).to_have_count(2)
    page.reload()
    expect(unsigned.get_by_role("listitem")).to_have_count(2)
    with page.expect_download() as printed:
        unsigned.get_by_role("button", name="打印未签的 2 份").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF-")

    # Those of all streets stand in the register too.
    page.get_by_role("link", name="未签责任书的责任主体").click()
    expect(page.get_by_label("责任书")).to_have_value("false")
    expect(page.get_by_role("row")).to_have_count(3)
    page.go_back()

    # What did not arrive by mail is late, and served at the door.
    hand_over_a_paper_without_network(browser, street)
    page.get_by_role("link", name="待纸质送达").click()
    expect(headline).to_have_text("1 份文书待纸质送达，1 份已逾期")
    looked.at("letters-tasks")
    page.get_by_role("button", name="登记送达").click()
    serve = page.get_by_role("dialog")
    attach(serve, "送达回证", SCAN)
    serve.get_by_role("button", name="保存").click()
    expect(headline).to_have_text("没有待纸质送达的文书")

    # The subject has its papers, and says where it wants to be served electronically.
    page.goto(f"/app/subjects/{street.shops[2][0]}")
    papers = page.get_by_role("region", name="文书与责任书")
    expect(papers).to_contain_text(f"门前三包责任书 {ODD_NAME}")
    expect(papers).to_contain_text("已送达")
    papers.get_by_role("button", name=f"门前三包责任书 {ODD_NAME}").click()
    paper = page.get_by_role("dialog", name=f"门前三包责任书 {ODD_NAME}")
    with page.expect_download() as printed:
        paper.get_by_role("button", name="打印 (PDF)").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF-")
    paper.get_by_role("region", name="送达情况").get_by_role("button", name="附件 1").click()
    expect(page.get_by_role("img", name="附件 1")).to_be_visible()
    looked.at("letters-paper")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(paper).to_be_hidden()
    consents = page.get_by_role("region", name="送达地址确认书")
    consents.get_by_role("button", name="登记确认书").click()
    form = page.get_by_role("dialog", name="登记确认书")
    form.get_by_label("签收人").fill("测试经营者")
    form.get_by_label("电子邮箱").fill("shop@example.test")
    attach(form, "签字的确认书", SCAN)
    form.get_by_role("button", name="保存").click()
    expect(consents.get_by_role("listitem")).to_contain_text(["shop@example.test"])
    expect(consents).to_contain_text("本系统未接通短信和邮件")
    with page.expect_download() as opened:
        consents.get_by_role("button", name="附件 1").click()
    assert opened.value.path().read_bytes() == PDF
    looked.at("letters-subject")
    consents.get_by_role("button", name="撤回").click()
    end = page.get_by_role("dialog", name="撤回")
    end.get_by_label("撤回原因").fill("换了邮箱")
    end.get_by_role("button", name="撤回").click()
    expect(consents.get_by_role("listitem")).to_contain_text(["换了邮箱"])

    sign_at_the_door_without_network(browser, street)
    for language, width_px in (("zh-CN", 360), ("zh-CN", 2560), ("en", 1280), ("en", 360)):
        page.set_viewport_size({"width": width_px, "height": 900})
        page.evaluate("language => localStorage.setItem('frontage.language', language)", language)
        for part, name in ((f"?road={ROAD}&of={JINSHA}", "street"), ("/tasks", "tasks")):
            page.goto(f"/app/letters{part}")
            expect(headline).to_contain_text("100%" if name == "street" else "")
            expect(page.get_by_role("status")).to_have_count(1)
            looked.fits(f"letters-{name}-{language}-{width_px}")
    assert looked.amiss == []
    assert watched.errors == watched.strangers == []
