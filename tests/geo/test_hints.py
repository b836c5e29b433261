"""The wrong-datum hint: told only when the other reading fits and the declared one does not."""

from datetime import UTC, datetime, timedelta

import pytest

from geo.datum import Datum, Position, convert, distance_m
from geo.hints import DatumHintSettings, TrackFix, alternatives, datum_findings

NOON = datetime(2026, 8, 17, 5, 40, tzinfo=UTC)
HERE = Position(121.07, 32.07, Datum.WGS84)


def walked(seconds_ago: float, lon: float = 121.07) -> TrackFix:
    return TrackFix(Position(lon, 32.07, Datum.WGS84), NOON - timedelta(seconds=seconds_ago))


def declared_wrongly(really: Datum, declared: Datum) -> Position:
    sent = convert(HERE, really)
    return Position(sent.lon, sent.lat, declared)


TRACK = [walked(15), walked(30), walked(5)]
MISTAKES = [(a, b) for a in ("wgs84", "gcj02", "bd09") for b in ("wgs84", "gcj02", "bd09") if a != b]


@pytest.mark.parametrize(("really", "declared"), MISTAKES)
def test_a_position_declared_in_the_wrong_datum_fits_the_track_only_in_the_right_one(
    really: str, declared: str
):
    facts = datum_findings(declared_wrongly(Datum(really), Datum(declared)), NOON, TRACK)
    assert [(fact.code, fact.params["datum"]) for fact in facts] == [("datum_fits_track_only_as", really)]
    assert facts[0].params["declared"] == declared
    assert facts[0].params["declared_speed_mps"] > 30.0  # type: ignore[operator]
    assert facts[0].params["implied_speed_mps"] < 5.0  # type: ignore[operator]


def test_a_rightly_declared_position_raises_nothing():
    for datum in Datum:
        assert datum_findings(convert(HERE, datum), NOON, TRACK, zone_fits=[datum]) == ()


def test_without_track_and_zones_nothing_is_said():
    assert datum_findings(declared_wrongly(Datum.GCJ02, Datum.WGS84), NOON) == ()


def test_an_officer_who_is_simply_far_away_raises_nothing():
    assert datum_findings(Position(121.5, 32.4, Datum.WGS84), NOON, TRACK) == ()


def test_after_enough_time_the_distance_between_datums_is_plausible_and_raises_nothing():
    position = declared_wrongly(Datum.GCJ02, Datum.WGS84)
    assert datum_findings(position, NOON, [walked(60)]) == ()
    slow = DatumHintSettings(plausible_speed_mps=2.0)
    assert len(datum_findings(position, NOON, [walked(60)], settings=slow)) == 1


def test_fixes_outside_the_window_say_nothing():
    position = declared_wrongly(Datum.GCJ02, Datum.WGS84)
    slow = DatumHintSettings(plausible_speed_mps=0.1, track_window_s=60.0)
    assert datum_findings(position, NOON, [walked(61)], settings=slow) == ()
    assert len(datum_findings(position, NOON, [walked(59)], settings=slow)) == 1


def test_one_wild_fix_neither_raises_a_hint_nor_hides_one():
    wild = walked(1, lon=121.3)
    assert datum_findings(HERE, NOON, [*TRACK, wild]) == ()
    assert len(datum_findings(declared_wrongly(Datum.BD09, Datum.WGS84), NOON, [*TRACK, wild])) == 1


def test_a_track_of_the_same_second_gives_a_finite_speed():
    facts = datum_findings(declared_wrongly(Datum.GCJ02, Datum.WGS84), NOON, [walked(0)])
    assert facts[0].params["declared_speed_mps"] == pytest.approx(485, abs=5)


def test_a_zone_that_fits_only_another_reading_is_told_with_the_distance():
    position = declared_wrongly(Datum.GCJ02, Datum.WGS84)
    (fact,) = datum_findings(position, NOON, zone_fits=[Datum.GCJ02])
    assert fact.code == "datum_fits_zone_only_as"
    assert fact.params["moved_m"] == pytest.approx(485, abs=5)


def test_a_zone_under_the_declared_reading_silences_the_others():
    position = declared_wrongly(Datum.GCJ02, Datum.CGCS2000)
    assert datum_findings(position, NOON, zone_fits=[Datum.GCJ02, Datum.WGS84]) == ()


def test_alternatives_read_the_same_numbers_and_never_repeat_the_declared_reading():
    sent = convert(HERE, Datum.BD09)
    read = alternatives(Position(sent.lon, sent.lat, Datum.WGS84))
    assert set(read) == {Datum.GCJ02, Datum.BD09}
    assert distance_m(read[Datum.BD09], HERE) < 0.001
    assert Datum.WGS84 not in alternatives(Position(121.07, 32.07, Datum.CGCS2000))


def test_outside_the_box_only_bd09_reads_differently():
    assert set(alternatives(Position(2.35, 48.85, Datum.WGS84))) == {Datum.BD09}


def test_numbers_at_a_pole_have_no_bd09_reading_and_raise_nothing():
    assert alternatives(Position(0.0, -90.0, Datum.WGS84)) == {}


def test_times_without_offset_and_senseless_limits_are_refused():
    with pytest.raises(ValueError, match="aware"):
        TrackFix(HERE, datetime(2026, 8, 17))
    with pytest.raises(ValueError, match="aware"):
        datum_findings(HERE, datetime(2026, 8, 17))
    with pytest.raises(ValueError, match="positive"):
        DatumHintSettings(plausible_speed_mps=0.0)


def test_only_the_fixes_nearest_in_time_are_asked():
    long_ago_elsewhere = [walked(20 + i, lon=121.4) for i in range(7)]
    position = declared_wrongly(Datum.GCJ02, Datum.WGS84)
    assert len(datum_findings(position, NOON, [*long_ago_elsewhere, *[walked(i) for i in range(1, 6)]])) == 1
