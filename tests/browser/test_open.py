"""Openness in a real browser: a late decision is drafted, its photo blurred by keys, approved by another person and
read by a stranger; a lawsuit is begun, and its term runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from config import Config
from server.app import create_app
from tests import factories
from tests.browser.conftest import Watched, come_signed_in
from tests.browser.looking import Looked, drawn_width
from tests.factories import DISTRICT, JINSHA
from tests.postgres import TestServer
from tests.server.openness.decided import decide, make_matter
from tests.serving import Served, serving

NOW = datetime.now(UTC)
# By the sample rules a penalty is public within 7 days.
LATE_DAYS = 12


@pytest.fixture(scope="module")
def served(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with one decision that waits, and two reviewers."""
    config = Config(var=tmp_path_factory.mktemp("open") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        for name in ("drafter", "approver"):
            factories.make_account(owner, role="reviewer", organisation=DISTRICT, username=name)
        officer = factories.make_account(owner, role="officer", username="walker").username
        factories.make_rulebook(owner, "statutory_clocks")
        app = create_app(config, app_database_url=postgres.app_url(url))
        photo = factories.photo_bytes(size=(640, 480))
        matter = make_matter(app.test_client(), owner, lambda _: bearer(app, officer), photo=photo)
        decide(owner, matter, days_ago=LATE_DAYS, now=NOW)
        app.extensions["frontage"].close()
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield running


def bearer(app: Any, username: str) -> dict[str, str]:
    given = {"username": username, "password": factories.PASSWORD}
    told = app.test_client().post("/api/v1/auth/login", json=given).get_json()
    return {"Authorization": f"Bearer {told['access_token']}"}


def desk(browser: Browser, served: Served, username: str) -> Page:
    """The page of somebody who is signed in."""
    context = browser.new_context(base_url=served.url, locale="zh-CN", reduced_motion="reduce")
    come_signed_in(context, served.url, username)
    return context.new_page()


def everywhere(looked: Looked, state: str) -> None:
    """At a phone's, a desk's and a wall's width, in both languages; the page is left as it was."""
    looked.at(state)
    for tongue in ("en", "zh-CN"):
        looked.page.evaluate("(tongue) => localStorage.setItem('frontage.language', tongue)", tongue)
        looked.page.reload()
        expect(looked.page.locator("html")).to_have_attribute("lang", tongue)
        expect(looked.page.get_by_role("heading", level=2).first).to_be_visible()
        expect(looked.page.locator(".awaited")).to_have_count(0)
        for width_px in (360, 2560, 1280):
            looked.page.set_viewport_size({"width": width_px, "height": 900})
            looked.fits(f"{state}-{tongue}-{width_px}")


def test_a_late_decision_is_made_public_by_two_people_and_read_by_a_stranger(
    browser: Browser, served: Served, watched: Watched
) -> None:
    page = desk(browser, served, "drafter")
    page.goto("/app/openness")
    expect(page.get_by_role("heading", name="1 件处理决定逾期未公示")).to_be_visible()
    looked = Looked(page, watched.keep_screenshot)
    looked.at("openness")
    page.get_by_role("button", name="起草公示").click()
    sheet = page.get_by_role("dialog", name="公示")
    expect(sheet.get_by_text("您是起草人")).to_be_visible()
    sheet.get_by_role("button", name="遮挡与确认照片 1").click()
    expect(sheet.get_by_role("img", name="未遮挡的照片")).to_be_visible()
    sheet.get_by_role("button", name="添加方框").click()
    box = sheet.get_by_role("button", name=re.compile("^第 1 处"))
    expect(box).to_have_attribute("aria-label", "第 1 处 遮挡，左 40% 上 40%，宽 20% 高 20%")
    box.press("ArrowLeft")
    box.press("Shift+ArrowDown")
    expect(box).to_have_attribute("aria-label", "第 1 处 遮挡，左 39% 上 40%，宽 20% 高 21%")
    looked.at("openness-blur")
    sheet.get_by_role("button", name="确认公示，遮挡 1 处").click()
    expect(sheet.get_by_role("img", name="公众所见的照片 1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="打开草稿")).to_be_visible()

    # Nobody reads it before somebody else approves.
    stranger = watched.page
    stranger.goto("/open")
    expect(stranger.get_by_text("目前没有公示的处理决定。")).to_be_visible()
    other = desk(browser, served, "approver")
    other.goto("/app/openness")
    other.get_by_role("button", name="查看并批准").click()
    other.get_by_role("button", name="批准并公示").click()
    expect(other.get_by_role("heading", name="没有逾期未公示的处理决定")).to_be_visible()
    # An answer may be kept: a stranger whose browser has none of it reads the new one.
    anew = browser.new_context(base_url=served.url, locale="zh-CN", reduced_motion="reduce").new_page()
    anew.goto("/open")
    shown = anew.get_by_role("listitem").filter(has_text="擅自占道堆放物品")
    expect(shown).to_contain_text("罚款 200 元")
    photo = shown.get_by_role("img")
    photo.scroll_into_view_if_needed()
    assert drawn_width(photo) == 640
    anew.get_by_text("《中华人民共和国行政处罚法》第三十三条").click()
    expect(anew.get_by_text("没有主观过错的,不予行政处罚")).to_be_visible()
    public = Looked(anew, watched.keep_screenshot)
    everywhere(public, "open")
    assert looked.amiss + public.amiss == []
    assert watched.strangers == [] and watched.errors == []
    for one in (page, other, anew):
        one.context.close()


def test_a_lawsuit_is_begun_and_its_term_runs(browser: Browser, served: Served, watched: Watched) -> None:
    page = desk(browser, served, "drafter")
    page.goto("/app/litigation")
    expect(page.get_by_role("heading", name="行政诉讼受理 0 件，败诉 0 件")).to_be_visible()
    page.get_by_role("button", name="登记事项").click()
    form = page.get_by_role("dialog", name="登记事项")
    form.get_by_label("文号").fill("(2026)行初 7 号")
    form.get_by_label("镇街").select_option(JINSHA)
    form.get_by_role("button", name="登记").click()
    one = page.get_by_role("dialog", name="复议诉讼")
    expect(one.get_by_text("尚无记载。")).to_be_visible()
    one.get_by_role("button", name="记载").click()
    expect(one.get_by_text("还有 15 天")).to_be_visible()
    expect(one.get_by_role("heading", name="应备材料 0/3")).to_be_visible()
    looked = Looked(page, watched.keep_screenshot)
    looked.at("litigation-one")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="行政诉讼受理 1 件，败诉 0 件")).to_be_visible()
    looked.at("litigation")
    assert looked.amiss == []
    page.context.close()
