"""Datums against the oracle, there and back, and what a position refuses."""

import csv
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.datum import Datum, Position, PositionRefused, convert, distance_m

ORACLE_FILE = Path(__file__).parent / "data" / "datum_oracle.csv"
ORACLE = list(csv.DictReader(ORACLE_FILE.read_text(encoding="utf-8").splitlines()))
TOLD = (Datum.WGS84, Datum.GCJ02, Datum.BD09)
PAIRS = [(a, b) for a in TOLD for b in TOLD if a is not b]
METRES = Geod(ellps="WGS84")

# A tenth of a degree inside the box: at its very edge the inverse is not unique.
inside_china = st.builds(Position, st.floats(72.2, 137.7), st.floats(1.0, 55.7), st.just(Datum.WGS84))
anywhere = st.builds(Position, st.floats(-179.9, 179.9), st.floats(-89.9, 89.9), st.just(Datum.WGS84))


def told(row: dict[str, str], datum: Datum) -> Position:
    return Position(float(row[f"{datum}_lng"]), float(row[f"{datum}_lat"]), datum)


def apart_m(a: Position, b: Position) -> float:
    """Distance of the bare numbers, so that a mistake in convert cannot hide itself."""
    return float(METRES.inv(a.lon, a.lat, b.lon, b.lat)[2])


@pytest.mark.parametrize(("start", "end"), PAIRS, ids=lambda datum: str(datum))
def test_every_row_of_the_oracle_is_met_within_a_centimetre_in_every_direction(start: Datum, end: Datum):
    worst_m = max(apart_m(convert(told(row, start), end), told(row, end)) for row in ORACLE)
    assert worst_m < 0.001
    assert len(ORACLE) == 220


def test_the_oracle_has_rows_that_are_shifted_and_rows_that_are_not():
    shifted = [row for row in ORACLE if float(row["shift_gcj02_m"]) > 0]
    assert len(shifted) >= 200 and len(shifted) < len(ORACLE)


def test_outside_the_box_gcj02_reads_as_wgs84():
    tokyo = Position(139.6917, 35.6895, Datum.GCJ02)
    assert convert(tokyo, Datum.WGS84) == Position(139.6917, 35.6895, Datum.WGS84)


@given(inside_china, st.sampled_from([Datum.GCJ02, Datum.BD09, Datum.CGCS2000]))
def test_there_and_back_in_china_is_the_same_place_to_a_billionth_of_a_degree(start: Position, by: Datum):
    back = convert(convert(start, by), Datum.WGS84)
    assert abs(back.lon - start.lon) < 1e-9
    assert abs(back.lat - start.lat) < 1e-9


@given(anywhere)
def test_there_and_back_by_bd09_holds_outside_the_box_too(start: Position):
    if 71.9 < start.lon < 138.0 and 0.7 < start.lat < 56.0:
        return
    back = convert(convert(start, Datum.BD09), Datum.WGS84)
    assert apart_m(back, start) < 0.001


@given(inside_china)
def test_gcj02_is_never_the_same_place_in_china_and_never_more_than_a_kilometre_off(start: Position):
    moved_m = apart_m(convert(start, Datum.GCJ02), start)
    assert 1.0 < moved_m < 1500.0


@pytest.mark.parametrize(("lon", "lat"), [(0.0, 89.99), (105.0, -90.0), (180.0, 0.0), (-180.0, 90.0)])
def test_far_from_china_and_at_the_poles_gcj02_is_left_alone(lon: float, lat: float):
    assert convert(Position(lon, lat, Datum.GCJ02), Datum.WGS84) == Position(lon, lat, Datum.WGS84)


@given(
    st.floats(-179.9, 179.9),
    st.floats(-89.9, 89.9),
    st.sampled_from(list(Datum)),
    st.sampled_from(list(Datum)),
)
def test_every_position_off_the_poles_has_a_reading_in_every_datum(
    lon: float, lat: float, start: Datum, end: Datum
):
    assert convert(Position(lon, lat, start), end).datum is end


def test_cgcs2000_is_treated_as_equal_to_wgs84():
    here = Position(121.07, 32.07, Datum.CGCS2000)
    assert convert(here, Datum.WGS84) == Position(121.07, 32.07, Datum.WGS84)
    assert distance_m(here, Position(121.07, 32.07, Datum.WGS84)) == 0.0


def test_converting_to_its_own_datum_keeps_the_very_object():
    here = Position(121.07, 32.07, Datum.BD09)
    assert convert(here, Datum.BD09) is here


def test_a_point_on_the_meridian_where_the_polynomial_has_a_corner_comes_back_too():
    here = Position(105.0, 35.0, Datum.WGS84)
    assert apart_m(convert(convert(here, Datum.BD09), Datum.WGS84), here) < 0.001


def test_the_distance_of_one_place_told_in_two_datums_is_nothing():
    here = Position(121.07, 32.07, Datum.WGS84)
    assert distance_m(here, convert(here, Datum.BD09)) < 0.0001


def test_a_degree_of_latitude_in_tongzhou_is_110_9_km():
    south, north = Position(121.0, 31.5, Datum.WGS84), Position(121.0, 32.5, Datum.WGS84)
    assert distance_m(south, north) == pytest.approx(110_883, abs=5)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (math.nan, 32.0, "position_not_finite"),
        (121.0, math.inf, "position_not_finite"),
        (121.0, -math.inf, "position_not_finite"),
        (10**400, 32.0, "position_not_finite"),
        (121.0, 95.0, "position_out_of_range"),
        (180.0000001, 32.0, "position_out_of_range"),
        ("121.0", 32.0, "position_not_a_number"),
        (True, 32.0, "position_not_a_number"),
        (None, 32.0, "position_not_a_number"),
        (121.0, [32.0], "position_not_a_number"),
    ],
)
def test_a_position_that_cannot_be_one_is_refused_with_its_code(lon: object, lat: object, code: str):
    with pytest.raises(PositionRefused) as refused:
        Position(lon, lat, Datum.WGS84)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert " / " in refused.value.message


def test_an_unknown_datum_is_refused_and_a_plain_string_is_understood():
    with pytest.raises(PositionRefused) as refused:
        Position(121.0, 32.0, "wgs72")  # type: ignore[arg-type]
    assert refused.value.code == "position_datum_unknown"
    assert Position(121.0, 32.0, "gcj02").datum is Datum.GCJ02  # type: ignore[arg-type]


@pytest.mark.parametrize(("lon", "lat"), [(180.0, 0.0), (-180.0, 0.0), (0.0, 90.0), (0.0, -90.0)])
def test_the_edges_of_the_globe_are_positions(lon: float, lat: float):
    assert Position(lon, lat, Datum.WGS84).lon == lon


def test_bd09_numbers_at_a_pole_are_refused_and_not_bent():
    with pytest.raises(PositionRefused) as refused:
        convert(Position(0.0, -90.0, Datum.BD09), Datum.WGS84)
    assert refused.value.code == "position_out_of_range"
