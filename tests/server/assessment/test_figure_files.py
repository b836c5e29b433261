"""Files of figures: the sums of the workbook are those of the answer and of the rows behind it, typed, quoted, and no
more than who asks may see; nobody reads on for who has gone; a report on paper says the same."""

from __future__ import annotations

import csv
import io
import socket
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import Engine

from config import Config
from server.assessment.formulas import MEASURES
from server.exports.month_report import before
from server.messages import say
from tests.factories import DISTRICT, JINXIN, NOW
from tests.server.assessment.test_indicators import API, DECEMBER, SAMPLE, make_cases
from tests.server.cases.desk import make_desk
from tests.server.patrol.covered import cover_all, make_street

SignIn = Callable[..., dict[str, str]]
SEPTEMBER = {"from": "2026-09-01", "to": "2026-09-30"}
CASES = 12
EVIL = '=HYPERLINK("http://example.com")'


@pytest.fixture
def config(config: Config) -> Config:
    return config.model_copy(update={"indicator_workbook_rows_max": CASES})


@pytest.fixture
def manager(owner: Engine, client: FlaskClient, sign_in: SignIn) -> dict[str, str]:
    """December 2016: seven in time, three late in another township, two outside all of them."""
    headers = sign_in("zone_manager", organisation=DISTRICT)
    make_cases(owner, 7, closed=True)
    make_cases(owner, 3, closed=True, late=True, township=JINXIN, rounds=1)
    make_cases(owner, 2, due=None, registered=False, township=None)
    assert client.post(f"{API}/indicators/sets", json=SAMPLE, headers=headers).status_code == 201
    return headers


def got(client: FlaskClient, headers: dict[str, str], path: str, **query: Any) -> Any:
    answer = client.get(f"{API}{path}", query_string={**DECEMBER, **query}, headers=headers)
    assert answer.status_code == 200, answer.text[:300]
    return answer


def both(key: str) -> str:
    return " ".join(say(key).values())  # type: ignore[arg-type]


def sheets(data: bytes) -> list[list[list[Any]]]:
    """Values of each sheet, by row."""
    book = load_workbook(io.BytesIO(data), data_only=True)
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]


def test_sums_on_the_screen_in_the_workbook_and_of_the_rows_behind_are_the_same(
    client: FlaskClient, manager: dict[str, str]
) -> None:
    told = got(client, manager, "/indicators", by="township").get_json()
    answer = got(client, manager, "/indicators.xlsx", by="township")
    inputs, (heads, total, *others), (columns, *cases), *_ = sheets(answer.data)
    assert answer.headers["X-Rows"] == str(len(cases)) == str(CASES)
    groups, checked = others[:3], others[-1]
    for measure in MEASURES:
        head = both(f"measure.{measure}")
        at, of_case = heads.index(head), columns.index(head)
        listed = got(client, manager, "/indicators/cases", measure=measure, limit=100).get_json()["items"]
        shown = told["total"]["measures"].get(measure, 0)
        assert total[at] == checked[at] == sum(group[at] for group in groups) == shown == len(listed)
        assert sum(case[of_case] or 0 for case in cases) == shown
    assert total[heads.index("按期结案率 on-time closing rate")] == 0.7
    said = {name: value for name, value, *_ in inputs if name}
    assert said[both("file.cases")] == CASES
    assert said[both("file.made_at")] == datetime(2026, 9, 1, 10)
    assert said[both("file.sample")] == both("file.sample_yes")
    only = got(client, manager, "/indicators/cases.csv", measure="reworked")
    assert only.headers["X-Rows"] == "3"


def test_cells_are_typed_no_text_is_a_formula_and_nobody_takes_more_than_they_see(
    client: FlaskClient, owner: Engine, sign_in: SignIn, manager: dict[str, str]
) -> None:
    desk = make_desk(client, owner, sign_in)
    number = desk.open(note=EVIL, captured_at=NOW)
    data = got(client, manager, "/indicators.xlsx", **SEPTEMBER).data
    _, _, (columns, row), *_ = sheets(data)
    case = dict(zip(columns, row, strict=True))
    assert case[both("file.case_number")] == number
    assert case[both("file.case_opened_at")] == datetime(2026, 9, 1, 10)
    assert isinstance(case[both("file.case_lon")], float)
    assert case[both("file.case_note")] == f"'{EVIL}"
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet3.xml")
    text = got(client, manager, "/indicators/cases.csv", **SEPTEMBER).data
    assert text.startswith("\ufeff".encode())
    (line,) = csv.DictReader(io.StringIO(text.decode("utf-8-sig")))
    assert (line["note"], line["opened_at"]) == (f"'{EVIL}", "2026-09-01T10:00:00+08:00")
    here, moved = (
        got(client, manager, "/indicators/cases.geojson", datum=datum, **SEPTEMBER).get_json()
        for datum in ("wgs84", "gcj02")
    )
    assert (here["datum"], moved["datum"]) == ("wgs84", "gcj02")
    assert here["features"][0]["properties"]["note"] == EVIL
    places = [one["features"][0]["geometry"]["coordinates"] for one in (here, moved)]
    assert 0.001 < abs(places[0][0] - places[1][0]) < 0.01
    strangers = sign_in("handler", organisation=JINXIN)
    for path in ("/indicators.xlsx", "/indicators/cases.csv", "/indicators/cases.geojson"):
        assert got(client, strangers, path, **SEPTEMBER).headers["X-Rows"] == "0"
    theirs = got(client, strangers, "/indicators/cases.csv")
    assert theirs.headers["X-Rows"] == "3"


def test_who_has_gone_is_read_for_no_further_and_who_comes_next_is_served(
    app: OpenAPI, client: FlaskClient, manager: dict[str, str]
) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        there = {"gunicorn.socket": ours}
        address = f"{API}/indicators/cases.csv?from=2016-12-01&to=2016-12-31"
        waiting = client.get(address, headers=manager, environ_overrides=there)
        assert len(waiting.data.splitlines()) == 1 + CASES
        theirs.close()
        left = client.get(
            f"{API}/indicators.xlsx?from=2016-12-01&to=2016-12-31", headers=manager, environ_overrides=there
        )
        assert left.status_code == 400
    scratch = app.extensions["frontage"].config.var / "workbooks"
    assert list(scratch.iterdir()) == []
    # More of them than files are made at once: each gave back what it held.
    for _ in range(3):
        assert got(client, manager, "/indicators.xlsx").headers["X-Rows"] == str(CASES)


def test_a_workbook_that_would_be_too_long_says_what_to_take_instead(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    make_cases(owner, 1)
    answer = client.get(f"{API}/indicators.xlsx", query_string=DECEMBER, headers=manager)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "workbook_too_long")
    assert (answer.get_json()["limit"], answer.get_json()["rows"]) == (CASES, CASES + 1)
    assert got(client, manager, "/indicators/cases.csv").headers["X-Rows"] == str(CASES + 1)


def test_coverage_stands_beside_the_figures_as_coverage_itself_tells_it(
    client: FlaskClient, owner: Engine, manager: dict[str, str]
) -> None:
    make_street(owner, 3)
    cover_all(owner)
    beside = got(client, manager, "/indicators", coverage="true", by="township,month", **SEPTEMBER).get_json()
    alone = client.get(f"{API}/coverage/summary", query_string=SEPTEMBER, headers=manager).get_json()
    group = next(one for one in beside["items"] if one["month"] == "2026-09")
    for one in (beside["total"], group):
        assert one["coverage"]["fronts"] == alone["total"]["zones"] == 3
        assert one["coverage"]["due_m"] == alone["total"]["length_m"] > 0
    years = got(client, manager, "/indicators", coverage="true", **{"from": "2017-01-01", "to": "2026-09-01"})
    assert years.get_json()["coverage"] == {"left_out": "too_long"}
    later = got(client, manager, "/indicators", coverage="true", **{"from": "2027-01-01", "to": "2027-01-31"})
    assert later.get_json()["coverage"] == {"left_out": "not_yet"}
    by_category = got(client, manager, "/indicators", coverage="true", by="category", **SEPTEMBER).get_json()
    assert by_category["total"]["coverage"] and not any(one["coverage"] for one in by_category["items"])


def test_the_report_on_paper_says_what_the_figures_say(client: FlaskClient, manager: dict[str, str]) -> None:
    answer = got(client, manager, "/indicators/report.pdf")
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    words = "".join(words.split())
    for wanted in (
        "2016年12月城市管理考核月报",
        "本期立案10件，应结案10件，按期结案率70.0%；返工3件；按期结案率最低：金新街道0.0%。",
        "所用指标公式为示例",
        "hbcic.net.cn",
    ):
        assert wanted in words


@pytest.mark.parametrize(
    "first, last, earlier",
    [
        ("2026-11-01", "2026-11-30", ("2026-10-01", "2026-10-31")),
        ("2026-01-01", "2026-03-31", ("2025-10-01", "2025-12-31")),
        ("2026-11-02", "2026-11-08", ("2026-10-26", "2026-11-01")),
    ],
)
def test_whole_months_are_compared_with_months_and_days_with_days(
    first: str, last: str, earlier: tuple[str, str]
) -> None:
    assert before(date.fromisoformat(first), date.fromisoformat(last)) == tuple(
        map(date.fromisoformat, earlier)
    )


def test_no_period_brings_the_calendar_to_its_end(client: FlaskClient, manager: dict[str, str]) -> None:
    for first, last, status in (
        ("9998-01-01", "9999-12-31", 422),
        ("9998-01-01", "9999-12-30", 200),
        ("1900-01-01", "2100-12-31", 422),
        ("0001-01-01", "0001-01-31", 404),
    ):
        for path in ("/indicators", "/indicators.xlsx", "/indicators/report.pdf"):
            answer = client.get(f"{API}{path}", query_string={"from": first, "to": last}, headers=manager)
            assert answer.status_code == status, (path, first, last, answer.text[:300])
