"""The page of operation in a real browser: what needs doing is first and says what to do, what failed is sent again,
what is mended becomes quiet by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from config import Config
from server.backup_folder import BackupFolder
from server.operation import keeping
from server.wiring import watch_of
from tests.browser.conftest import Watched
from tests.browser.looking import Looked
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account, make_organisations
from tests.postgres import METRIC_SRID, TestServer
from tests.server.test_operation import backed_up, run
from tests.serving import Served, serving

OPERATION = "/app/operation"
# As the page asks anew while somebody looks at it.
EVERY_MS = 15_000
WAITING_JOB = """
INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at)
VALUES ('default', 'notices_deliver', 'todo', now() - interval '20 minutes')
"""
GIVEN_UP = """
WITH o AS (SELECT id FROM organisation WHERE code = :code),
  c AS (INSERT INTO notice_channel (organisation_id, kind, name, shown, sealed, events)
    SELECT id, 'webhook', '区级值班群 district duty group', 'https://receiver.test/…', 'sealed', '{case.opened}' FROM o
    RETURNING id),
  x AS (INSERT INTO outbox (event, dedupe_key, organisation_id, payload)
    SELECT 'case.dispatched', 'TZ-2026-000001:2', o.id, '{}' FROM o RETURNING id)
INSERT INTO notice_delivery (outbox_id, channel_id, organisation_id, case_number, state, attempts, last_error,
  last_status, next_try_at, settled_at, created_at)
SELECT x.id, c.id, o.id, 'TZ-2026-000001', 'failed', 12, 'answered_error', 503, now(), now(), now() - interval '1 day'
FROM o, c, x
"""


@dataclass(frozen=True)
class Bureau:
    """A server whose worker is dead, whose calendar is missing and one of whose notices was given up."""

    served: Served
    owner: Engine
    config: Config
    admin: str
    dispatcher: str


@pytest.fixture(scope="module")
def bureau(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    config = Config(var=tmp_path_factory.mktemp("operation") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_organisations(owner)
        admin = make_account(owner, role="admin", organisation=DISTRICT).username
        dispatcher = make_account(owner, role="dispatcher", organisation=DISTRICT).username
        run(owner, WAITING_JOB)
        run(owner, GIVEN_UP, code=JINSHA)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as served:
            yield Bureau(served, owner, config, admin, dispatcher)


@pytest.fixture
def served(bureau: Bureau) -> Served:
    """`watched` looks at the pages of this bureau."""
    return bureau.served


def open_page(page: Page, name: str) -> None:
    page.goto(OPERATION)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def mend(bureau: Bureau) -> None:
    """A worker, a calendar, a backup that was read again, and evidence that was verified."""
    now = datetime.now(UTC)
    run(bureau.owner, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    run(bureau.owner, "DELETE FROM procrastinate_jobs")
    run(
        bureau.owner,
        "INSERT INTO work_calendar (name, source, sample, digest, years, days, created_at) "
        "VALUES ('test', 'test', false, repeat('0', 64), :years, '{}', now())",
        years=[now.year, now.year + 1],
    )
    folder = BackupFolder(watch_of(bureau.config).backups)
    backed_up(folder, now - timedelta(hours=3), "20260101T000000Z")
    folder.note_checked("20260101T000000Z", None)
    keeping.note_verified(bureau.config.var, None)


def test_what_needs_doing_is_first_and_becomes_quiet_when_it_is_done(
    watched: Watched, bureau: Bureau
) -> None:
    page = watched.page
    page.clock.install()
    open_page(page, bureau.admin)
    expect(page.get_by_role("heading", level=1, name="运行")).to_be_visible()
    expect(page.locator(".operation-standing")).to_contain_text("项须处理")
    worker = page.get_by_role("region", name="后台任务程序")
    expect(worker).to_contain_text("须处理")
    expect(worker).to_contain_text("frontage worker")
    expect(page.get_by_role("region", name="备份")).to_contain_text("frontage backup")
    expect(page.get_by_role("region", name="正常")).to_contain_text("实时连接")

    looked = Looked(page, watched.keep_screenshot)
    for width_px, height_px in ((360, 740), (1280, 900), (2560, 1440)):
        page.set_viewport_size({"width": width_px, "height": height_px})
        looked.at(f"operation-{width_px}")
    page.emulate_media(color_scheme="dark")
    looked.at("operation-dark")
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator(".office-who summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1, name="Operation")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".office-who summary").click()
    looked.at("operation-en")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")
    watched.keep_screenshot("operation")
    assert looked.amiss == []

    failed = page.get_by_role("region", name="Notices given up")
    expect(failed.last).to_contain_text("503")
    page.get_by_role("button", name="Resend:").click()
    expect(page.get_by_role("button", name="Resend:")).to_have_count(0)
    with bureau.owner.connect() as connection:
        assert connection.execute(text("SELECT state FROM notice_delivery")).scalar_one() == "pending"

    mend(bureau)
    page.clock.fast_forward(EVERY_MS)
    expect(page.get_by_role("region", name="Worker")).to_have_count(0)
    expect(page.get_by_role("region", name="Fine")).to_contain_text("read again to the last byte")
    looked.at("operation-mended")
    assert looked.amiss == [] and watched.strangers == [] and watched.errors == []


def test_a_dispatcher_sees_it_too_and_without_network_what_was_read_last(
    watched: Watched, bureau: Bureau
) -> None:
    run(bureau.owner, "UPDATE notice_delivery SET state = 'failed', settled_at = now()")
    page = watched.page
    open_page(page, bureau.dispatcher)
    expect(page.get_by_text("由管理员重发")).to_be_visible()
    expect(page.get_by_role("button", name="重发")).to_have_count(0)
    page.context.set_offline(True)
    expect(page.get_by_text("没有网络")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="运行")).to_be_visible()
    expect(page.locator(".operation-standing")).to_be_visible()
