"""Service points by distance and opening hours, templates of cell codes, and the other further kinds of places."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from geo.datum import Datum, Position, convert
from geo.observation import Kind
from server.places.importing import ImportRefused, apply_zones, read_zones
from server.places.services.cell_codes import TemplateRefused, read_template
from server.places.services.cells import apply_template, codes_on, misfits
from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.reports.street import Officer, spot
from tests.server.world import SignIn

API = "/api/v1"
TEMPLATE = "{township}-G{number:04}"


def make_point(
    owner: Engine, code: str, east_m: float, service: str = "kiosk", hours: Any = "00:00-24:00"
) -> None:
    factories.make_zone(
        owner,
        kind="service_point",
        code=code,
        geometry={"type": "Point", "coordinates": list(spot(east_m, 0))},
        properties={"service": service, "hours": hours},
    )


@pytest.fixture
def points(owner: Engine) -> Engine:
    factories.make_organisations(owner)
    make_point(owner, "DAY", 100, hours="1-5 08:00-17:30")
    make_point(owner, "NIGHT", -200, hours="19:00-07:00")
    make_point(owner, "WC", 300, service="toilet")
    make_point(owner, "ALWAYS", 400)
    make_point(owner, "ODD", 50, hours="now and then")
    make_point(owner, "MUTE", 60, hours=None)
    return owner


def nearest(
    client: FlaskClient, headers: dict[str, str], query: str, at: tuple[float, float] = CORNER
) -> Any:
    answer = client.get(f"{API}/service-points/nearest?lon={at[0]}&lat={at[1]}&{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["items"]


QUESTIONS = [
    ("limit=100", "ODD MUTE DAY NIGHT WC ALWAYS"),
    ("kind=kiosk&limit=3", "ODD MUTE DAY"),
    ("kind=toilet", "WC"),
    ("kind=restaurant", ""),
    # Tuesday 10:00 by the standing clock.
    ("open=true", "DAY WC ALWAYS"),
    ("open=true&at=2026-09-01T17:29:59%2B08:00&kind=kiosk", "DAY ALWAYS"),
    ("open=true&at=2026-09-01T17:30:00%2B08:00&kind=kiosk", "ALWAYS"),
    ("open=true&at=2026-09-02T02:00:00%2B08:00&kind=kiosk", "NIGHT ALWAYS"),
    ("open=true&at=2026-09-02T07:00:00%2B08:00&kind=kiosk", "ALWAYS"),
    ("open=true&at=2026-09-05T10:00:00%2B08:00&kind=kiosk", "ALWAYS"),
    ("at=2020-01-01T00:00:00Z", ""),
]


def test_the_nearest_come_by_distance_and_opening_hours(
    points: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    headers = sign_in("officer")
    for query, codes in QUESTIONS:
        assert [one["code"] for one in nearest(client, headers, query)] == codes.split(), query


def test_distance_hours_and_closing_time_are_told(
    points: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    told = {one["code"]: one for one in nearest(client, sign_in("officer"), "limit=100")}
    assert told["DAY"]["distance_m"] == pytest.approx(100, abs=0.2)
    assert told["DAY"]["open"] is True and told["DAY"]["open_until"] == "2026-09-01T17:30:00+08:00"
    assert told["NIGHT"]["open"] is False and told["NIGHT"]["open_until"] is None
    assert told["ALWAYS"]["open"] is True and told["ALWAYS"]["open_until"] is None
    assert told["ODD"]["open"] is None and told["MUTE"]["open"] is None
    late = nearest(client, sign_in("officer"), "open=true&at=2026-09-01T23:00:00%2B08:00")
    assert late[0]["code"] == "NIGHT" and late[0]["open_until"] == "2026-09-02T07:00:00+08:00"


def test_the_same_place_in_any_datum_finds_the_same(
    points: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    headers = sign_in("officer")
    for datum in Datum:
        here = convert(Position(*CORNER, Datum.WGS84), datum)
        (first,) = nearest(client, headers, f"datum={datum.value}&kind=toilet", (here.lon, here.lat))
        assert first["distance_m"] == pytest.approx(300, abs=0.2)


def test_the_nearest_are_found_in_their_own_index(points: Engine) -> None:
    with points.begin() as connection:
        # For a handful of rows sorting them is cheaper, whatever statistics say of earlier tests.
        connection.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
        plan = connection.execute(
            text(
                "EXPLAIN SELECT code FROM zone z WHERE z.kind = 'service_point' "
                "ORDER BY z.geom_m <-> ST_SetSRID(ST_MakePoint(601033, 3550115), 4549) LIMIT 5"
            )
        ).scalars()
        assert "zone_service_point" in "\n".join(plan)


NONSENSE = [
    "lat=32",
    "lon=121",
    "lon=200&lat=32",
    "lon=nan&lat=32",
    "lon=121&lat=32&kind=bank",
    "lon=121&lat=32&limit=0",
    "lon=121&lat=32&limit=101",
    "lon=121&lat=32&open=perhaps",
    "lon=121&lat=32&datum=nad27",
    "lon=121&lat=32&z=1",
    "lon=121&lat=32&at=9999-12-31T23:59:59Z",
]


def test_a_question_that_makes_no_sense_is_refused(client: FlaskClient, sign_in: SignIn) -> None:
    headers = sign_in("officer")
    for query in NONSENSE:
        for path in ["service-points/nearest"]:
            answer = client.get(f"{API}/{path}?{query}", headers=headers)
            assert answer.status_code == 422 and answer.get_json()["code"] == "input_refused", query


def test_a_position_far_from_the_district_is_answered_and_finds_nothing(
    points: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    for at in [(-60.0, -30.0), (121.0, 89.9), (120.0, 0.0)]:
        answer = client.get(
            f"{API}/service-points/nearest?lon={at[0]}&lat={at[1]}", headers=sign_in("officer")
        )
        assert answer.status_code in (200, 422)
        assert answer.status_code == 422 or answer.get_json()["items"] == []


# --- Codes of cells -----------------------------------------------------------------------------------------


@given(st.integers(1, 99_999), st.sampled_from([JINSHA, JINXIN]))
def test_a_code_that_is_written_is_read_back(number: int, township: str) -> None:
    codes = read_template(TEMPLATE)
    code = codes.code(township=township, number=number)
    assert codes.number(code) == number
    assert codes.misfit(code, township, None) is None


@pytest.mark.parametrize(
    ("code", "misfit"),
    [
        (f"{JINSHA}-G0001", None),
        (f"{JINSHA}-G12345", None),
        (f"{JINSHA}-G001", "form"),
        (f"{JINSHA}-G00001", "form"),
        (f"{JINSHA}-g0001", "form"),
        (f"{JINSHA}-G٠٠٠١", "form"),
        (f"{JINXIN}-G0001", "township"),
        ("", "form"),
    ],
)
def test_what_of_a_code_does_not_fit_is_told(code: str, misfit: str | None) -> None:
    assert read_template(TEMPLATE).misfit(code, JINSHA, None) == misfit


@pytest.mark.parametrize(
    "template",
    ["", "G{number:04}", "{township}", "{township}-{number:04}-{number}", "{township}{county}{number}",
     "{township:09}-{number}", "{township}/{number:04}", "{township}-G{number:4}", "{township}-{number:04d}",
     "{township.__class__}-{number}", "{township}-{number:04}\n", "x" * 65 + "{township}{number}", None, 5],
)  # fmt: skip
def test_a_text_that_is_no_template_is_refused(template: Any) -> None:
    with pytest.raises(TemplateRefused):
        read_template(template)


def document(**others: Any) -> dict[str, Any]:
    return {"template": TEMPLATE, "valid_from": "2022-09-01", "source": "test", "sample": True, **others}


def test_a_template_comes_into_force_ends_the_one_before_and_changes_nothing_twice(owner: Engine) -> None:
    with owner.begin() as connection:
        assert apply_template(connection, document()) is True
        assert apply_template(connection, document()) is False
        newer = document(template="{community}-{number:02}", valid_from="2026-01-01")
        assert apply_template(connection, newer) is True
        assert codes_on(connection, date(2025, 12, 31)).template == TEMPLATE
        assert codes_on(connection, date(2026, 1, 1)).template == "{community}-{number:02}"


UNUSABLE: list[dict[str, Any]] = [
    {"template": "{number}"},
    {"valid_from": "soon"},
    {"valid_from": None},
    {"colour": "red"},
    {"template": 5},
]


def test_a_template_file_that_cannot_be_used_is_refused_and_none_is_in_force(owner: Engine) -> None:
    with owner.connect() as connection:
        for change in UNUSABLE:
            with pytest.raises(ImportRefused):
                apply_template(connection, document(**change))
        assert connection.execute(text("SELECT count(*) FROM cell_code_template")).scalar_one() == 0


def test_a_template_does_not_begin_before_the_one_in_force(owner: Engine) -> None:
    with owner.begin() as connection:
        apply_template(connection, document())
        with pytest.raises(ImportRefused):
            apply_template(connection, document(template="{township}.{number:03}"))


def test_the_template_the_next_free_code_and_the_misfits_are_answered(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    headers = sign_in("officer")
    assert client.get(f"{API}/cells/code-template", headers=headers).status_code == 404
    with owner.begin() as connection:
        apply_template(connection, document())
    factories.make_zone(owner, kind="grid", code=f"{JINSHA}-G0007", valid_to=date(2023, 1, 1))
    factories.make_zone(owner, kind="grid", code="CELL 9")
    answer = client.get(f"{API}/cells/code-template?township={JINSHA}", headers=headers).get_json()
    # The number of a cell that is gone is not given again.
    assert (answer["template"], answer["next_code"], answer["misfits"]) == (TEMPLATE, f"{JINSHA}-G0008", 1)
    with owner.connect() as connection:
        (cell,) = misfits(connection, codes_on(connection, date(2026, 9, 1)), date(2026, 9, 1))
    assert (cell.code, cell.misfit) == ("CELL 9", "form")


# --- Further kinds ------------------------------------------------------------------------------------------


def square(east_m: float, north_m: float, code: str, **properties: Any) -> dict[str, Any]:
    corners = [(0, 0), (60, 0), (60, 60), (0, 60), (0, 0)]
    ring = [list(spot(east_m + x, north_m + y)) for x, y in corners]
    return {
        "type": "Feature",
        "properties": {
            "code": code,
            "name": code,
            "township": JINSHA,
            "valid_from": "2022-09-01",
            **properties,
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.mark.parametrize("kind", ["community", "site"])
def test_a_report_inside_an_imported_community_or_site_names_it(
    client: FlaskClient, owner: Engine, sign_in: SignIn, kind: str
) -> None:
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    factories.make_category(owner)
    layer = {"type": "FeatureCollection", "features": [square(-30, -30, "X-1", answers="developer")]}
    with owner.begin() as connection:
        apply_zones(connection, Kind(kind), read_zones(Kind(kind), layer), source="test")
    receipt = Officer(client, sign_in("officer")).receipt(factories.report_json(accuracy_m=3.0))
    assert receipt["match"][kind]["code"] == "X-1"
    assert receipt["match"][kind]["verdict"] in ("certain", "likely")
