"""Where a report is found to lie, and which body gets it: datum, bearing, day of capture, unsure and outside."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from geo.datum import Datum, Position, convert
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN, NOW, report_json
from tests.server.reports.street import NORTH, SOUTH, Officer, finding_codes, rows, spot


def read_in(datum: Datum, at: tuple[float, float]) -> tuple[float, float]:
    """The numbers a device of another datum shows at a WGS-84 spot."""
    sent = convert(Position(*at, Datum.WGS84), datum)
    return sent.lon, sent.lat


def frontage(receipt: Any) -> str | None:
    code: str | None = receipt["match"]["frontage"]["code"]
    return code


@pytest.mark.parametrize("datum", list(Datum))
def test_one_spot_sent_in_any_datum_lies_in_the_same_zone(
    officer: Officer, street: Engine, datum: Datum
) -> None:
    lon, lat = read_in(datum, spot(0, 8))

    receipt = officer.receipt(report_json(at=(lon, lat), datum=datum.value, accuracy_m=3.0))

    assert frontage(receipt) == NORTH
    assert receipt["township"]["code"] == JINSHA
    assert receipt["match"]["position"]["lon"] == pytest.approx(spot(0, 8)[0], abs=1e-7)
    assert receipt["match"]["position"]["lat"] == pytest.approx(spot(0, 8)[1], abs=1e-7)
    assert (receipt["match"]["moved_m"] > 100) == (datum in (Datum.GCJ02, Datum.BD09))
    (stored,) = rows(street, "SELECT sent_lon, sent_lat, datum FROM report")
    assert (stored["sent_lon"], stored["sent_lat"], stored["datum"]) == (lon, lat, datum.value)


def test_across_the_street_the_bearing_decides_which_shop_is_meant(officer: Officer) -> None:
    """The fix lies on the southern side, 12 m from the middle of what the camera looks at."""
    here = spot(0, -3)
    fix = {"accuracy_m": 3.0}

    without = officer.receipt(report_json(at=here, position=fix))
    looking_north = officer.receipt(report_json(at=here, position={**fix, "bearing_deg": 0.0}))

    assert frontage(without) == SOUTH
    assert frontage(looking_north) == NORTH
    assert "bearing_used" in {why["code"] for why in looking_north["match"]["why"]}


def test_a_zone_the_officer_picked_outweighs_the_nearer_one(officer: Officer) -> None:
    receipt = officer.receipt(
        report_json(at=spot(0, -1), accuracy_m=8.0, zone_hint={"code": NORTH, "how": "qr"})
    )

    assert frontage(receipt) == NORTH and receipt["match"]["frontage"]["verdict"] == "certain"


@pytest.mark.parametrize(("days_before", "version"), [(0, 2), (1, 1)])
def test_a_report_is_judged_by_the_zones_of_the_day_it_was_captured(
    officer: Officer, street: Engine, days_before: int, version: int
) -> None:
    """The border moved on the day of receipt: yesterday's report still goes by the old one."""
    changed, there = date(2026, 9, 1), spot(200, 0)
    factories.make_zone(street, code="F-MOVED", at=there, width_m=40, valid_to=changed)
    factories.make_zone(street, code="F-MOVED", at=there, width_m=60, valid_from=changed, version=2)

    captured_at = NOW - timedelta(days=days_before)
    receipt = officer.receipt(report_json(at=there, accuracy_m=3.0, captured_at=captured_at))

    assert receipt["match"]["frontage"]["version"] == version


def test_the_day_of_capture_is_the_districts_day_not_that_of_utc(officer: Officer, street: Engine) -> None:
    changed, there = date(2026, 9, 1), spot(200, 0)
    factories.make_zone(street, code="F-OLD", at=there, width_m=40, valid_to=changed)
    factories.make_zone(street, code="F-NEW", at=there, width_m=40, valid_from=changed)

    # 00:30 of the 1st in the district is 16:30 of the 31st in UTC.
    night = datetime(2026, 8, 31, 16, 30, tzinfo=UTC)

    assert frontage(officer.receipt(report_json(at=there, accuracy_m=3.0, captured_at=night))) == "F-NEW"


@pytest.mark.parametrize(
    ("captured_at", "finding"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "captured_long_ago"),
        (datetime(2099, 1, 1, tzinfo=UTC), "captured_in_future"),
    ],
)
def test_a_capture_time_that_cannot_be_right_is_kept_and_the_day_of_receipt_applies(
    officer: Officer, street: Engine, captured_at: datetime, finding: str
) -> None:
    receipt = officer.receipt(report_json(at=spot(0, 8), accuracy_m=3.0, captured_at=captured_at))

    assert finding in finding_codes(receipt)
    assert frontage(receipt) == NORTH, "no zone was valid in 1970, and none is known of 2099"
    (stored,) = rows(street, "SELECT captured_at, judged_on FROM report")
    assert stored["captured_at"] == captured_at and stored["judged_on"] == date(2026, 9, 1)


def test_the_township_that_answers_gets_the_case_in_its_inbox(
    officer: Officer, street: Engine, clock: StandingClock
) -> None:
    receipt = officer.receipt(report_json(at=spot(3000, 0)))

    assert receipt["township"]["code"] == JINXIN
    assert receipt["routing"]["code"] == "township_answers"
    (entry,) = rows(
        street,
        "SELECT o.code, i.kind, i.reason, c.number FROM inbox_entry i "
        "JOIN organisation o ON o.id = i.organisation_id JOIN case_file c ON c.id = i.case_id",
    )
    assert dict(entry) == {
        "code": JINXIN,
        "kind": "case.opened",
        "reason": "township_answers",
        "number": receipt["case"]["number"],
    }


@pytest.mark.parametrize(
    ("at", "accuracy_m", "reason"),
    [
        pytest.param(spot(1500, 0), 20.0, "township_unsure", id="on the border"),
        pytest.param(spot(0, 40_000), 10.0, "outside_all_townships", id="far outside"),
        pytest.param((116.39, 39.9), 10.0, "outside_all_townships", id="in Beijing"),
        pytest.param(spot(0, 1510), 1.0, "outside_all_townships", id="just outside"),
    ],
)
def test_what_no_township_clearly_answers_for_goes_to_the_district_with_the_reason(
    officer: Officer, street: Engine, at: tuple[float, float], accuracy_m: float, reason: str
) -> None:
    receipt = officer.receipt(report_json(at=at, accuracy_m=accuracy_m))

    assert receipt["township"] is None
    assert receipt["routing"]["code"] == reason and receipt["routing"]["text"]
    (entry,) = rows(
        street,
        "SELECT o.code, i.reason FROM inbox_entry i JOIN organisation o ON o.id = i.organisation_id",
    )
    assert dict(entry) == {"code": DISTRICT, "reason": reason}
    (stored,) = rows(street, "SELECT routing FROM zone_match")
    assert stored["routing"]["body"] == DISTRICT and stored["routing"]["trace"]


def test_a_township_without_a_body_leaves_the_case_to_the_district(officer: Officer, street: Engine) -> None:
    factories.make_zone(
        street, kind="township", township="320612999", at=spot(9000, 0), width_m=3000, depth_m=3000
    )

    receipt = officer.receipt(report_json(at=spot(9000, 0)))

    assert receipt["routing"]["code"] == "township_without_body" and receipt["township"] is None


@pytest.mark.parametrize("bearing_deg", [None, 0.0, 359.9, 360.0])
def test_a_match_asked_for_equals_the_one_an_intake_stores_and_writes_nothing(
    officer: Officer, street: Engine, bearing_deg: float | None
) -> None:
    lon, lat = read_in(Datum.GCJ02, CORNER)
    position = {} if bearing_deg is None else {"bearing_deg": bearing_deg}
    # Any row written, changed or deleted moves one of these.
    statement = (
        "SELECT relname, CAST(query_to_xml(format("
        "'SELECT count(*), sum(CAST(CAST(xmin AS text) AS bigint)) FROM %I', relname), true, true, '') AS text) AS of "
        "FROM pg_class WHERE relnamespace = CAST('public' AS regnamespace) AND relkind = 'r' ORDER BY relname"
    )

    before = rows(street, statement)
    asked = officer.get(
        "/match",
        lon=lon,
        lat=lat,
        datum="gcj02",
        accuracy_m=7.5,
        at=NOW.isoformat(),
        category="goods_on_pavement",
        **position,
    )
    assert asked.status_code == 200
    assert rows(street, statement) == before
    receipt = officer.receipt(report_json(at=(lon, lat), datum="gcj02", accuracy_m=7.5, position=position))
    assert rows(street, statement) != before

    assert receipt["match"] == asked.json
    (stored,) = rows(street, "SELECT result FROM zone_match")
    assert stored["result"] == asked.json
