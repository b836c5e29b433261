"""Polygons that are none: refused by geo.guard before anything computes with them, and by the database after it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from geo.guard import GeometryRefused, geometry_from_geojson
from tests.factories import count_rows

LON, LAT = 121.07, 32.07


def polygon(*points: tuple[Any, ...]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(point) for point in points]]}


def circle(vertices: int) -> dict[str, Any]:
    ring = [
        (LON + math.cos(math.tau * n / vertices) / 100, LAT + math.sin(math.tau * n / vertices) / 100)
        for n in range(vertices)
    ]
    return polygon(*ring, ring[0])


SQUARE = ((LON, LAT), (LON + 0.01, LAT), (LON + 0.01, LAT + 0.01), (LON, LAT + 0.01))
BOW_TIE = polygon(SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0])
NASTY = [
    pytest.param(polygon(*SQUARE), "geometry_unclosed", id="unclosed"),
    pytest.param(BOW_TIE, "geometry_self_crossing", id="self-crossing"),
    pytest.param({"type": "Polygon", "coordinates": []}, "geometry_empty", id="empty"),
    pytest.param({"type": "Polygon", "coordinates": [[]]}, "geometry_empty", id="empty ring"),
    pytest.param(circle(20_000), "geometry_too_many_vertices", id="too many vertices"),
    pytest.param(polygon(*SQUARE[:3], (math.nan, LAT), SQUARE[0]), "geometry_not_finite", id="NaN"),
    pytest.param(polygon(*SQUARE[:3], (math.inf, LAT), SQUARE[0]), "geometry_not_finite", id="Infinity"),
    pytest.param(polygon(*SQUARE[:3], (LON, 95), SQUARE[0]), "geometry_out_of_range", id="lat 95"),
    pytest.param(polygon(*SQUARE[:3], ("121", LAT), SQUARE[0]), "geometry_not_numbers", id="text"),
    pytest.param({**polygon(*SQUARE, SQUARE[0]), "crs": {}}, "geometry_member", id="crs of its own"),
    pytest.param(polygon(SQUARE[0], SQUARE[1], SQUARE[0], SQUARE[0]), "geometry_zero_area", id="no area"),
]


@pytest.mark.parametrize(("geometry", "code"), NASTY)
def test_the_guard_refuses_it_and_says_why(geometry: Any, code: str) -> None:
    with pytest.raises(GeometryRefused) as refused:
        geometry_from_geojson(geometry)

    assert refused.value.code == code


_REPORT = """
INSERT INTO report (id, officer_id, organisation_id, digest, payload, captured_at, received_at, judged_on, place,
  sent_lon, sent_lat, datum, accuracy_m, source, category, zone_codes)
SELECT gen_random_uuid(), a.id, a.organisation_id, repeat('a', 64), '{}', now(), now(), '2026-09-01',
  ST_GeomFromEWKT(:place), 121, 32, 'wgs84', CAST(:accuracy_m AS double precision), 'device', 'c', '{}'
FROM account a LIMIT 1
"""
_ZONE = """
INSERT INTO zone (kind, code, version, name, valid, geom, source, sample)
VALUES ('frontage', 'F-X', 1, 'x', '[2026-01-01,)', ST_GeomFromEWKT(:place), 'test', true)
"""
PLACES = [
    pytest.param("SRID=4326;POINT(NaN 32)", id="NaN"),
    pytest.param("SRID=4326;POINT(121 95)", id="lat 95"),
    pytest.param("SRID=4326;POINT EMPTY", id="empty"),
    pytest.param("SRID=3857;POINT(121 32)", id="another SRID"),
]


@pytest.mark.parametrize("place", PLACES)
def test_the_database_takes_no_report_from_such_a_place(street: Engine, officer: Any, place: str) -> None:
    """As the owner, whom row-level security does not stop: only the constraints stand in the way."""
    with pytest.raises(DBAPIError), street.begin() as connection:
        connection.execute(text(_REPORT), {"place": place, "accuracy_m": "5"})

    with street.begin() as connection:
        connection.execute(text(_REPORT), {"place": "SRID=4326;POINT(121 32)", "accuracy_m": "5"})
    assert count_rows(street, "report") == 1


@pytest.mark.parametrize("accuracy_m", ["NaN", "Infinity", "-1", "1e9"])
def test_the_database_takes_no_accuracy_that_is_none(street: Engine, officer: Any, accuracy_m: str) -> None:
    with pytest.raises(DBAPIError, match="report_accuracy_m_range"), street.begin() as connection:
        connection.execute(text(_REPORT), {"place": "SRID=4326;POINT(121 32)", "accuracy_m": accuracy_m})


@pytest.mark.parametrize(
    "place",
    [
        *PLACES,
        pytest.param(
            "SRID=4326;POLYGON((121 32, 122 33, 122 32, 121 33, 121 32))",
            id="self-crossing",
        ),
        pytest.param("SRID=4326;POLYGON((121 32, 122 32, 122 33, 121 33))", id="unclosed"),
    ],
)
def test_the_database_takes_no_zone_of_such_a_shape(street: Engine, place: str) -> None:
    with pytest.raises(DBAPIError), street.begin() as connection:
        connection.execute(text(_ZONE), {"place": place})


@pytest.mark.parametrize(
    "statement", [_REPORT, _ZONE, "DELETE FROM report", "UPDATE report SET digest = ''", "TRUNCATE report"]
)
def test_the_servers_role_can_put_nothing_there_by_itself(
    street: Engine, as_app_role: Engine, officer: Any, statement: str
) -> None:
    good = {"place": "SRID=4326;POINT(121 32)", "accuracy_m": "5"}
    values = good if ":place" in statement else {}
    before = count_rows(street, "report"), count_rows(street, "zone")

    try:
        with as_app_role.begin() as connection:
            connection.execute(text(statement), values)
    except DBAPIError:
        pass

    assert (count_rows(street, "report"), count_rows(street, "zone")) == before


def test_a_guarded_polygon_is_exactly_what_was_sent() -> None:
    sent = polygon(*SQUARE, SQUARE[0])

    assert json.loads(json.dumps(geometry_from_geojson(sent).__geo_interface__)) == sent
