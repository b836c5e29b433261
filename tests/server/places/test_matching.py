"""Matching as a deployment sets it: one plane in Python and in PostGIS, geo's own defaults, words for every reason."""

from sqlalchemy import text

from config import Config
from geo.datum import Datum, Position, convert
from geo.metric import MetricPlane
from geo.observation import MatchSettings
from server.app import _matcher
from tests.postgres import METRIC_SRID


def test_the_settings_of_a_deployment_are_those_the_match_was_calibrated_with():
    assert _matcher(Config()).settings == MatchSettings()


def test_postgis_and_the_metric_plane_agree_to_a_tenth_of_a_millimetre(owner):
    plane = MetricPlane(METRIC_SRID)
    with owner.begin() as connection:
        for lon, lat in [(121.07, 32.07), (120.72, 32.07), (121.4, 32.16), (121.0, 31.9)]:
            x, y = connection.execute(
                text(
                    "SELECT ST_X(p), ST_Y(p) FROM to_metric(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) AS p"
                ),
                {"lon": lon, "lat": lat},
            ).one()
            ours = plane.forward(lon, lat)
            assert abs(x - ours[0]) < 1e-4
            assert abs(y - ours[1]) < 1e-4


def test_a_fix_tells_how_far_its_datum_moved_it():
    matcher = _matcher(Config())
    here = Position(121.07, 32.07, Datum.WGS84)
    for datum, moved_m in ((Datum.WGS84, 0), (Datum.CGCS2000, 0), (Datum.GCJ02, 485), (Datum.BD09, 1161)):
        fix = matcher.fix(convert(here, datum), 5.0, None)
        assert round(fix.moved_m) == moved_m
        assert abs(fix.place.lon - 121.07) < 1e-7
        assert abs(fix.place.lat - 32.07) < 1e-7


def test_a_match_without_any_zone_says_so_in_both_languages():
    matcher = _matcher(Config())
    wire = matcher.judge(matcher.fix(Position(121.07, 32.07, Datum.WGS84), 5.0, None), []).wire
    assert wire["township"]["verdict"] == wire["frontage"]["verdict"] == "none"
    assert all(reason["text"] and reason["text_en"] for reason in wire["why"])
    assert not any("?" in reason["text"] + reason["text_en"] for reason in wire["why"])
