"""The map in a real browser, drawn from the server's own tiles: what is on it, what is picked, and what it asks."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from shapely import LineString
from shapely.geometry import Point, shape
from sqlalchemy import Engine, text

from config import Config
from tests import factories
from tests.browser.conftest import Watched, come_signed_in
from tests.browser.looking import wait_until
from tests.factories import CORNER, JINXIN
from tests.postgres import TestServer
from tests.server.maps.decoding import lay_street
from tests.server.reports.street import NORTH, SOUTH, make_street, spot
from tests.serving import Served, serving

MAP = "/app/officer/map"
WAIT_S = 30.0
DESK_PX, PHONE_PX = 1280, 390
# What is drawn in software takes its time by the pixel.
WINDOW_PX = (900, 600)
STREET = {"light": (0xFF, 0xFF, 0xFF), "dark": (0x33, 0x3C, 0x46)}
OVERDUE, IN_TIME, TIMELESS = "TZ-2026-000001", "TZ-2026-000002", "TZ-2026-000003"
SEEN = """(host, layer) => host.mapView.map.queryRenderedFeatures({ layers: [layer] }).map((one) => ({
    ...one.properties, image: one.layer.layout?.["icon-image"]?.name,
}))"""
IDLE = """(host) => new Promise((told) => {
    const { map } = host.mapView;
    if (map.loaded() && !map.isMoving()) told();
    else map.once("idle", () => told());
})"""
# Some hundred cases around the corner, every fourth overdue, in the shape in which pages give them.
SET_CASES = """(host, [lon, lat]) => host.mapView.setCases(Array.from({ length: 400 }, (_, number) => ({
    number: `N${number}`, at: [lon + ((number % 20) - 10) * 2e-5, lat + (Math.floor(number / 20) - 10) * 2e-5],
    clock: number % 4 ? "on_time" : "overdue", used: 0.3,
})))"""


@dataclass
class Shown:
    """A page with the map open, and what is on it."""

    page: Page

    @property
    def host(self) -> Locator:
        return self.page.locator(".map-view")

    def settled(self) -> None:
        expect(self.host).to_have_attribute("data-map", "ready")
        self.host.evaluate(IDLE)

    def until(self, script: str) -> None:
        """Asked again and again from here: the page's policy lets nothing be evaluated within it."""
        deadline = time.monotonic() + WAIT_S
        while not self.host.evaluate(script):
            assert time.monotonic() < deadline, script
            self.page.wait_for_timeout(50)

    def comes_to(self, told: Callable[[], Any], wanted: Any) -> None:
        """What is set is drawn by a worker of the page's, some time later."""
        wait_until(self.page, lambda: told() == wanted, f"never {wanted}")

    def go(self, at: tuple[float, float], zoom: float) -> None:
        self.host.evaluate("(host, to) => host.mapView.map.jumpTo(to)", {"center": at, "zoom": zoom})
        self.settled()

    def seen(self, layer: str) -> list[dict[str, Any]]:
        """What is drawn of a layer of the style just now."""
        return list(self.host.evaluate(SEEN, layer))

    def at(self, place: tuple[float, float]) -> tuple[float, float]:
        """Where on the page a place is."""
        box = self.host.bounding_box()
        x, y = self.host.evaluate("(host, at) => Object.values(host.mapView.map.project(at))", place)
        assert box
        return box["x"] + x, box["y"] + y

    def pixels(self) -> NDArray[np.uint8]:
        return np.asarray(Image.open(io.BytesIO(self.host.screenshot())).convert("RGB")).reshape(-1, 3)


def open_cases(owner: Engine) -> None:
    now = datetime.now(UTC)
    reporter = factories.make_account(owner, username="map_officer").id
    for number, state, due_h, east_m in (
        (OVERDUE, "handling", -5, -30),
        (IN_TIME, "handling", 50, 0),
        (TIMELESS, "handling", None, 30),
    ):
        lon, lat = spot(east_m, 20)
        with owner.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO case_file (number, state, organisation_id, category, place, reporter_id, opened_at, "
                    "due_at) SELECT :number, :state, id, 'goods', ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :who, "
                    ":at, :due FROM organisation WHERE kind = 'district'"
                ),
                {
                    **{"number": number, "state": state, "lon": lon, "lat": lat, "who": reporter, "at": now},
                    "due": now + timedelta(hours=due_h) if due_h is not None else None,
                },
            )


@pytest.fixture(scope="module")
def served(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose district has a street with its fronts, a parking area and three cases."""
    config = Config(var=tmp_path_factory.mktemp("map") / "var")
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        factories.make_zone(owner, kind="parking", at=spot(30, -3), width_m=12, depth_m=3)
        lay_street(owner, "建设路", LineString([spot(-800, 2), spot(800, 2)]), 14.0)
        open_cases(owner)
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            yield running


@pytest.fixture
def shown(watched: Watched) -> Shown:
    page = watched.page
    come_signed_in(page.context, watched.home, "map_officer")
    page.goto(MAP)
    made = Shown(page)
    made.settled()
    made.go(CORNER, 17.5)
    return made


@pytest.mark.parametrize(("width_px", "theme"), [(DESK_PX, "light"), (PHONE_PX, "dark")])
def test_streets_fronts_bays_and_cases_are_drawn_and_nobody_else_is_asked(
    shown: Shown, watched: Watched, width_px: int, theme: str
) -> None:
    assert {one["name"] for one in shown.seen("streets")} == {"建设路"}
    assert {one["name"] for one in shown.seen("street-names")} == {"建设路"}
    assert {one["code"] for one in shown.seen("zones")} == {NORTH, SOUTH}
    assert len(shown.seen("parking")) == len(shown.seen("bay-signs")) == 1
    assert {one["number"]: one["image"] for one in shown.seen("all-cases")} == {
        OVERDUE: "case-overdue",
        IN_TIME: "case-on_time",
        TIMELESS: "case-unsure",
    }
    pixels = shown.pixels()
    assert len(np.unique(pixels, axis=0)) > 300
    assert (pixels == STREET[theme]).all(axis=1).sum() > 5000
    watched.keep_screenshot(f"map-{width_px}-{theme}")
    shown.go(CORNER, 12)
    (counted,) = shown.seen("all-case-counts")
    assert (counted["count"], counted["overdue"], counted["image"]) == (3, 1, "cluster-3")
    assert JINXIN in {one["township"] for one in shown.seen("township-names")}
    watched.keep_screenshot(f"map-far-{width_px}-{theme}")
    assert watched.strangers == []
    assert watched.errors == []
    policy = watched.page.request.get(MAP).headers["content-security-policy"]
    assert "unsafe" not in policy


def test_the_cases_of_a_page_stand_together_with_their_share_of_overdue_and_are_picked(shown: Shown) -> None:
    host = shown.host
    host.evaluate(SET_CASES, CORNER)
    shown.go(CORNER, 13)
    shown.comes_to(lambda: shown.seen("all-cases"), [])
    shown.comes_to(lambda: len(shown.seen("case-clusters")), 1)
    (cluster,) = shown.seen("case-clusters")
    assert (cluster["point_count"], cluster["overdue"], cluster["image"]) == (400, 100, "cluster-2")
    host.evaluate("(host) => host.mapView.setFilter((one) => one.clock === 'overdue')")
    shown.settled()
    shown.until(
        "({ mapView: { map } }) => "
        "map.queryRenderedFeatures({ layers: ['case-clusters'] })[0]?.properties.point_count === 100"
    )
    before = host.evaluate("(host) => host.mapView.map.getZoom()")
    shown.page.mouse.click(*shown.at(CORNER))
    shown.until(f"(host) => host.mapView.map.getZoom() > {before} + 1")
    host.evaluate(
        "(host, at) => host.mapView.setCases([{ number: 'N1', at, clock: 'soon', used: 0.5 }])", CORNER
    )
    host.evaluate("(host) => { host.mapView.setFilter(null); host.mapView.select('N1'); }")
    shown.go(CORNER, 17)
    shown.comes_to(lambda: [one["image"] for one in shown.seen("cases")], ["case-soon-4"])
    shown.comes_to(lambda: [one["id"] for one in shown.seen("chosen-halo")], ["N1"])
    x, y = shown.at(CORNER)
    shown.page.mouse.click(x, y - 20)
    expect(shown.page).to_have_url(re.compile("/app/officer/tasks/N1$"), timeout=WAIT_S * 1000)


def test_an_area_is_drawn_by_hand_or_as_a_box_or_given_up(shown: Shown) -> None:
    host, mouse = shown.host, shown.page.mouse
    inside, outside = spot(-30, 20), spot(60, -40)

    def drawn(how: str, *ways: tuple[float, float]) -> Any:
        host.evaluate(
            f"(host) => {{ host.area = undefined; host.mapView.{how}().then((area) => host.area = area); }}"
        )
        expect(shown.page.locator(".map-hint")).to_be_visible()
        if ways:
            mouse.move(*shown.at(ways[0]))
            mouse.down()
            for way in ways[1:]:
                mouse.move(*shown.at(way), steps=4)
            mouse.up()
        else:
            shown.page.keyboard.press("Enter" if how == "box" else "Escape")
        shown.until("(host) => host.area !== undefined")
        expect(shown.page.locator(".map-sheet")).to_have_count(0)
        return host.evaluate("(host) => host.area")

    corners = [spot(-50, 0), spot(-50, 40), spot(-10, 40), spot(-10, 0)]
    by_hand, boxed = shape(drawn("lasso", *corners)), shape(drawn("box", corners[0], corners[2]))
    for area in (by_hand, boxed):
        assert area.is_valid
        assert area.contains(Point(inside))
        assert not area.contains(Point(outside))
    assert by_hand.symmetric_difference(boxed).area < 0.1 * boxed.area
    assert drawn("lasso") is None
    in_view = shape(drawn("box"))
    assert in_view.contains(Point(inside)) and in_view.contains(Point(outside))
    assert drawn("lasso", corners[0], corners[0]) is None


def test_people_candidates_and_the_own_position_are_shown_and_a_point_is_picked(
    shown: Shown, watched: Watched
) -> None:
    host = shown.host
    host.evaluate(
        """(host, [near, east, west]) => {
            const ago = (minutes) => Date.now() - minutes * 60_000;
            host.mapView.setOfficers([
                { id: "a", name: "李 巡查", at: east, recorded_at: ago(0) },
                { id: "b", name: "Anna Berg", at: west, recorded_at: ago(20) },
                { id: "c", name: "王求助", at: near, recorded_at: ago(60), sos: true },
            ]);
            const [lon, lat] = near;
            const corners = [[lon, lat], [lon + 2e-4, lat], [lon, lat + 2e-4], [lon, lat]];
            const area = { type: "Polygon", coordinates: [corners] };
            host.mapView.setCandidates([{ rank: 1, at: near, area }, { rank: 2, at: [lon, lat + 4e-4] }]);
            host.mapView.showPosition(near, 30);
            host.picks = [];
            host.endPicking = host.mapView.pickPoint((at) => host.picks.push(at));
        }""",
        [CORNER, spot(60, 0), spot(-60, 0)],
    )
    shown.go(CORNER, 17)
    people = {"a": ("巡查", "officer-4"), "b": ("AB", "officer-1")}
    shown.comes_to(
        lambda: {one["id"]: (one["initials"], one["image"]) for one in shown.seen("officers")}, people
    )
    assert {one["id"] for one in shown.seen("officer-dots")} == set(people)
    assert {(one["id"], one["image"]) for one in shown.seen("officers-calling")} == {("c", "officer-sos")}
    assert {one["id"] for one in shown.seen("candidates")} == {"1", "2"}
    assert {
        one["id"] for layer in ("candidate-areas", "candidate-outlines") for one in shown.seen(layer)
    } == {"1"}
    shown.comes_to(lambda: (len(shown.seen("position")), len(shown.seen("position-accuracy"))), (1, 1))
    watched.keep_screenshot("map-people")
    host.locator("canvas").focus()
    shown.page.keyboard.press("ArrowRight")
    shown.until("(host) => host.picks.length > 1")
    shown.settled()
    lon, lat = host.evaluate("(host) => host.picks.at(-1)")
    assert 1e-4 < lon - CORNER[0] < 5e-3
    assert abs(lat - CORNER[1]) < 1e-5
    host.evaluate("(host) => host.endPicking()")
    expect(shown.page.locator(".map-cross")).to_have_count(0)


def test_of_many_people_those_who_moved_in_sight_are_drawn_anew_and_all_after_a_move_of_the_map(
    shown: Shown,
) -> None:
    host = shown.host
    far = (CORNER[0] + 0.5, CORNER[1])

    def stand(walked_deg: float) -> None:
        host.evaluate(
            """(host, [near, far, walked]) => {
                const place = (number) => [(number < 4 ? near : far)[0] + number * 4e-4 + walked, near[1]];
                host.mapView.setOfficers(Array.from({ length: 40 }, (_, number) => (
                    { id: `p${number}`, name: "李巡查", recorded_at: Date.now(), at: place(number) }
                )));
            }""",
            [CORNER, far, walked_deg],
        )
        shown.settled()

    def places() -> dict[str, float]:
        drawn = host.evaluate(
            """(host) => host.mapView.map.queryRenderedFeatures({ layers: ["officer-dots"] })
                .map((one) => [one.properties.id, one.geometry.coordinates[0]])"""
        )
        return {who: round(lon, 4) for who, lon in drawn}

    stand(0)
    shown.comes_to(places, {f"p{number}": round(CORNER[0] + number * 4e-4, 4) for number in range(4)})
    stand(3e-4)
    walked = {f"p{number}": round(CORNER[0] + number * 4e-4 + 3e-4, 4) for number in range(4)}
    shown.comes_to(places, walked)
    shown.go((far[0] + 6 * 4e-4, far[1]), 17.5)
    shown.comes_to(lambda: places().get("p6"), round(far[0] + 6 * 4e-4 + 3e-4, 4))
    # Fewer are there: who is gone is not left standing.
    host.evaluate("(host) => host.mapView.setOfficers([])")
    shown.comes_to(places, {})


def test_in_the_dark_everything_that_was_shown_is_there_in_other_colours(
    shown: Shown, watched: Watched
) -> None:
    host = shown.host
    host.evaluate(
        """(host, at) => {
            host.mapView.setCases([{ number: "N1", at, clock: "overdue" }]);
            host.mapView.select("N1");
            host.mapView.setOfficers([{ id: "a", name: "李巡查", at: [at[0] + 3e-4, at[1]], recorded_at: Date.now() }]);
        }""",
        CORNER,
    )
    shown.settled()
    layers = ("streets", "zones", "cases", "chosen-halo", "officers", "street-names")

    def drawn() -> dict[str, list[dict[str, Any]]]:
        return {layer: shown.seen(layer) for layer in layers}

    shown.comes_to(lambda: all(drawn().values()), True)
    before = drawn()
    watched.page.emulate_media(color_scheme="dark")

    def coloured(theme: str) -> int:
        return int((shown.pixels() == STREET[theme]).all(axis=1).sum())

    shown.comes_to(lambda: coloured("dark") > 5000 and coloured("light") < 500, True)
    shown.settled()
    shown.comes_to(drawn, before)
    assert watched.errors == []


def test_tiles_that_do_not_come_are_said_and_fetched_when_there_is_network_again(shown: Shown) -> None:
    shown.page.context.set_offline(True)
    shown.host.evaluate("(host, to) => host.mapView.map.jumpTo(to)", {"center": CORNER, "zoom": 15.5})
    expect(shown.page.locator(".map-lacking")).to_be_visible()
    shown.page.context.set_offline(False)
    expect(shown.page.locator(".map-lacking")).to_have_count(0, timeout=30_000)
    shown.settled()
    assert {one["name"] for one in shown.seen("streets")} == {"建设路"}
