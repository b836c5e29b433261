"""Row 9: samples that anybody draws again, a failed look counts as rework, and a ranking that its inputs give again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import Engine

from server.assessment.formulas import MEASURES
from server.assessment.handovers import COUNTS as HANDED
from server.assessment.indicators import sample_set
from server.rulebooks.books.scorecards import COUNTS
from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN, NOW
from tests.server.assessment.test_indicators import DECEMBER, make_cases
from tests.server.cases.desk import make_desk

API = "/api/v1"
TODAY = NOW.date().isoformat()
SignIn = Callable[..., dict[str, str]]


def test_row_09_a_sample_is_drawn_again_from_its_seed_and_what_fails_is_reopened_as_rework(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    desk = make_desk(client, owner, sign_in)
    closed = [desk.to("closed") for _ in range(3)]
    checker = sign_in("checker", organisation=DISTRICT)
    asked = {"from": TODAY, "to": TODAY, "size": 2, "seed": "2026 年 9 月"}
    made = client.post(f"{API}/rechecks", json=asked, headers=checker).get_json()
    by_hash = sorted(closed, key=lambda number: sha256(f"{asked['seed']}|{number}".encode()).hexdigest())
    drawn = [case["number"] for case in made["cases"]]
    assert drawn == by_hash[:2]
    look = {"passed": False, "note": "仍有堆物", "version": desk.case(drawn[0])["version"]}
    answer = client.post(f"{API}/rechecks/{made['id']}/cases/{drawn[0]}", json=look, headers=checker)
    assert answer.status_code == 200, answer.text
    case = desk.case(drawn[0])
    assert (case["state"], case["round"]) == ("dispatched", 1)
    again = client.get(f"{API}/rechecks/{made['id']}", headers=checker).get_json()
    assert (again["reproduced"], again["failed"], [one["number"] for one in again["cases"]]) == (
        True,
        1,
        drawn,
    )


def test_row_09_a_ranking_is_given_again_by_its_stored_inputs_and_bad_formulas_are_refused(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    manager, sheet = sign_in("zone_manager", organisation=DISTRICT), f"{API}/scorecards/test"
    make_cases(owner, 8, closed=True)
    make_cases(owner, 2, closed=True, late=True, rounds=1)
    make_cases(owner, 3, closed=True, township=JINXIN)
    assert {*COUNTS} >= {*MEASURES, *HANDED}
    missing = client.get(sheet, query_string=DECEMBER, headers=manager)
    assert (missing.status_code, missing.get_json()["code"]) == (409, "rulebook_missing")

    def card(*points: str) -> dict[str, Any]:
        parts = [
            {"code": f"p{n}", "name": one, "name_en": one, "weight": str(3 - n), "points": one}
            for n, one in enumerate(points)
        ]
        return {"code": "test", "name": "考核", "name_en": "test", "parts": parts}

    for formula, column in (("100 * closed / (3 - 3)", 1), ("1 + cloesd", 5)):
        body = {"name": "test", "source": "test", "rows": [card("due", formula)]}
        refused = client.post(f"{API}/rulebooks/scorecards/drafts", json=body, headers=manager)
        (error,) = refused.get_json()["errors"]
        assert (refused.status_code, error["path"]) == (422, "/rows/0/parts/1/points")
        assert f"第 {column} 列" in error["message"], error

    parts = card(
        "100 * closed_on_time / due", "100 * (due - reworked) / due", "100 * acknowledged / handed_over"
    )
    factories.make_rulebook(owner, "scorecards", [parts], valid_from=date(2016, 1, 1))
    told = client.get(sheet, query_string=DECEMBER, headers=manager).get_json()
    best, other, *rest = told["items"]
    assert (best["township"], best["rank"], best["score"]) == (JINXIN, 1, "100")
    assert (other["township"], other["rank"], other["score"]) == (JINSHA, 2, "80")
    assert other["inputs"]["closed_on_time"] == 8 and other["inputs"]["due"] == 10
    assert [part["missing"] for part in other["parts"]] == [None, None, "divides_by_zero"]
    assert all(one["rank"] is None and one["score"] is None for one in rest)
    formulas = client.post(
        f"{API}/indicators/sets", json=sample_set().model_dump(mode="json"), headers=manager
    )
    assert formulas.status_code == 201
    book = client.get(f"{API}/indicators.xlsx", query_string=DECEMBER, headers=manager)
    *_, means, handed, scores = load_workbook(BytesIO(book.data)).worksheets
    assert [[cell.value for cell in row[:4]] for row in scores.iter_rows(min_row=4, max_row=5)] == [
        [1, JINXIN, best["township_name"], 100],
        [2, JINSHA, other["township_name"], 80],
    ]
    assert (means.title, handed.title) == ("721 means", "交办 handovers")
    report = client.get(f"{API}/indicators/report.pdf", query_string=DECEMBER, headers=manager)
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(report.data)).pages)
    for words in ("721：服务、管理、执法", "区镇交办", "镇街评分", told["digest"][:12]):
        assert words in said.replace("\n", ""), words
    kept = client.post(f"{sheet}/runs", json=DECEMBER, headers=manager)
    assert kept.status_code == 201, kept.text
    # What happens later changes the figures, and neither the run nor that it can be worked out again.
    make_cases(owner, 9, closed=True, late=True, township=JINXIN)
    with owner.begin():
        worse = {**parts, "parts": [{**parts["parts"][0], "points": "0"}]}
        factories.make_rulebook(owner, "scorecards", [worse], valid_from=date.today() + timedelta(days=1))
    now = client.get(sheet, query_string=DECEMBER, headers=manager).get_json()
    assert now["digest"] != told["digest"] and now["items"][0]["township"] == JINSHA
    run = client.get(
        f"{API}/scorecard-runs/{kept.get_json()['run']}", headers=sign_in("handler", organisation=JINXIN)
    )
    assert (run.get_json()["digest"], run.get_json()["items"], run.get_json()["same"]) == (
        told["digest"],
        told["items"],
        True,
    )
    assert client.post(f"{sheet}/runs", json=DECEMBER, headers=sign_in("handler")).status_code == 403
    mine = client.get(
        sheet, query_string=DECEMBER, headers=sign_in("handler", organisation=JINXIN)
    ).get_json()
    assert [one["township"] for one in mine["items"]] == [JINXIN]
