"""The import wizard in a real browser: a layer in GCJ-02 with overlaps and GBK names becomes live zones, into which a
report then matches; what cannot be read says why; and where bays are missing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from shapely import LineString, Polygon
from sqlalchemy import Engine

from config import Config
from server import schema
from server.deployment import WORKER_ROLE
from tests.browser.conftest import Watched
from tests.browser.looking import cut_off, findings
from tests.factories import DISTRICT, JINSHA, PASSWORD, make_account, make_zone, report_json
from tests.postgres import METRIC_SRID, TestServer
from tests.server.maps.decoding import lay_street
from tests.server.places.layer_files import in_datum, shapefile
from tests.server.places.working import working
from tests.server.reports.street import REAL_PHOTOS, make_street, spot
from tests.serving import Served, serving

IMPORTING = "/app/importing"
FILE_MAX_BYTES = 300_000


@dataclass(frozen=True)
class District:
    """A server with a worker, three zones in force, two who manage zones and an officer."""

    served: Served
    names: dict[str, str]
    call: Callable[..., Any]


def strip(east_m: float, width_m: float = 10.0) -> Polygon:
    """A strip of a row north of the street."""
    return Polygon(spot(east_m + x, y) for x, y in ((0, 20), (width_m, 20), (width_m, 26), (0, 26)))


def crossing(east_m: float) -> Polygon:
    return Polygon(spot(east_m + x, y) for x, y in ((0, 20), (10, 26), (10, 20), (0, 26)))


@pytest.fixture(scope="module")
def district(
    browser: Browser, postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[District]:
    config = Config(var=tmp_path_factory.mktemp("importing") / "var", metric_srid=METRIC_SRID)
    with postgres.clone() as url:
        owner = postgres.owner(url)
        make_street(owner)
        _in_force(owner)
        names = {
            role: make_account(owner, role=role, organisation=home).username
            for role, home in (("zone_manager", DISTRICT), ("admin", DISTRICT), ("officer", JINSHA))
        }
        worker_url = schema.role_url(url, WORKER_ROLE, postgres.app_password)
        limit = {"import_max_bytes": FILE_MAX_BYTES}
        with (
            serving(
                config, database_url=url, app_database_url=postgres.app_url(url), settings=limit
            ) as running,
            working(worker_url, config),
        ):
            context = browser.new_context(base_url=running.url)
            tokens: dict[str, str] = {}

            def call(who: str, method: str, path: str, **sent: Any) -> Any:
                if who not in tokens:
                    given = {"username": names[who], "password": PASSWORD}
                    tokens[who] = context.request.post("/api/v1/auth/login", data=given).json()[
                        "access_token"
                    ]
                headers = {"Authorization": f"Bearer {tokens[who]}"}
                came = context.request.fetch(f"/api/v1{path}", method=method, headers=headers, **sent)
                assert came.ok, came.text()
                return came.json()

            yield District(running, names, call)
            context.close()


def _in_force(owner: Engine) -> None:
    lay_street(owner, "新金路", LineString([spot(-50, 16), spot(150, 16)]), 6.0)
    for number in (1, 2, 3):
        shape = json.loads(json.dumps(strip(number * 10 - 10).__geo_interface__))
        make_zone(owner, code=f"OLD-{number}", geometry=shape, properties={"street": "新金路"})


@pytest.fixture
def served(district: District) -> Served:
    """`watched` looks at the pages of this district."""
    return district.served


def layer(folder: Path) -> Path:
    """What the bureau was given: numbers of GCJ-02 under a .prj of WGS-84, names in GBK; of OLD-1 and OLD-2, which are
    in force, the second has another name; two of the new ones overlap, the border of one crosses itself."""
    zones = {
        "OLD-1": ("测试 OLD-1", strip(0)),
        "OLD-2": ("云帆鲜果铺", strip(10)),
        "NEW-1": ("小院水果店", strip(30)),
        "NEW-2": ("老张面馆", strip(39, 11)),
        "NEW-3": ("新华书店", crossing(50)),
    }
    columns = {
        "编号": list(zones),
        "MC_ZW": [name for name, _ in zones.values()],
        "镇街": [JINSHA] * len(zones),
        "路名": ["新金路"] * len(zones),
    }
    shapes = [in_datum(shape, "gcj02") for _, shape in zones.values()]
    data = shapefile(folder, shapes, columns, crs="EPSG:4326", encoding="GBK", cpg=False)
    path = folder / "门前责任区.zip"
    path.write_bytes(data)
    return path


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def amiss(page: Page) -> list[str]:
    return findings(page) + cut_off(page)


def steps(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="步骤").get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", level=2, name=name)).to_be_visible()


def test_a_layer_in_gcj02_with_overlaps_goes_from_file_to_live_zones_into_which_a_report_matches(
    browser: Browser, watched: Watched, district: District, tmp_path: Path
) -> None:
    page = watched.page
    sign_in(page, IMPORTING, district.names["zone_manager"])
    page.locator("input[type=file]").set_input_files(layer(tmp_path))
    page.get_by_role("button", name="上传并检查").click()

    doubt = page.get_by_role("alert").filter(has_text="gcj02")
    expect(doubt).to_contain_text("按 GCJ-02")
    expect(page.locator(".office-facts")).to_contain_text("GB18030")
    expect(page.locator(".office-table")).to_contain_text("测试 OLD-1")
    assert amiss(page) == []
    watched.keep_screenshot("importing-found")
    first = page.url
    page.get_by_label("名称").select_option("MC_ZW")
    page.get_by_label("街道（路名）").select_option("路名")
    doubt.get_by_role("button", name="重新读取").click()
    expect(page.get_by_role("navigation", name="步骤")).to_be_visible()
    expect(page).not_to_have_url(first)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("名称")).to_have_value("MC_ZW")

    steps(page, "检查报告")
    card = page.get_by_role("article")
    walk = page.locator(".importing-walk [role=status]")
    expect(walk).to_contain_text("第 1 处")
    all_of_them = walk.inner_text()
    kinds = page.locator(".importing-kinds-of-fault")
    kinds.get_by_role("button", name="边界自相交").click()
    expect(card).to_contain_text("NEW-3")
    card.get_by_role("button", name="采用修复").click()
    kinds.get_by_role("button", name="全部", exact=True).click()
    expect(walk).to_have_text(all_of_them, use_inner_text=True)
    seen = [card.inner_text()]
    for _ in range(page.locator(".importing-faults li").count() - 1):
        page.keyboard.press("n")
        expect(card).not_to_have_text(seen[-1], use_inner_text=True)
        seen.append(card.inner_text())
    assert any("NEW-2" in one and "重叠" in one for one in seen)
    page.keyboard.press("p")
    expect(card).to_have_text(seen[-2], use_inner_text=True)
    kinds.get_by_role("button", name="重叠").click()
    expect(page.locator("[data-map=ready]")).to_be_visible()
    page.get_by_role("button", name="采用此类全部修复").click()
    expect(page.get_by_text("已采用")).to_be_visible()
    assert amiss(page) == []
    watched.keep_screenshot("importing-report")

    steps(page, "对比")
    fates = page.locator(".importing-fates button")
    expect(fates).to_have_text(["新增 3", "变更 1", "文件中没有 3", "未变 1"])
    fates.filter(has_text="变更").click()
    expect(page.locator(".importing-zones li")).to_contain_text("测试 OLD-2 → 云帆鲜果铺")
    assert cut_off(page) == []
    watched.keep_screenshot("importing-difference")
    page.reload()
    expect(page.locator(".importing-zones li")).to_contain_text("云帆鲜果铺")
    here = page.url.split("?")[0]

    colleague = browser.new_page(base_url=district.served.url, locale="zh-CN")
    sign_in(colleague, f"{here}?step=apply", district.names["admin"])
    expect(colleague.get_by_text("1 个区有错误且未采用修复")).to_be_visible()
    steps(colleague, "检查报告")
    colleague.get_by_role("button", name="采用全部修复").click()
    steps(colleague, "生效")
    expect(colleague.get_by_text("将新增 3 个，变更 1 个")).to_be_visible()

    steps(page, "生效")
    expect(page.locator(".importing-sum")).to_contain_text("将新增 3 个，变更 1 个，1 个不变")
    assert cut_off(page) == []
    page.get_by_role("button", name="起生效").click()
    expect(page.locator(".importing-done")).to_contain_text("已生效")
    expect(page.locator(".importing-zones li")).to_have_count(5)
    assert amiss(page) == []
    watched.keep_screenshot("importing-applied")

    colleague.get_by_role("button", name="起生效").click()
    expect(colleague.locator(".importing-done")).to_contain_text("新增 3 个，变更 1 个")
    colleague.close()

    photo = REAL_PHOTOS / "drawn_04_goods.jpg"
    sent = report_json(at=spot(35, 23), captured_at=datetime.now(UTC), photos=[photo.read_bytes()])
    parts = {
        "report": json.dumps(sent),
        "photo": {"name": photo.name, "mimeType": "image/jpeg", "buffer": photo.read_bytes()},
    }
    receipt = district.call("officer", "PUT", f"/reports/{uuid4()}", multipart=parts)
    assert "NEW-1" in json.dumps(receipt["match"]), receipt

    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_text("这是上次导入前一天的图层")).to_be_visible()
    steps(page, "对比")
    expect(fates).to_have_text(["变更 1", "文件中没有 3", "未变 4"])
    steps(page, "生效")
    expect(page.locator(".importing-sum")).to_contain_text("文件中没有的 3 个停用")
    page.get_by_role("button", name="起生效").click()
    expect(page.locator(".importing-done")).to_contain_text("已确认")
    tomorrow = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)).date().isoformat()
    layer_then = district.call("zone_manager", "GET", f"/zones/frontage?at={tomorrow}")
    then = {one["properties"]["code"]: one["properties"]["name"] for one in layer_then["features"]}
    assert then["OLD-2"] == "测试 OLD-2" and not any(code.startswith("NEW") for code in then)
    assert watched.errors == [] and watched.strangers == []


def test_what_cannot_be_sent_or_read_says_why_and_what_to_do_and_the_page_stays_alive(
    watched: Watched, district: District, tmp_path: Path
) -> None:
    page = watched.page
    sign_in(page, IMPORTING, district.names["zone_manager"])
    file, send = page.locator("input[type=file]"), page.get_by_role("button", name="上传并检查")
    expect(page.get_by_text("最大 300 KB")).to_be_visible()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    for data, words in ((b"", "这个文件是空的"), (bytes(FILE_MAX_BYTES + 1), "超过上限 300 KB，没有上传")):
        file.set_input_files({"name": "layer.zip", "mimeType": "application/zip", "buffer": data})
        expect(page.get_by_role("alert")).to_contain_text(words)
        expect(send).to_be_disabled()
    assert sent == []
    assert amiss(page) == []

    corners = [list(corner) for corner in strip(70).exterior.coords]
    without_prj = shapefile(tmp_path, [Polygon(corners)], {"编号": ["A-1"]}, crs=None, encoding="GBK")
    file.set_input_files({"name": "无投影.zip", "mimeType": "application/zip", "buffer": without_prj})
    expect(page.get_by_role("alert")).to_have_count(0)
    held: list[Route] = []
    page.route("**/zones/*/imports", lambda route: held.append(route))
    send.click()
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_text("已取消")).to_be_visible()
    page.unroute("**/zones/*/imports")
    page.route("**/zones/*/imports", lambda route: route.abort())
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("网络断了")
    page.unroute("**/zones/*/imports")
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("多半是缺 .prj")
    assert amiss(page) == []
    page.get_by_label("坐标基准").select_option("cgcs2000")
    page.get_by_role("button", name="再发送一次").click()
    expect(page.get_by_role("navigation", name="步骤")).to_be_visible()
    expect(page.locator(".office-facts")).to_contain_text("cgcs2000")
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("width_px, theme", [(360, "dark")])
def test_every_step_and_the_gaps_are_for_everybody(
    watched: Watched, district: District, tmp_path: Path, width_px: int, theme: str
) -> None:
    data = layer(tmp_path).read_bytes()
    file = {"name": "layer.zip", "mimeType": "application/zip", "buffer": data}
    given = {"file": file, "options": json.dumps({"datum": "gcj02"})}
    made = district.call("zone_manager", "POST", "/zones/frontage/imports", multipart=given)
    page = watched.page
    # The first test has the map; drawn in software it is most of the work.
    page.route("**/assets/map-*", lambda route: route.abort())
    sign_in(page, IMPORTING, district.names["zone_manager"])
    expect(page.locator(".importing-list tbody tr").first).to_be_visible()
    page.evaluate("localStorage.setItem('frontage.language', 'en')")
    found: list[str] = []
    for part, awaited in (
        ("", ".importing-list tbody tr"),
        (f"/{made['id']}", ".importing-columns table"),
        (f"/{made['id']}?step=report", ".importing-faults li"),
        (f"/{made['id']}?step=difference&fate=gone", ".importing-zones li"),
        (f"/{made['id']}?step=apply", ".importing-sum"),
        ("/gaps", ".importing-zones li"),
    ):
        page.set_viewport_size({"width": width_px, "height": 844})
        page.goto(IMPORTING + part)
        expect(page.locator(awaited).first).to_be_visible()
        found += [f"{part}: {one}" for one in amiss(page)]
        page.set_viewport_size({"width": 2560, "height": 1200})
        found += [f"{part}, wide: {one}" for one in cut_off(page)]
    assert found == []
    page.locator(".importing-zones button").first.click()
    expect(page.locator(".importing-zones [aria-current]")).to_contain_text("新金路")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="CSV").click()
    lines = downloading.value.path().read_bytes().decode("utf-8-sig").splitlines()
    assert lines[0].startswith('"What"') and "新金路" in lines[1]
    shown = page.locator(".importing-zones li").count()
    assert len(lines) == 1 + shown
