"""Letters in a real browser: streets and who has not signed, one signed with its photo, a paper that did not arrive
electronically served by hand, and a consent noted and withdrawn on the page of its subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, FilePayload, expect
from sqlalchemy import text

from config import Config
from tests import factories
from tests.browser.conftest import Watched, come_signed_in
from tests.browser.looking import Looked, cut_off, findings
from tests.factories import CORNER, JINSHA
from tests.postgres import TestServer
from tests.server.documents.doors import ROAD, make_street
from tests.serving import Served, serving

PHOTO = FilePayload(name="signature.jpg", mimeType="image/jpeg", buffer=factories.photo_bytes(seed=4))
ODD_NAME = "<img src=x onerror=alert(1)>" + "很长的店名" * 8


@dataclass(frozen=True)
class Street:
    served: Served
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
                    "a.organisation_id, s.id, '{}', '{}', repeat('a', 64), now(), a.id FROM account a, subject s "
                    "WHERE a.username = :who AND s.code = :code RETURNING *), "
                    "tried AS (INSERT INTO service_attempt (id, document_id, how, rulebook_id, electronic, served_at, "
                    "note, digest, recorded_at, recorded_by) SELECT p.id, p.id, 'email', r.id, true, now(), '', "
                    "p.digest, now(), p.made_by FROM paper p, rulebook r WHERE r.kind = 'service_methods' RETURNING *) "
                    "INSERT INTO service_task (document_id, organisation_id, failed_attempt_id, opened_at, due_at) "
                    "SELECT p.id, p.organisation_id, t.id, now(), now() - interval '1 day' FROM paper p, tried t"
                ),
                {"who": handler, "code": shops[0][0]},
            )
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield Street(running, handler, officer, shops)


@pytest.fixture
def served(street: Street) -> Served:
    """`watched` looks at the pages of this street."""
    return street.served


def sign_at_the_door(browser: Browser, street: Street) -> None:
    """An officer stands before the second shop, and has its letter signed."""
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
    come_signed_in(context, street.served.url, street.officer)
    page = context.new_page()
    page.goto("/app/officer")
    page.get_by_role("button", name="上岗", exact=True).click()
    page.get_by_role("link", name="到访登记").click()
    door = page.get_by_role("region", name="责任书")
    expect(door).to_contain_text("还没有签责任书")
    door.get_by_role("button", name="登记签订").click()
    door.get_by_label("签收人").fill("测试经营者")
    door.get_by_label("签字照片或扫描件").set_input_files(PHOTO)
    assert findings(page) + cut_off(page) == []
    door.get_by_role("button", name="保存").click()
    expect(door).to_contain_text("在有效期内")
    context.close()


def test_a_letter_is_signed_a_paper_served_by_hand_and_a_consent_withdrawn(
    browser: Browser, watched: Watched, street: Street
) -> None:
    page = watched.page
    looked = Looked(page, watched.keep_screenshot)
    come_signed_in(page.context, watched.home, street.handler)
    page.goto("/app/letters")
    headline = page.get_by_role("heading", level=1)
    expect(headline).to_have_text("已签 0 / 3,签订率 0%")
    page.get_by_role("button", name=ROAD).click()
    unsigned = page.get_by_role("region", name=ROAD)
    expect(unsigned.get_by_role("listitem")).to_have_count(3)
    looked.at("letters-street")

    # Signed with a photo: the street knows at once, and the address brings it back.
    unsigned.get_by_role("button", name=f"登记签订:{ODD_NAME}").click()
    sheet = page.get_by_role("dialog", name=ODD_NAME)
    sheet.get_by_label("签收人").fill("测试经营者")
    sheet.get_by_label("签字照片或扫描件").set_input_files(PHOTO)
    looked.at("letters-sign")
    sheet.get_by_role("button", name="保存").click()
    expect(headline).to_have_text("已签 1 / 3,签订率 33%")
    expect(unsigned.get_by_role("listitem")).to_have_count(2)
    page.reload()
    expect(unsigned.get_by_role("listitem")).to_have_count(2)
    with page.expect_download() as printed:
        unsigned.get_by_role("button", name="打印未签的 2 份").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF-")

    # What did not arrive by mail is late, and served at the door.
    page.get_by_role("link", name="待纸质送达").click()
    expect(headline).to_have_text("1 份文书待纸质送达,1 份已逾期")
    looked.at("letters-tasks")
    page.get_by_role("button", name="登记送达").click()
    serve = page.get_by_role("dialog")
    serve.get_by_label("送达回证").set_input_files(PHOTO)
    serve.get_by_role("button", name="保存").click()
    expect(headline).to_have_text("没有待纸质送达的文书")

    # The subject has its papers, and says where it wants to be served electronically.
    page.goto(f"/app/subjects/{street.shops[2][0]}")
    papers = page.get_by_role("region", name="文书与责任书")
    expect(papers).to_contain_text(f"门前三包责任书 {ODD_NAME}")
    expect(papers).to_contain_text("已送达")
    consents = page.get_by_role("region", name="送达地址确认书")
    consents.get_by_role("button", name="登记确认书").click()
    form = page.get_by_role("dialog", name="登记确认书")
    form.get_by_label("签收人").fill("测试经营者")
    form.get_by_label("电子邮箱").fill("shop@example.test")
    form.get_by_label("签字的确认书").set_input_files(PHOTO)
    form.get_by_role("button", name="保存").click()
    expect(consents.get_by_role("listitem")).to_contain_text(["shop@example.test"])
    expect(consents).to_contain_text("本系统未接通短信和邮件")
    looked.at("letters-subject")
    consents.get_by_role("button", name="撤回").click()
    end = page.get_by_role("dialog", name="撤回")
    end.get_by_label("撤回原因").fill("换了邮箱")
    end.get_by_role("button", name="撤回").click()
    expect(consents.get_by_role("listitem")).to_contain_text(["换了邮箱"])

    sign_at_the_door(browser, street)
    for language, width_px in (("zh-CN", 360), ("zh-CN", 2560), ("en", 1280), ("en", 360)):
        page.set_viewport_size({"width": width_px, "height": 900})
        page.evaluate("language => localStorage.setItem('frontage.language', language)", language)
        for part, name in ((f"?road={ROAD}&of={JINSHA}", "street"), ("/tasks", "tasks")):
            page.goto(f"/app/letters{part}")
            expect(headline).to_contain_text("66%" if name == "street" else "")
            expect(page.get_by_role("status")).to_have_count(1)
            looked.fits(f"letters-{name}-{language}-{width_px}")
    assert looked.amiss == []
    # Where no rules of rating are in force, the page of a subject asks for its score and is told so.
    assert [one for one in watched.errors if "409" not in one] == watched.strangers == []
