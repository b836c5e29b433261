"""Lists of reports: filters, boxes, cursors that lose and repeat nothing, and what others may not see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests import factories
from tests.conftest import StandingClock
from tests.factories import JINSHA, JINXIN, NOW, photo_bytes, report_json
from tests.server.reports.street import NORTH, SOUTH, Officer, spot


def ids(page: Any) -> list[str]:
    return [feature["id"] for feature in page["features"]]


def read_all(officer: Officer, limit: int, between: Callable[[], object] = lambda: None) -> list[str]:
    """Every id of the list, page by page; `between` happens after each page."""
    seen, query = [], {"limit": limit}
    while True:
        page = officer.get("/reports", **query).json
        assert len(page["features"]) <= limit
        seen += ids(page)
        if page["next"] is None:
            return seen
        query["cursor"] = page["next"]
        between()


@pytest.fixture
def five(officer: Officer, clock: StandingClock, street: Engine) -> list[str]:
    """Five reports, oldest first: two of the same moment, one in the other township, one of another category."""
    factories.make_category(street, code="waste")
    sent = []
    for number, report in enumerate(
        (
            report_json(at=spot(0, 8), accuracy_m=3.0),
            report_json(at=spot(0, -3), accuracy_m=3.0, position={"bearing_deg": 180.0}),
            report_json(at=spot(3000, 0)),
            report_json(at=spot(0, 8), category="waste", accuracy_m=3.0),
            report_json(at=spot(0, 40_000), photos=[photo_bytes()]),
        )
    ):
        if number != 1:
            clock.advance(minutes=1)
        sent.append(officer.receipt(report)["id"])
    return sent


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_pages_of_any_size_give_every_report_once_newest_first(
    officer: Officer, five: list[str], limit: int
) -> None:
    seen = read_all(officer, limit)

    assert sorted(seen) == sorted(five)
    assert seen[:3] == five[:1:-1]


def test_reports_that_come_while_one_reads_neither_repeat_nor_hide_one(
    officer: Officer, five: list[str], clock: StandingClock
) -> None:
    """Of the same moment too: the clock stands still while half of them come."""

    def arrive() -> None:
        officer.receipt(report_json(note="new"))
        clock.advance(seconds=1)

    clock.advance(minutes=1)

    assert sorted(read_all(officer, 2, between=arrive)) == sorted(five)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"township": JINXIN}, {2}),
        ({"township": JINSHA}, {0, 1, 3}),
        ({"category": "waste"}, {3}),
        ({"zone": NORTH}, {0, 3}),
        ({"zone": NORTH, "category": "waste"}, {3}),
        ({"from": (NOW + timedelta(minutes=2)).isoformat()}, {2, 3, 4}),
        ({"to": (NOW + timedelta(minutes=2)).isoformat()}, {0, 1}),
        ({"bbox": ",".join(map(str, (*spot(-50, -50), *spot(50, 50))))}, {0, 1, 3}),
        ({"bbox": ",".join(map(str, (*spot(-1, 7), *spot(1, 9))))}, {0, 3}),
        ({"bbox": "-180,-90,180,90"}, {0, 1, 2, 3, 4}),
        ({"township": "no such"}, set()),
    ],
    ids=str,
)
def test_filters_narrow_the_list(
    officer: Officer, five: list[str], query: dict[str, str], wanted: set[int]
) -> None:
    page = officer.get("/reports", **query).json

    assert set(ids(page)) == {five[number] for number in wanted}
    assert page["next"] is None


def test_a_list_tells_what_is_missing_and_where_each_one_lies(officer: Officer, five: list[str]) -> None:
    first = officer.get("/reports", limit=1).json["features"][0]

    assert first["properties"]["missing_photos"] == 1
    assert first["geometry"]["coordinates"] == pytest.approx(spot(0, 40_000), abs=1e-8)
    assert first["properties"]["township"] is None


def test_a_township_sees_its_own_reports_and_no_others(
    make_officer: Callable[..., Officer], officer: Officer, five: list[str]
) -> None:
    jinsha = make_officer("handler", organisation=JINSHA)
    jinxin = make_officer("handler", organisation=JINXIN)
    district = make_officer("dispatcher")

    assert set(ids(jinsha.get("/reports").json)) == {five[0], five[1], five[3]}
    assert ids(jinxin.get("/reports").json) == [five[2]]
    assert len(ids(district.get("/reports").json)) == 5
    # Pages count only what may be seen: nothing tells how much lies between.
    assert sorted(read_all(jinsha, 1)) == sorted([five[0], five[1], five[3]])
    assert ids(jinsha.get("/reports", township=JINXIN).json) == []
    assert jinsha.get(f"/reports/{five[2]}").status_code == 404


def test_an_officer_sees_only_what_they_sent_themselves(
    make_officer: Callable[..., Officer], officer: Officer, five: list[str]
) -> None:
    other = make_officer()

    assert ids(other.get("/reports").json) == []
    assert len(ids(officer.get("/reports").json)) == 5


def test_one_report_reads_as_it_was_sent(officer: Officer) -> None:
    photo = photo_bytes()
    report = report_json(at=spot(0, 8), photos=[photo], note="<b>门前</b>", position={"bearing_deg": 12.5})
    receipt = officer.receipt(report)

    feature = officer.get(f"/reports/{receipt['id']}")

    assert feature.content_type == "application/geo+json"
    told = feature.json["properties"]
    assert (told["position"], told["note"], told["captured_at"]) == (
        report["position"],
        report["note"],
        report["captured_at"],
    )
    assert told["missing_photos"] == receipt["missing_photos"]
    assert told["match"] == receipt["match"] and told["digest"] == receipt["digest"]
    assert SOUTH not in (told["match"]["frontage"]["code"],)
