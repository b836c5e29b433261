"""Files of subjects: what was checked is what is applied, and what a file can do wrong is told by row."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import CORNER, JINXIN
from tests.server.world import SignIn

API = "/api/v1/subjects"
HEADINGS = ("编号", "名称", "类别", "证照号", "责任区", "第一责任人", "第一责任人电话", "第二责任人")


def workbook(*rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (headings, *rows):
        sheet.append(row)
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


@pytest.fixture
def zones(owner: Engine) -> list[str]:
    factories.make_organisations(owner)
    return [factories.make_zone(owner, at=(CORNER[0] + step * 1e-3, CORNER[1])) for step in range(3)]


def test_a_dry_run_writes_nothing_and_what_it_says_is_what_is_applied(
    client: FlaskClient, sign_in: SignIn, owner: Engine, zones: list[str]
) -> None:
    desk = sign_in("handler")
    there = factories.make_subject(owner, zone=zones[0], name="小满水果店", occupier="老板")
    file = workbook(
        (there.code, "大满水果店", None, None, f"{zones[0]},{zones[1]}", "老板", 4711, "房东"),
        (None, "谷雨面馆", "商户", "91320612MA1", zones[2], "面老板", "000-1", None),
    )

    def send(data: bytes, **query: str) -> Any:
        asked = {"name": "名册.xlsx", **query}
        return client.post(f"{API}/imports", query_string=asked, data=data, headers=desk)

    before = client.get(f"{API}?limit=100", headers=desk).get_json()
    checked = send(file)
    assert checked.status_code == 200, checked.text
    plan = checked.get_json()
    assert plan["counts"] == {"new": 1, "changed": 1, "unchanged": 0, "faulty": 0}
    assert plan["items"][0]["changes"] == ["name", "person_1", "person_2", f"zone {zones[1]}"]
    assert client.get(f"{API}?limit=100", headers=desk).get_json() == before
    # Another file under the plan of this one: nobody looked at that.
    other = send(workbook((None, "别家", "商户", "1", zones[2], None, None, None)), plan=plan["plan"])
    assert (other.status_code, other.get_json()["code"]) == (409, "subject_import_outdated")

    applied = send(file, plan=plan["plan"]).get_json()

    assert applied == {**plan, "applied": True}
    after = client.get(f"{API}?limit=100", headers=desk).get_json()["items"]
    assert [(one["name"], [z["zone"] for z in one["zones"]]) for one in after] == [
        ("大满水果店", zones[:2]),
        ("谷雨面馆", zones[2:]),
    ]
    assert after[0]["code"] == there.code and after[0]["responsible"]["phone"] == "4711"
    # The same rows again, as CSV: nothing is left to do.
    lines = ["编号,名称,类别,证照号,责任区,第一责任人", f",谷雨面馆,商户,91320612MA1,{zones[2]},面老板"]
    again = send("\n".join(lines).encode("gb18030")).get_json()
    assert again["counts"] == {"new": 0, "changed": 0, "unchanged": 1, "faulty": 0}


def test_every_fault_of_a_file_is_told_with_its_row_and_nothing_of_it_is_written(
    client: FlaskClient, sign_in: SignIn, owner: Engine, zones: list[str]
) -> None:
    there = factories.make_subject(owner, zone=zones[0], licence="91320612MA1")
    elsewhere = factories.make_zone(owner, at=(CORNER[0] + 0.1, CORNER[1]), township=JINXIN)
    desk = sign_in("handler")
    file = workbook(
        (None, "甲", "商户", None, zones[0], None, None, None),
        (None, "乙", "宫殿", None, zones[1], None, None, None),
        (None, "丙", None, 913206121234567890, zones[1], None, None, None),
        ("S-999999", "丁", None, None, zones[1], None, None, None),
        (None, "戊", None, None, elsewhere, None, None, None),
        (None, "己", None, None, None, None, None, None),
        (None, "庚", None, None, "nowhere", None, None, None),
        (None, "辛", None, "91320612MA1", zones[2], None, None, None),
        (None, "壬", None, None, zones[2], None, None, None),
    )
    answer = client.post(f"{API}/imports?name=x", data=file, headers=desk)
    plan = answer.get_json()
    found = {
        (fault["path"], fault["message"].split(" / ")[1]) for one in plan["items"] for fault in one["faults"]
    }
    assert {
        (
            "/rows/2/zones",
            f"{there.code} answers for zone {zones[0]}; a change of tenant is made on the page",
        ),
        ("/rows/3/kind", "unknown kind \u201c宫殿\u201d"),
        ("/rows/4/licence", "the cell is a number and has lost its last digits; make it text"),
        ("/rows/5/code", "no subject has the code S-999999"),
        ("/rows/6/zones", "the zone belongs to another township"),
        ("/rows/7/licence", "a code, a licence or a zone is wanted"),
        ("/rows/8/zones", "there is no zone nowhere"),
        ("/rows/10/zones", "as in line 9"),
    } <= found
    refused = client.post(f"{API}/imports?name=x&plan={plan['plan']}", data=file, headers=desk)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "subject_rows_refused")
    assert len(client.get(API, headers=desk).get_json()["items"]) == 1

    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 70_000_000)
    for data, why in (
        (bomb.getvalue(), "too large when unpacked"),
        (b"PK\x03\x04 no zip", "not a workbook"),
    ):
        answer = client.post(f"{API}/imports?name=x", data=data, headers=desk)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "subject_file_refused")
        assert why in answer.get_json()["errors"][0]["message"]
