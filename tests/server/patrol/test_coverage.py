"""How fronts stand: the examples of docs/coverage.md worked out by hand, past days, and who may know."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.patrol.standings import (
    SignIn,
    at_local,
    keep_standing,
    make_front,
    plan,
    put_plans,
    visit,
)
from tests.server.patrol.walks import Officer

# The clock stands on Tuesday 2026-09-01, 10:00 in the district.
TUESDAY = date(2026, 9, 1)
AUGUST = date(2026, 8, 1)


def day(back: int) -> date:
    return TUESDAY - timedelta(days=back)


def fronts(client: FlaskClient, headers: dict[str, str], **query: Any) -> dict[str, dict[str, Any]]:
    answer = client.get("/api/v1/coverage", query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["zone"]["code"]: item for item in answer.json["items"]}


# Plan, days back on which it was visited, and what follows on Tuesday: status, and local midnight it is overdue since.
EXAMPLES = [
    ("looked at today", plan(), [0], "visited", None),
    ("looked at yesterday, not yet today", plan(), [1], "due", None),
    ("not looked at yesterday", plan(), [2], "late", day(0)),
    ("not looked at since Friday: Saturday was missed first", plan(), [4], "late", day(2)),
    (
        "once this week, twice wanted, and none the week before",
        plan(per="week", visits=2),
        [0, 20],
        "late",
        day(22),
    ),
    ("twice this week, on its two days", plan(per="week", visits=2), [0, 1], "visited", None),
    ("last week was met, this one is not over", plan(per="week"), [3], "due", None),
    ("a month was missed", plan(per="month"), [32], "late", TUESDAY),
    ("nobody was ever there", plan(), [], "never", AUGUST + timedelta(days=1)),
    ("only surely seen visits count", plan(), ["maybe 0", 1], "due", None),
    ("probable visits count where the plan says so", plan(probable=True), ["maybe 0"], "visited", None),
    ("half of it was seen, all of it wanted", plan(share_min=1.0), ["half 0", 1], "due", None),
    ("half of it was seen, half of it wanted", plan(share_min=0.5), ["half 0"], "visited", None),
    ("outside the hours", plan(hours=["1-7 19:00-22:00"]), [0, 1, 2], "late", AUGUST + timedelta(days=1)),
    ("within the hours", plan(hours=["2 09:30-22:00"]), [0], "visited", None),
    (
        "a service is no patrol where patrols are asked for",
        plan(visit_kinds=["patrol"]),
        ["service 0", 1],
        "due",
        None,
    ),
]


@pytest.mark.parametrize("kept", [False, True], ids=["worked out", "kept"])
def test_the_examples_of_the_manual_stand_as_written(
    client: FlaskClient, owner: Engine, sign_in: SignIn, officer: Officer, kept: bool
) -> None:
    manager = sign_in("zone_manager")
    plans = [{**terms, "code": f"P{n}", "codes": [f"F{n}"]} for n, (_, terms, *_) in enumerate(EXAMPLES)]
    zones = [make_front(owner, code=f"F{n}") for n in range(len(EXAMPLES))]
    if kept:
        keep_standing(owner, TUESDAY)
    put_plans(client, manager, AUGUST, *plans)
    for zone, (_, _, visits, *_) in zip(zones, EXAMPLES, strict=True):
        for one in visits:
            how, back = one.split() if isinstance(one, str) else ("surely", one)
            visit(
                owner,
                zone,
                officer.account_id,
                day(int(back)),
                certain=how != "maybe",
                cells="1111100000" if how == "half" else "1" * 10,
                kind="service" if how == "service" else "patrol",
            )
    told = fronts(client, manager, limit=100)
    now = at_local(TUESDAY)
    for n, (words, _, _, status, since) in enumerate(EXAMPLES):
        item = told[f"F{n}"]
        overdue = int((now - at_local(since, "00:00")).total_seconds()) if since else None
        assert (item["status"], item["overdue_s"], item["plan"]) == (status, overdue, f"P{n}"), words
