"""The layer editor in a real browser: zones drawn to their neighbours, split, merged, a border moved and moved back, by
pointer and by keys; two editors of one border; what differs between two days."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from shapely import LineString

from config import Config
from server import schema
from server.deployment import WORKER_ROLE
from tests.browser.conftest import Watched
from tests.browser.looking import Looked
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account
from tests.postgres import METRIC_SRID, TestServer
from tests.server.maps.decoding import lay_street
from tests.server.places.plots import area_m2, draw_street, plot, spot
from tests.server.places.working import working
from tests.serving import Served, serving

LAYERS = "/app/layers"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
TOMORROW = (TODAY + timedelta(days=1)).isoformat()
PIXEL = "(host, at) => host.mapView.map.project(at)"
ZOOM = 19.5


@dataclass(frozen=True)
class District:
    """A server with three zones of 10 by 5 m side by side south of a street, and two managers of the district."""

    served: Served
    names: tuple[str, str]
    call: Callable[..., Any]
    working: Callable[[], AbstractContextManager[None]]

    def zone(self, code: str) -> Any:
        """The newest version."""
        return self.call("GET", f"/zones/frontage/{code}/versions?limit=1")["features"][0]


@pytest.fixture(scope="module")
def district(
    browser: Browser, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[District]:
    config = Config(var=tmp_path_factory.mktemp("layers") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        draw_street(owner, "A", "B", "C")
        lay_street(owner, "新金路", LineString([spot(-40, 30), spot(70, 30)]), 10.0)
        worker_url = schema.role_url(url, WORKER_ROLE, postgres.app_password)
        first, second = (
            make_account(owner, role="zone_manager", organisation=DISTRICT).username for _ in range(2)
        )
        with serving(config, database_url=url, app_database_url=postgres.app_url(url)) as running:
            context = browser.new_context(base_url=running.url)
            login = context.request.post(
                "/api/v1/auth/login", data={"username": second, "password": PASSWORD}
            )
            token = login.json()["access_token"]

            def call(method: str, path: str, **sent: Any) -> Any:
                came = context.request.fetch(
                    f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **sent
                )
                assert came.ok, came.text()
                return came.json()

            yield District(running, (first, second), call, lambda: working(worker_url, config))
            context.close()


@pytest.fixture
def served(district: District) -> Served:
    """`watched` looks at the pages of this district."""
    return district.served


@dataclass(frozen=True)
class Editor:
    """Somebody at the page."""

    page: Page

    @classmethod
    def open(cls, page: Page, name: str) -> Editor:
        page.goto(LAYERS)
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        made = cls(page)
        expect(made.host).to_have_attribute("data-map", "ready", timeout=30_000)
        made.host.evaluate(
            "(host, [center, zoom]) => host.mapView.map.jumpTo({ center, zoom })", [spot(20, 2), ZOOM]
        )
        expect(made.press("B 测试 B")).to_be_visible()
        return made

    @property
    def host(self) -> Locator:
        return self.page.locator(".map-view")

    @property
    def pane(self) -> Locator:
        return self.page.get_by_role("application")

    @property
    def notes(self) -> Locator:
        return self.page.locator(".layers-notes")

    def press(self, name: str, exact: bool = False) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    def pixel(self, east_m: float, north_m: float) -> tuple[float, float]:
        self.page.wait_for_function("(host) => !host.mapView.map.isMoving()", arg=self.host.element_handle())
        box, at = self.host.bounding_box(), self.host.evaluate(PIXEL, spot(east_m, north_m))
        assert box
        return box["x"] + at["x"], box["y"] + at["y"]

    def click(self, east_m: float, north_m: float, beside_px: tuple[int, int] = (0, 0)) -> None:
        x, y = self.pixel(east_m, north_m)
        self.page.mouse.move(x + beside_px[0], y + beside_px[1])
        self.page.mouse.click(x + beside_px[0], y + beside_px[1])

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.mouse.move(*self.pixel(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.pixel(*end), steps=3)
        self.page.mouse.up()

    def tell(self, **fields: str) -> None:
        for label, text in fields.items():
            self.page.get_by_label(label).fill(text)

    def save(self, button: str, said: str) -> None:
        self.tell(原因="现场核实")
        self.press(button, exact=True).click()
        expect(self.page.locator(".layers-saved")).to_contain_text(said)


def corners(feature: Any) -> list[list[float]]:
    (ring,) = feature["geometry"]["coordinates"]
    return list(ring)


def test_zones_are_drawn_to_neighbours_split_merged_and_their_borders_moved(
    watched: Watched, district: District
) -> None:
    editor = Editor.open(watched.page, district.names[0])
    page, looked = watched.page, Looked(watched.page, watched.keep_screenshot)
    looked.at("layers_list")

    # Drawn beside C: its corners are met exactly, wherever the pointer came down near them.
    editor.press("新画一个区").click()
    editor.click(30, 0, beside_px=(5, 4))
    expect(editor.notes).to_contain_text("贴到 C 的角点")
    for place in [(40, 0), (40, 5)]:
        editor.click(*place)
    editor.click(30, 5, beside_px=(4, -5))
    watched.keep_screenshot("layers_drawing")
    editor.click(30, 0, beside_px=(3, 3))
    save = editor.press("保存新区")
    expect(page.locator(".layers-trial")).to_contain_text("不重叠、不留缝")
    editor.drag((40, 5), (35, -4))
    expect(editor.notes).to_contain_text("轮廓自己相交")
    expect(save).to_be_disabled()
    looked.at("layers_crossing")
    editor.press("撤销一步").click()
    expect(save).to_be_enabled()
    editor.tell(代码="D", 名称="新店")
    page.locator(".layers-form").get_by_label("镇街").select_option(JINSHA)
    editor.save("保存新区", "D")
    drawn = district.zone("D")
    assert {tuple(at) for at in corners(drawn)} >= {tuple(spot(30, 0)), tuple(spot(30, 5))}
    assert area_m2(drawn["geometry"]) == pytest.approx(50, rel=0.02)
    lon, lat = spot(35, 2)
    there = district.call("GET", f"/match?lon={lon}&lat={lat}&accuracy_m=3&at={TOMORROW}")
    assert there["frontage"]["code"] == "D"

    # Reaching into A by half a metre is told before it is saved, and cut off.
    editor.press("知道了").click()
    editor.click(35, 2)
    expect(page.get_by_role("heading", name="D 新店")).to_be_visible()
    editor.press("改形状").click()
    editor.drag((30, 5), (29.5, 6))
    expect(page.locator(".layers-trial")).to_contain_text("与 C 重叠")
    watched.keep_screenshot("layers_overlap")
    assert looked.amiss == []
    editor.press("放弃", exact=True).first.click()

    editor.press("切分").click()
    editor.click(34, -2)
    editor.click(34, 7)
    page.keyboard.press("Enter")
    editor.save("切分", "D、D-2")
    assert area_m2(district.zone("D")["geometry"]) == pytest.approx(30, rel=0.05)
    editor.press("知道了").click()
    editor.press("合并").click()
    editor.press("D-2 新店").click()
    editor.save("合并", "D、D-2")
    assert district.zone("D-2")["properties"]["valid_to"] or district.zone("D-2")["properties"]["withdrawn"]

    # A border by keys: its ends slide along the outline, both zones follow, and undo brings the old one back.
    before = district.zone("A")["geometry"]
    both_m2 = sum(area_m2(district.zone(code)["geometry"]) for code in "AB")
    editor.press("返回列表").click()
    editor.press("A 测试 A").click()
    editor.press("移动共有边界").click()
    editor.press("B 测试 B").click()
    expect(page.locator(".layers-surface .half")).to_have_count(2)
    editor.pane.focus()
    for _ in range(2):
        page.keyboard.press("n")
        page.keyboard.press("Shift+ArrowRight")
    looked.at("layers_border")
    editor.save("保存新边界", "A、B")
    moved = area_m2(district.zone("A")["geometry"])
    assert moved == pytest.approx(55, abs=0.1)
    assert moved + area_m2(district.zone("B")["geometry"]) == pytest.approx(both_m2, abs=1e-3)
    editor.press("撤销 移界").first.click()
    expect(page.locator(".layers-saved")).to_contain_text("撤销已保存")
    assert district.zone("A")["geometry"] == before

    page.get_by_role("button", name="版本", exact=True).click()
    page.get_by_label("日期", exact=True).fill(TOMORROW)
    editor.press("与另一天比较").click()
    page.get_by_label("从", exact=True).fill(TODAY.isoformat())
    # With what the other editors of this file left, where they came first.
    expect(page.locator(".layers-counts")).to_have_text(re.compile("新增 (1.*改动 0|2.*改动 2).*停用 0"))
    looked.at("layers_difference")
    assert looked.amiss == []
    assert watched.errors == watched.strangers == []


def test_the_second_of_two_editors_of_a_border_sees_what_the_first_did_and_tries_again_by_keys(
    browser: Browser, watched: Watched, district: District
) -> None:
    editor = Editor.open(watched.page, district.names[0])
    page = watched.page
    editor.press("B 测试 B").click()
    editor.press("移动共有边界").click()
    editor.press("C 测试 C").click()
    expect(page.locator(".layers-surface .half")).to_have_count(2)
    editor.pane.focus()
    for key in ("n", "Shift+ArrowLeft", "n", "Shift+ArrowLeft"):
        page.keyboard.press(key)

    # Meanwhile the other one moves the same border the other way.
    zones = [{"code": code, "version": district.zone(code)["properties"]["version"]} for code in "BC"]
    line = {"type": "LineString", "coordinates": [spot(22, -1), spot(22, 6)]}
    district.call("POST", "/zones/frontage/border", data={"zones": zones, "line": line, "note": "店铺扩大"})

    editor.tell(原因="缩回一米")
    editor.press("保存新边界").click()
    told = page.get_by_role("region", name="有人先改了")
    expect(told).to_contain_text("店铺扩大")
    expect(page.locator(".layers-surface .theirs")).to_have_count(2)
    expect(page.locator(".layers-surface .draft")).to_have_count(1)
    looked = Looked(page, watched.keep_screenshot)
    looked.at("layers_conflict")
    watched.keep_screenshot("layers_conflict")
    editor.press("在对方的基础上再试").click()
    editor.save("保存新边界", "B、C")
    assert area_m2(district.zone("B")["geometry"]) == pytest.approx(45, abs=0.2)
    for code in "BC":
        assert district.zone(code)["properties"]["version"] == zones["BC".index(code)]["version"] + 2

    # A zone drawn without a pointer: at the corner of A, then back to where it began.
    editor.press("知道了").click()
    editor.press("新画一个区").click()
    editor.host.evaluate("(host, center) => host.mapView.map.jumpTo({ center })", spot(0.3, 5.2))
    editor.pane.focus()
    for key in ("s", " ", *["ArrowUp"] * 9, " ", *["ArrowRight"] * 9, " ", "Enter"):
        page.keyboard.press(key)
    editor.tell(代码="K", 名称="键盘")
    editor.save("保存新区", "K")
    assert spot(0, 5) in corners(district.zone("K"))

    for width_px, language, parts in (
        (360, "zh-CN", ("编辑", "版本", "重判", "生成")),
        (2560, "en", ("Edit", "Versions", "Re-match", "Draw strips")),
    ):
        page.set_viewport_size({"width": width_px, "height": 900})
        page.evaluate("(language) => localStorage.setItem('frontage.language', language)", language)
        page.reload()
        expect(editor.host).to_have_attribute("data-map", "ready", timeout=30_000)
        for part in parts:
            page.locator(".layers-head").get_by_role("button", name=part, exact=True).click()
            expect(page.locator(".blank")).to_have_count(0)
            looked.at(f"layers_{width_px}_{part}")
    assert looked.amiss == []
    assert [one for one in watched.errors if "409" not in one] == watched.strangers == []


def test_strips_are_drawn_along_a_street_looked_at_and_handed_to_the_import_or_cancelled(
    watched: Watched, district: District
) -> None:
    editor = Editor.open(watched.page, district.names[0])
    page = watched.page
    page.locator(".layers-head").get_by_role("button", name="生成", exact=True).click()
    houses = [{"type": "Feature", "properties": {"id": name}, "geometry": plot(west, west + 12, 38, 50)}
              for name, west in (("a", 0), ("b", 16))]  # fmt: skip
    content = json.dumps({"type": "FeatureCollection", "features": houses}).encode()

    def order() -> None:
        expect(page.get_by_role("checkbox", name="新金路")).to_be_checked()
        page.get_by_label("房屋轮廓文件").set_input_files(
            {"name": "houses.geojson", "mimeType": "application/geo+json", "buffer": content}
        )
        page.locator(".layers-form").get_by_label("镇街").select_option(JINSHA)
        page.get_by_label("相邻间隔上限").fill("3")
        editor.press("开始生成").click()
        expect(page.get_by_text("排队等候")).to_be_visible()

    order()
    editor.press("取消生成").click()
    expect(page.get_by_text("已取消，什么也没有保存")).to_be_visible()
    editor.press("另做一次").click()
    order()
    with district.working():
        expect(page.get_by_text("画出 2 个门前责任区")).to_be_visible(timeout=90_000)
    shown = "(host) => host.mapView.map.querySourceFeatures('layers-zones', { filter: ['==', 'look', 'added'] }).length"
    page.wait_for_function(f"() => ({shown})(document.querySelector('.map-view')) > 0")
    looked = Looked(page, watched.keep_screenshot)
    looked.at("layers_strips")
    watched.keep_screenshot("layers_strips")
    assert looked.amiss == []
    assert "320612001-F00001" not in [
        one["properties"]["code"] for one in district.call("GET", "/zones/frontage")["features"]
    ]
    page.get_by_role("link", name="比较差异并生效").click()
    expect(page).to_have_url(re.compile("/app/importing/"))
    assert watched.errors == watched.strangers == []
