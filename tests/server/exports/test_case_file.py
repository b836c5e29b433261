"""The printable case file: Chinese, archival, with embedded fonts, and nothing that anybody wrote is ever run."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from pypdf import PdfReader
from sqlalchemy import Engine, text

from server.exports import sketch, timeline
from server.exports.exporting import Exporter
from server.exports.paper import Printer
from server.places.editing.limited import LimitedChild
from server.problems.exports import CaseFileLimit
from server.problems.request import Internal
from tests.factories import JINSHA
from tests.server.exports.conftest import HOSTILE, Case, SignIn, act, exports_of, unpacked

Take = Callable[..., bytes]
A4_POINTS = (595.28, 841.89)


@pytest.fixture
def exporter(app: OpenAPI) -> Exporter:
    made: Exporter = app.extensions["frontage"].exporter
    return made


def words(pdf: bytes) -> str:
    """All text of all pages, without what only lays it out: spaces, line ends, places where a word may break."""
    told = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join(told.replace("\u200b", "").split())


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Every font of the file, and whether it is inside."""
    found: dict[str, bool] = {}
    objects = PdfReader(io.BytesIO(pdf))
    for page in objects.pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            whole = font.get_object()
            for child in [whole, *(one.get_object() for one in whole.get("/DescendantFonts", []))]:
                if "/FontDescriptor" in child:
                    inside = {"/FontFile", "/FontFile2", "/FontFile3"} & set(child["/FontDescriptor"])
                    found[str(child["/BaseFont"])] = bool(inside)
    return found


def test_it_says_what_the_case_is_in_chinese_with_every_digest_and_the_head(
    take: Take, case: Case, owner: Engine
) -> None:
    pdf = take("file.pdf")
    told = words(pdf)
    (entry,) = exports_of(owner, case.number)
    for wanted in (
        "通州区城市管理局",
        "城市管理案卷",
        f"编号{case.number}",
        "一、基本情况",
        "二、位置示意图",
        "四、办理经过",
        "立案",
        "待立案→已立案",
        "F0296",
        case.officer,
        "七、完整性与核验",
        entry["as_of"]["head"],
        *case.photos,
    ):
        assert wanted in told, wanted
    assert "打印2026-09-0110:00:00" in told


def test_it_is_a4_numbered_and_archival_with_every_font_inside(take: Take) -> None:
    pdf = take("file.pdf")
    reader = PdfReader(io.BytesIO(pdf))
    for number, page in enumerate(reader.pages, start=1):
        assert tuple(page.mediabox[2:]) == pytest.approx(A4_POINTS, abs=0.1)
        assert f"第{number}页共{len(reader.pages)}页" in "".join(page.extract_text().split())
    fonts = fonts_of(pdf)
    assert any("NotoSerifCJK" in name for name in fonts) and all(fonts.values()), fonts
    metadata = reader.xmp_metadata
    assert metadata is not None and b"pdfaid" in metadata.stream.get_data()


def test_it_shows_stamped_copies_and_not_the_originals(take: Take, case: Case) -> None:
    pictures = [image for page in PdfReader(io.BytesIO(take("file.pdf"))).pages for image in page.images]
    assert len(pictures) == 2
    assert not {hashlib.sha256(picture.data).hexdigest() for picture in pictures} & set(case.photos)


def test_planted_markup_stands_there_as_it_was_written(take: Take) -> None:
    told = words(take("file.pdf"))
    planted = "".join(HOSTILE.split())
    assert told.count(planted) >= 1
    assert "#strong[planted]" in told
    assert "root:" not in told


def test_taking_one_is_an_entry_of_the_ledger_with_the_digest_of_the_file(
    take: Take, owner: Engine, case: Case
) -> None:
    pdf = take("file.pdf")
    (entry,) = exports_of(owner, case.number)
    assert (entry["file"], entry["digest"]) == ("case_file", hashlib.sha256(pdf).hexdigest())
    assert "打印一事已记入本案流水" in words(pdf)
    take("file.pdf")
    assert len(exports_of(owner, case.number)) == 2


def test_one_that_takes_too_long_is_given_up_and_noted_nowhere(
    case: Case, exporter: Exporter, owner: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    child = LimitedChild(exporter.printer.child.module, 0.05, 2**31, 1)
    object.__setattr__(exporter, "printer", replace(exporter.printer, child=child))
    answer = client.get(f"/api/v1/cases/{case.number}/file.pdf", headers=sign_in("dispatcher"))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "case_file_limit")
    assert exports_of(owner, case.number) == []
    assert list(exporter.printer.scratch.iterdir()) == []


def test_a_child_without_room_is_given_up(exporter: Exporter, tmp_path: Path) -> None:
    tight = LimitedChild(exporter.printer.child.module, 20.0, 64 * 2**20, 1)
    with pytest.raises(CaseFileLimit):
        Printer(tight, tmp_path, exporter.printer.fonts).set({}, {})


def test_data_the_template_does_not_know_is_a_defect_and_told_as_one(
    exporter: Exporter, tmp_path: Path
) -> None:
    with pytest.raises(Internal):
        Printer(exporter.printer.child, tmp_path / "set", exporter.printer.fonts).set({"number": "x"}, {})
    assert list((tmp_path / "set").iterdir()) == []


def test_photos_beyond_the_limit_are_listed_and_not_shown(take: Take, exporter: Exporter, case: Case) -> None:
    object.__setattr__(exporter, "pictures_max", 1)
    pdf = take("file.pdf")
    assert len([image for page in PdfReader(io.BytesIO(pdf)).pages for image in page.images]) == 1
    assert "未附副本" in words(pdf) and case.photos[1] in words(pdf)


def test_a_case_whose_reports_the_asker_may_not_see_still_has_a_file(
    take: Take, case: Case, owner: Engine, sign_in: SignIn
) -> None:
    with owner.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(
            "UPDATE report SET organisation_id = (SELECT id FROM organisation WHERE kind = 'district')"
        )
    told = words(take("file.pdf", sign_in("handler", organisation=JINSHA)))
    assert "2件不在打印人的查看范围内" in told and "位置示意图" not in told and "无照片" in told


def test_entries_that_are_not_known_are_named_by_their_code(take: Take, case: Case, owner: Engine) -> None:
    act(owner, case.number, "patrol.looked_in", '["no object"]')
    assert "其他记录（patrol.looked_in）" in words(take("file.pdf"))


def test_cases_that_belong_together_are_named(take: Take, case: Case, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO case_file (number, state, organisation_id, category, place, reporter_id, opened_at, "
            "merged_into) "
            "SELECT number || '-M', 'merged', organisation_id, category, place, reporter_id, opened_at, id "
            "FROM case_file"
        )
    assert f"并入本案{case.number}-M" in words(take("file.pdf"))


@pytest.mark.parametrize(
    "body, told",
    [
        ({"from": "reported", "to": "registered"}, "待立案→已立案，待派遣"),
        ({"from": "closed", "to": "closed", "reason": "r"}, "理由：r"),
        ({"routed_to": "1", "reason": "township_answers"}, "派向 镇"),
        ({"body": "1", "note": "n"}, "说明：n；单位：镇"),
        ({"body": 7, "note": None}, ""),
    ],
)
def test_what_an_entry_says_further_is_told_in_words(body: dict, told: str) -> None:
    assert timeline.details(body, {"1": "镇"}) == told


# --- The sketch ------------------------------------------------------------------------------------------------


def square(x: float, y: float) -> dict:
    ring = [[x, y], [x + 10, y], [x + 10, y + 5], [x, y + 5], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def drawn(**others: object) -> ElementTree.Element:
    around = {
        "zones": [
            {"kind": "frontage", "code": "F<1>&", "name": "a", "shape": square(0, 0)},
            {
                "kind": "parking",
                "code": "P2",
                "name": "b",
                "shape": {"type": "MultiPolygon", "coordinates": []},
            },
            {"kind": "site", "code": "S3", "name": "c", "shape": None},
        ],
        "streets": [
            {
                "name": '"><script>',
                "width_m": None,
                "shape": {"type": "MultiLineString", "coordinates": [[[-40, -9], [40, -9]]]},
            },
            {"name": None, "width_m": 4.0, "shape": {"type": "GeometryCollection", "geometries": []}},
        ],
        **others,
    }
    made = sketch.draw(around, half_m=40.0, accuracy_m=5.0, bearing_deg=90.0, chosen=["F<1>&"])
    return ElementTree.fromstring(made)


def test_a_sketch_is_well_formed_whatever_things_are_called() -> None:
    svg = drawn()
    texts = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "F<1>&" in texts and '"><script>' in texts and "北 N" in texts and "20 米" in texts
    assert {one.tag.rpartition("}")[2] for one in svg.iter()} == {
        "svg",
        "rect",
        "path",
        "circle",
        "line",
        "text",
    }


def test_a_sketch_has_north_up_and_the_camera_looking_where_it_did() -> None:
    svg = drawn()
    line = next(svg.iter("{http://www.w3.org/2000/svg}line"))
    assert float(line.attrib["x2"]) > 5 and abs(float(line.attrib["y2"])) < 0.01
    zone = next(
        one for one in svg.iter("{http://www.w3.org/2000/svg}path") if one.attrib.get("stroke") == "#b3391b"
    )
    assert zone.attrib["d"].startswith("M 0 0 L 10 0 L 10 -5")


def test_names_on_a_sketch_leave_the_fix_and_each_other_alone() -> None:
    zones = [
        {"kind": "frontage", "code": f"320612001-F{number}", "name": "a", "shape": square(number - 5, 0)}
        for number in range(30)
    ]
    texts = [one.text for one in drawn(zones=zones).iter("{http://www.w3.org/2000/svg}text")]
    shown = [words for words in texts if words and words.startswith("F")]
    assert 2 < len(shown) < 10 and "F0" not in shown and len(set(shown)) == len(shown)


def test_a_sketch_reaches_farther_for_a_poor_fix_and_never_too_far() -> None:
    assert [sketch.half_width_m(accuracy) for accuracy in (0.0, 20.0, 5000.0)] == [40.0, 60.0, 150.0]


def test_a_zone_that_a_person_chose_stands_in_the_file_and_every_choice_in_the_bundle(
    take: Take, case: Case, client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    headers = sign_in("dispatcher")
    with owner.connect() as connection:
        version = connection.execute(text("SELECT version FROM case_file")).scalar_one()
    chosen = {"version": version, "zone": {"kind": "frontage", "code": "F0297"}, "note": "店主指认"}
    path = f"/api/v1/cases/{case.number}/actions/choose_zone"
    answer = client.post(path, json=chosen, headers=headers)
    assert answer.status_code == 200, answer.text

    told = words(take("file.pdf"))
    assert "人工认定F0297" in told and "认定责任区" in told and "（F0297）" in told
    (kept,) = orjson.loads(unpacked(take("bundle"))["case.json"])["zone_choices"]
    assert (kept["code"], kept["version"], kept["holds"]) == ("F0297", 1, True)
