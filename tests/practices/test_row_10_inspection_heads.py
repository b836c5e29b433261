"""Rows 9 and 10: guidance notes, and the four heads of the regular inspection, town by town, as a quarter's report."""

from __future__ import annotations

import io
from collections.abc import Callable

from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.records.filing import API, INSPECTED, filed

SignIn = Callable[..., dict[str, str]]
HEADS = ["履职", "重要制度执行", "案件办理", "队伍规范化"]


def test_row_10_a_quarter_s_report_has_four_sub_scores_and_the_evidence_of_each_town(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    reviewer = sign_in("reviewer")
    records = {
        JINSHA: [
            filed(client, reviewer, "inspection", INSPECTED, about=JINSHA)["id"],
            filed(client, reviewer, "inspection", {**INSPECTED, "on_time": 35}, about=JINSHA)["id"],
        ],
        JINXIN: [filed(client, reviewer, "inspection", {**INSPECTED, "recording": 8}, about=JINXIN)["id"]],
    }
    asked = "form=inspection&period=2026-Q3"
    told = client.get(f"{API}/records/heads?{asked}", headers=reviewer).get_json()
    assert (told["first"], told["last"]) == ("2026-07-01", "2026-09-30")
    found = {one["code"]: one for one in told["items"]}
    assert {code: sorted(one["records"]) for code, one in found.items()} == {
        code: sorted(ids) for code, ids in records.items()
    }
    assert [head["name"] for head in found[JINSHA]["heads"]] == HEADS
    assert [head["score"] for head in found[JINSHA]["heads"]] == [93, 84, 80, 85]
    assert [head["score"] for head in found[JINXIN]["heads"]] == [93, 64, 85, 85]
    assert [one["score"] for one in found.values()] == [85.65, 82.15]
    file = client.get(f"{API}/records/heads.xlsx?{asked}", headers=reviewer)
    rows = list(
        load_workbook(io.BytesIO(file.data), read_only=True).worksheets[0].iter_rows(values_only=True)
    )
    assert [str(name).split(" ")[0] for name in rows[1][2:6]] == HEADS
    by_town = {row[0]: row for row in rows[2:]}
    for code, one in found.items():
        assert list(by_town[code][2:7]) == [*(head["score"] for head in one["heads"]), one["score"]]
        assert sorted(str(by_town[code][8]).split(" ")) == sorted(records[code])
    # They are figures of a scorecard too: its formulas name the mean of a form, or of a head of it.
    factories.make_rulebook(owner, "scorecards")
    quarter = {"from": told["first"], "to": told["last"]}
    card = client.get(f"{API}/scorecards/four_heads", query_string=quarter, headers=reviewer).get_json()
    for one in card["items"]:
        scores = (
            [head["score"] for head in found[one["township"]]["heads"]] if one["township"] in found else []
        )
        assert [float(part["points"]) for part in one["parts"] if part["points"]] == scores
        assert one["inputs"]["systems_records"] == len(records.get(one["township"], []))
    assert [(one["township"], one["rank"], one["score"]) for one in card["items"][:2]] == [
        (JINSHA, 1, "85.5"),
        (JINXIN, 2, "81.75"),
    ]
    # A quarter without an inspection has no figures, not noughts.
    other = client.get(f"{API}/records/heads?form=inspection&period=2026-Q2", headers=reviewer).get_json()
    assert other["items"] == []


def test_row_09_a_guidance_note_reaches_the_town_it_is_for(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    factories.make_organisations(owner)
    factories.make_rulebook(owner, "forms")
    note = {"topic": "procedure", "advice": "先亮证,再开执法记录仪", "people": 6}
    made = filed(client, sign_in("reviewer"), "guidance_note", note, about=JINSHA)
    town, other = sign_in("handler", organisation=JINSHA), sign_in("handler", organisation=JINXIN)
    assert (
        client.get(f"{API}/records/{made['id']}", headers=town).get_json()["answers"][1]["value"]
        == note["advice"]
    )
    assert client.get(f"{API}/records/{made['id']}", headers=other).status_code == 404
