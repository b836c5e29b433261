"""Parking areas: what their properties say, when it is legal to stand there, and that it is told before dispatch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.places.parking.attributes import read_attributes
from server.places.parking.checking import faulty_areas
from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN, NOW
from tests.server.reports.street import Officer, finding_codes, spot
from tests.server.world import SignIn

API = "/api/v1"
GOOD = {
    "vehicle": "car",
    "capacity": 6,
    "legal_hours": "19:00-07:00",
    "sign": "停车标志",
    "condition": "完好",
    "inspected_on": "2026-08-30",
}


def make_area(owner: Engine, code: str, at: tuple[float, float] = CORNER, **properties: Any) -> str:
    return factories.make_zone(
        owner, kind="parking", code=code, at=at, width_m=30, depth_m=30, properties={**GOOD, **properties}
    )


# --- Properties ---------------------------------------------------------------------------------------------


def test_properties_that_can_be_read_are_read_whole() -> None:
    known = read_attributes(GOOD)
    assert (known.vehicle, known.capacity, known.sign, known.condition) == ("car", 6, "停车标志", "完好")
    assert known.inspected_on is not None and known.inspected_on.isoformat() == "2026-08-30"
    assert known.legal is not None and known.faults == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vehicle", "truck"),
        ("vehicle", None),
        ("capacity", -1),
        ("capacity", "many"),
        ("capacity", True),
        ("capacity", 1e300),
        ("capacity", "٣"),
        ("capacity", 100_001),
        ("legal_hours", "always"),
        ("legal_hours", None),
        ("legal_hours", 24),
        ("legal_hours", ["00:00-24:00"]),
        ("sign", {"text": "P"}),
        ("condition", "x" * 201),
        ("inspected_on", "2026-02-30"),
        ("inspected_on", 20260830),
    ],
)
def test_a_property_that_cannot_be_read_is_named_and_costs_no_other(name: str, value: Any) -> None:
    known = read_attributes({**GOOD, name: value})
    assert known.faults == (name,)
    assert known.vehicle == (None if name == "vehicle" else "car")
    if name == "legal_hours":
        assert known.legal_at(NOW) is None


@pytest.mark.parametrize("capacity", [12, 12.0, "12", "12.0"])
def test_a_capacity_from_an_attribute_table_is_a_whole_number(capacity: Any) -> None:
    assert read_attributes({**GOOD, "capacity": capacity}).capacity == 12


def test_the_operator_is_told_which_areas_have_what_fault(owner: Engine) -> None:
    factories.make_organisations(owner)
    make_area(owner, "P-GOOD")
    make_area(owner, "P-BAD", at=spot(100, 0), capacity="many", legal_hours="always")
    with owner.connect() as connection:
        assert faulty_areas(connection, NOW.date()) == [("P-BAD", ("capacity", "legal_hours"))]


# --- The list -----------------------------------------------------------------------------------------------


@pytest.fixture
def areas(owner: Engine) -> None:
    factories.make_organisations(owner)
    make_area(owner, "P-CAR-DAY", legal_hours="07:00-19:00")
    make_area(owner, "P-CAR-NIGHT", at=spot(50, 0))
    make_area(
        owner, "P-BIKE", at=spot(100, 0), vehicle="bike", legal_hours="00:00-24:00", condition="标线磨损"
    )
    make_area(owner, "P-ODD", at=spot(150, 0), legal_hours="whenever")
    factories.make_zone(
        owner, kind="parking", code="P-JINXIN", at=spot(3000, 0), township=JINXIN, properties=GOOD
    )


QUESTIONS = [
    ("", "P-BIKE P-CAR-DAY P-CAR-NIGHT P-JINXIN P-ODD"),
    ("vehicle=bike", "P-BIKE"),
    (f"vehicle=car&township={JINSHA}", "P-CAR-DAY P-CAR-NIGHT P-ODD"),
    ("condition=标线磨损", "P-BIKE"),
    # 10:00 in the district, by the standing clock.
    ("legal=true", "P-BIKE P-CAR-DAY"),
    ("legal=false", "P-CAR-NIGHT P-JINXIN"),
    ("legal=true&at=2026-09-01T22:00:00%2B08:00", "P-BIKE P-CAR-NIGHT P-JINXIN"),
    ("bbox=121.0698,32.0698,121.0702,32.0702", "P-CAR-DAY"),
    ("at=2020-01-01", ""),
]


def test_the_list_is_narrowed_by_kind_place_condition_and_hours(
    client: FlaskClient, sign_in: SignIn, areas: None
) -> None:
    headers = sign_in("officer")
    for query, codes in QUESTIONS:
        answer = client.get(f"{API}/parking?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        assert [one["properties"]["code"] for one in answer.get_json()["features"]] == codes.split(), query


def test_an_area_with_unreadable_hours_is_neither_legal_nor_illegal_and_says_so(
    client: FlaskClient, sign_in: SignIn, areas: None
) -> None:
    features = client.get(f"{API}/parking", headers=sign_in("officer")).get_json()["features"]
    known = {one["properties"]["code"]: one["properties"] for one in features}
    assert known["P-ODD"]["legal"] is None and known["P-ODD"]["faults"] == ["legal_hours"]
    assert known["P-CAR-DAY"]["legal"] is True and known["P-CAR-NIGHT"]["legal"] is False
    assert known["P-CAR-DAY"]["inspected_on"] == "2026-08-30" and known["P-CAR-DAY"]["capacity"] == 6


def test_pages_of_the_list_follow_each_other_without_loss(
    client: FlaskClient, sign_in: SignIn, areas: None
) -> None:
    headers, cursor, seen = sign_in("officer"), "", []
    for _ in range(6):
        page = client.get(f"{API}/parking?limit=2{cursor}", headers=headers).get_json()
        seen += [one["properties"]["code"] for one in page["features"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ["P-BIKE", "P-CAR-DAY", "P-CAR-NIGHT", "P-JINXIN", "P-ODD"]


NONSENSE = [
    "vehicle=truck",
    "legal=perhaps",
    "bbox=1,2,3",
    "at=yesterday",
    "colour=red",
    "at=9999-12-31T23:59:59Z",
    "limit=0",
]


def test_a_question_that_makes_no_sense_is_refused(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in("officer")
    for query in NONSENSE:
        for path in ["parking"]:
            answer = client.get(f"{API}/{path}?{query}", headers=headers)
            assert answer.status_code == 422 and answer.get_json()["code"] == "input_refused", query


# --- Before dispatch ----------------------------------------------------------------------------------------

TEN, TEN_AT_NIGHT = NOW, NOW - timedelta(hours=12)


@pytest.fixture
def vehicles(owner: Engine) -> None:
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    factories.make_category(owner, code="cars", about="car")
    factories.make_category(owner, code="bikes", about="bike")
    factories.make_category(owner, code="goods")
    make_area(owner, "P-NIGHT")


def told(officer: Officer, category: str, when: datetime, **others: Any) -> set[str]:
    report = factories.report_json(category=category, captured_at=when, accuracy_m=3.0, **others)
    codes = finding_codes(officer.receipt(report))
    return {code for code in codes if "legal" in code}


def test_a_car_in_a_car_area_is_told_by_the_hour_it_was_photographed_at(
    client: FlaskClient, sign_in: SignIn, vehicles: None
) -> None:
    officer = Officer(client, sign_in("officer"))
    assert told(officer, "cars", TEN) == {"outside_legal_hours"}
    assert told(officer, "cars", TEN_AT_NIGHT) == {"inside_legal_area"}


def test_the_hours_end_to_the_minute_and_run_past_midnight(
    client: FlaskClient, sign_in: SignIn, vehicles: None
) -> None:
    officer = Officer(client, sign_in("officer"))
    seven = datetime(2026, 8, 31, 23, 0, tzinfo=UTC)  # 07:00 of 1 September in the district
    assert told(officer, "cars", seven - timedelta(seconds=1)) == {"inside_legal_area"}
    assert told(officer, "cars", seven) == {"outside_legal_hours"}


def test_the_finding_names_area_and_hours_in_both_languages(
    client: FlaskClient, sign_in: SignIn, vehicles: None
) -> None:
    officer = Officer(client, sign_in("officer"))
    report = factories.report_json(category="cars", captured_at=TEN, accuracy_m=3.0)
    (finding,) = [one for one in officer.receipt(report)["findings"] if one["code"] == "outside_legal_hours"]
    assert finding["params"]["code"] == "P-NIGHT"
    assert finding["params"]["hours"] == "19:00-07:00" and finding["params"]["local_time"] == "10:00"
    for said in (finding["text"], finding["text_en"]):
        assert "19:00-07:00" in said and "10:00" in said and "P-NIGHT" in said


def test_nothing_is_told_of_other_vehicles_other_matters_and_other_places(
    client: FlaskClient, sign_in: SignIn, vehicles: None
) -> None:
    officer = Officer(client, sign_in("officer"))
    assert told(officer, "bikes", TEN) == set()
    assert told(officer, "goods", TEN) == set()
    assert told(officer, "cars", TEN, at=spot(200, 0)) == set()


def test_an_unsure_match_is_not_called_legal(client: FlaskClient, sign_in: SignIn, vehicles: None) -> None:
    officer = Officer(client, sign_in("officer"))
    # On the edge of the area with a poor fix: most of the samples lie outside it.
    report = factories.report_json(category="cars", captured_at=TEN, accuracy_m=30.0, at=spot(20, 0))
    receipt = officer.receipt(report)
    assert receipt["match"]["parking"]["verdict"] == "ambiguous"
    assert not [code for code in finding_codes(receipt) if "legal" in code]


def test_an_area_whose_hours_cannot_be_read_is_called_neither(
    client: FlaskClient, owner: Engine, sign_in: SignIn, vehicles: None
) -> None:
    make_area(owner, "P-ODD", at=spot(300, 0), legal_hours="whenever")
    officer = Officer(client, sign_in("officer"))
    assert told(officer, "cars", TEN, at=spot(300, 0)) == {"legal_hours_unknown"}
