"""The zone manager's page in a real browser: the street that waits most, a round over it, sent, walked, green without
reloading; and a day played back, with who looked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from shapely import LineString
from sqlalchemy import Engine

from config import Config
from tests.browser.conftest import SCREENSHOTS, Watched
from tests.browser.looking import cut_off, findings, wait_until
from tests.factories import (
    DISTRICT,
    JINSHA,
    JINXIN,
    PASSWORD,
    make_account,
    make_category,
    make_zone,
    report_json,
)
from tests.postgres import METRIC_SRID, TestServer
from tests.server.maps.decoding import lay_street
from tests.server.patrol.covered import (
    M_LAT,
    M_LON,
    at_metres,
    cover_all,
    make_street,
)
from tests.server.patrol.walks import fix, start_shift
from tests.server.world import ELSEWHERE
from tests.serving import Served, serving

MANAGER = "/app/manager"
FRONTS = 6
# No worker has brought the standing of fronts to this day: sums and rounds work it out when they are asked.
LOADS_MS = 30_000
GOODS = "goods_on_pavement"
SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = datetime.now(SHANGHAI).date()


@dataclass(frozen=True)
class District:
    """A server with one street of fronts that nobody ever visited, a manager, and somebody on duty."""

    served: Served
    owner: Engine
    officer: UUID
    names: dict[str, str]
    call: Callable[..., Any]

    def walk(self) -> None:
        """The officer comes by: what their phone sends, and what the worker makes of it."""
        now = datetime.now(UTC)
        # All since the round was sent, however quick the test: a phone whose clock is some seconds ahead.
        fixes = [fix(at_metres(10.0 * n, 0), now + timedelta(seconds=2 * n)) for n in range(6)]
        self.call("officer", "POST", "/positions", data={"positions": fixes})
        cover_all(self.owner)


@pytest.fixture(scope="module")
def district(
    browser: Browser, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[District]:
    config = Config(var=tmp_path_factory.mktemp("manager") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        lay_street(owner, "新金路", LineString([at_metres(-100, 0), at_metres(200, 0)]), 12.0)
        make_street(owner, FRONTS)
        make_category(owner, code=GOODS)
        officer = make_account(owner, username="walker", organisation=JINSHA)
        start_shift(owner, officer.id, datetime.now(UTC) - timedelta(hours=2))
        cover_all(owner)
        names = {
            "officer": "walker",
            "manager": make_account(owner, role="zone_manager", organisation=DISTRICT).username,
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
                came = context.request.fetch(
                    f"/api/v1{path}",
                    method=method,
                    headers={"Authorization": f"Bearer {tokens[who]}"},
                    **sent,
                )
                assert came.ok, came.text()
                return came.json()

            weekly = {"name": "计划", "plans": [{"code": "P1", "visits": 1, "per": "week"}]}
            made = call("manager", "POST", "/patrol-plans/drafts", data=weekly)
            since = {"valid_from": (TODAY - timedelta(days=21)).isoformat()}
            call("manager", "POST", f"/patrol-plans/drafts/{made['id']}/activate", data=since)
            yield District(running, owner, officer.id, names, call)
            context.close()


@pytest.fixture
def served(district: District) -> Served:
    """`watched` looks at the pages of this district."""
    return district.served


def open_page(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_the_worst_street_is_sent_as_a_round_and_turns_green_while_it_is_walked(
    browser: Browser, watched: Watched, district: District
) -> None:
    page = watched.page
    open_page(page, f"{MANAGER}?township={JINSHA}", district.names["manager"])
    answer, counts = page.get_by_role("heading", level=1), page.locator(".manager-counts")
    expect(answer).to_contain_text(f"{FRONTS} 段从未看过", timeout=LOADS_MS)
    expect(answer.get_by_role("button", name="新金路")).to_be_visible()
    page.evaluate("window.sameDocument = true")

    page.get_by_role("button", name="新金路：派一轮").click()
    round_ = page.get_by_role("region", name="建议的一轮")
    expect(round_.locator(".manager-legs li")).to_have_count(1, timeout=LOADS_MS)
    round_.get_by_label("派给").select_option(
        label=round_.locator("option", has_text="在岗").first.inner_text()
    )
    round_.get_by_label("留言").fill("先看东段 <b>")
    round_.get_by_role("button", name="派出").click()
    expect(round_.get_by_role("status")).to_contain_text("已派给")
    round_.get_by_role("button", name="知道了").click()
    (sent,) = district.call("officer", "GET", "/rounds")["items"]
    assert (sent["zones"], sent["seen"], sent["note"]) == (FRONTS, 0, "先看东段 <b>")

    phone = browser.new_context(
        base_url=watched.home, viewport={"width": 390, "height": 844}, locale="zh-CN"
    ).new_page()
    open_page(phone, "/app/officer/tasks", "walker")
    mine = phone.get_by_role("region", name="派给我的一轮")
    expect(mine.get_by_role("status")).to_have_text(f"已看 0 / {FRONTS} 处")
    expect(mine).to_contain_text("先看东段 <b>")

    district.walk()
    expect(counts.get_by_role("button", name="已看")).to_contain_text(str(FRONTS))
    expect(answer).not_to_contain_text("从未看过")
    expect(page.get_by_role("region", name="今天派出的轮次")).to_contain_text(f"已看 {FRONTS} / {FRONTS} 处")
    host = page.locator(".map-view")
    expect(host).to_have_attribute("data-map", "ready")
    host.evaluate(
        "(host, [lon, lat]) => host.mapView.map.jumpTo({ center: [lon, lat], zoom: 17 })",
        list(at_metres(25, 5)),
    )
    seen = (
        "(host) => host.mapView.map.queryRenderedFeatures({ layers: ['coverage'] }).map((one) => "
        "one.properties.status)"
    )
    wait_until(page, lambda: set(host.evaluate(seen)) == {"visited"}, "fronts are not drawn as seen")
    host.evaluate("(host) => host.mapView.map.jumpTo({ zoom: 13 })")
    # From afar the street as a whole.
    street = (
        "(host) => host.mapView.map.queryRenderedFeatures({ layers: ['street-standing'] })"
        ".some((one) => one.properties.name === '新金路')"
    )
    wait_until(page, lambda: host.evaluate(street), "the street is not drawn")
    assert page.evaluate("window.sameDocument")
    expect(mine.get_by_role("status")).to_have_text("看完了")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    phone.screenshot(path=SCREENSHOTS / "manager_round_phone.png", full_page=True)
    phone.context.close()

    counts.get_by_role("button", name="已看").click()
    expect(page.locator(".manager-rows li")).to_have_count(FRONTS)
    assert "rows=visited" in page.url
    watched.keep_screenshot("manager_coverage")
    assert findings(page) + cut_off(page) == []
    page.set_viewport_size({"width": 360, "height": 780})
    assert cut_off(page) == []
    page.go_back()
    expect(page.locator(".manager-rows")).to_have_count(0)
    assert watched.errors == watched.strangers == []


def played_day(district: District) -> str:
    """An hour before now, in the other township: a walk of two minutes past a shop, a long stop, and a report.

    Returns the day of it, which is yesterday for whoever asks soon after midnight.
    """
    began = datetime.now(SHANGHAI) - timedelta(hours=1)
    if began.date() != (began + timedelta(minutes=15)).date():
        began -= timedelta(minutes=16)
    lon, lat = ELSEWHERE
    make_zone(district.owner, at=(lon + 60 * M_LON, lat + 9 * M_LAT), township=JINXIN)
    spots = [(lon + (min(n, 100) * 1.2 + n % 3) * M_LON, lat) for n in range(0, 900, 4)]
    fixes = [fix(spot, began + timedelta(seconds=4 * n)) for n, spot in enumerate(spots)]
    district.call("officer", "POST", "/positions", data={"positions": fixes})
    cover_all(district.owner)
    report = report_json(at=(lon + 60 * M_LON, lat), captured_at=began + timedelta(seconds=60))
    district.call("officer", "PUT", f"/reports/{uuid4()}", data=report)
    return began.date().isoformat()


def test_a_day_is_played_back_for_a_reason_that_its_officer_can_read(
    watched: Watched, district: District, tmp_path: Path
) -> None:
    day = played_day(district)
    page = watched.page
    open_page(page, f"{MANAGER}/playback?who={district.officer}&day={day}", district.names["manager"])
    show = page.get_by_role("button", name="查看轨迹")
    expect(show).to_be_disabled()
    expect(page.get_by_text("本人在手机上看得到")).to_be_visible()
    page.get_by_label("为什么看").fill("核实投诉")
    expect(page.get_by_role("checkbox", name="walker")).to_be_checked(timeout=LOADS_MS)
    show.click()
    expect(page.locator(".manager-lane")).to_have_count(1, timeout=LOADS_MS)
    events = page.get_by_role("region", name="经过")
    for kind in ("停留", "到访", "上报"):
        expect(events.get_by_role("button", name=kind).first).to_be_visible()
    expect(events.get_by_role("link", name="TZ-")).to_be_visible()

    handle = page.get_by_label("时刻", exact=True)
    before = int(handle.input_value())
    handle.press("ArrowRight")
    assert int(handle.input_value()) == before + 60_000
    page.get_by_role("button", name="300 倍").click()
    expect(handle).not_to_have_value(str(before + 60_000))
    page.get_by_role("button", name="暂停").click()
    events.locator(".manager-event", has_text="上报").click()
    expect(page.locator(".manager-walker")).to_contain_text("km/h")

    for name, begins in (("GPX", "<?xml"), ("KML", "<?xml"), ("GEOJSON", "{"), ("CSV", "")):
        with page.expect_download() as given:
            page.get_by_role("group", name="轨迹文件").get_by_role("button", name=name).click()
        kept = tmp_path / name
        given.value.save_as(kept)
        assert kept.stat().st_size > 200 and kept.read_text(encoding="utf-8-sig").startswith(begins)
    (first, *_) = district.call("officer", "GET", "/position-looks")["items"]
    assert first["reason"] == "核实投诉"
    watched.keep_screenshot("manager_playback")
    assert findings(page) + cut_off(page) == []
    assert watched.errors == watched.strangers == []
