"""Zones come from files: checked whole, applied as one step, and never changed afterwards."""

import copy
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from geo.observation import Kind
from server.places.importing import ImportCounts, ImportRefused, apply_zones, read_zones


def square(code: str, lon: float = 121.07, *, valid_from: str = "2022-09-01", **properties):
    ring = [[lon, 32.07], [lon + 1e-4, 32.07], [lon + 1e-4, 32.0701], [lon, 32.0701], [lon, 32.07]]
    return {
        "type": "Feature",
        "properties": {
            "code": code,
            "name": f"店 {code}",
            "valid_from": valid_from,
            "sample": True,
            **properties,
        },
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def load(owner: Engine, *features) -> ImportCounts:
    with owner.begin() as connection:
        zones = read_zones(Kind.FRONTAGE, collection(*features))
        return apply_zones(connection, Kind.FRONTAGE, zones, source="test")


def versions(owner: Engine, code: str) -> list[tuple[int, date, date | None]]:
    with owner.begin() as connection:
        rows = connection.execute(
            text("SELECT version, lower(valid), upper(valid) FROM zone WHERE code = :code ORDER BY version"),
            {"code": code},
        )
        return [tuple(row) for row in rows]


def test_the_same_file_twice_changes_nothing(owner):
    assert load(owner, square("A"), square("B", 121.08)) == ImportCounts(new=2, changed=0, unchanged=0)
    assert load(owner, square("A"), square("B", 121.08)) == ImportCounts(new=0, changed=0, unchanged=2)
    assert versions(owner, "A") == [(1, date(2022, 9, 1), None)]


def test_a_changed_zone_closes_its_version_on_the_day_the_new_one_begins(owner):
    load(owner, square("A"))
    assert load(owner, square("A", 121.0701, valid_from="2026-11-01")).changed == 1
    assert versions(owner, "A") == [
        (1, date(2022, 9, 1), date(2026, 11, 1)),
        (2, date(2026, 11, 1), None),
    ]


def test_a_changed_zone_may_not_begin_before_the_one_it_replaces(owner):
    load(owner, square("A"))
    with pytest.raises(ImportRefused, match="A"):
        load(owner, square("A", 121.0701))
    assert len(versions(owner, "A")) == 1


def test_every_fault_of_a_file_is_named_and_nothing_is_applied(owner):
    bow_tie = square("C")
    ring = bow_tie["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    unclosed = copy.deepcopy(square("D"))
    unclosed["geometry"]["coordinates"][0].pop()
    with pytest.raises(ImportRefused) as refused:
        load(owner, square("A"), bow_tie, unclosed, square("A", 121.09), {"type": "Feature"})
    assert len(refused.value.faults) == 4
    assert ["features[1]", "features[2]", "features[3]", "features[4]"] == sorted(
        fault.split(":")[0] for fault in refused.value.faults
    )
    assert versions(owner, "A") == []


def test_a_zone_version_cannot_be_changed_even_by_the_owner(owner):
    load(owner, square("A"))
    for change in ("name = 'x'", "geom = ST_Translate(geom, 0.001, 0)", "version = 7"):
        with pytest.raises(DBAPIError, match="zone version only closes"), owner.begin() as connection:
            connection.execute(text(f"UPDATE zone SET {change}"))


def test_two_versions_of_one_code_cannot_be_in_force_on_one_day(owner):
    load(owner, square("A"))
    with pytest.raises(DBAPIError, match="zone_one_version_at_a_time"), owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO zone (kind, code, version, name, valid, geom, source, sample) "
                "SELECT kind, code, 2, name, valid, geom, source, sample FROM zone"
            )
        )


@pytest.mark.parametrize(
    "wkt",
    [
        "POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))",
        "POLYGON EMPTY",
        "POLYGON((200 0, 201 0, 201 1, 200 0))",
        "POLYGON((0 0, 'NaN' 0, 1 1, 0 0))",
    ],
)
def test_the_database_refuses_what_is_no_place(owner, wkt):
    with pytest.raises(DBAPIError), owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO zone (kind, code, version, name, valid, geom, source, sample) VALUES "
                "('site', 'X', 1, 'x', '[2022-01-01,)', ST_GeomFromText(:wkt, 4326), 'test', true)"
            ),
            {"wkt": wkt.replace("'NaN'", "NaN")},
        )


def test_a_large_outline_is_matched_by_small_pieces_that_cover_it(owner):
    coast = [[121 + i * 1e-5, 31.99 - (i % 7) * 1e-4] for i in range(1, 900)]
    feature = square("T")
    ring = [[121.0, 32.0], *coast, [121.01, 32.0], [121.01, 32.05], [121.0, 32.05], [121.0, 32.0]]
    feature["geometry"]["coordinates"] = [ring]
    load(owner, feature)
    with owner.begin() as connection:
        pieces, most, apart = connection.execute(
            text(
                "SELECT count(*), max(ST_NPoints(piece)), abs(sum(ST_Area(piece)) - max(ST_Area(geom_m))) "
                "FROM zone JOIN zone_piece ON zone_id = id"
            )
        ).one()
    assert pieces > 5
    assert most <= 129
    assert apart < 0.01
