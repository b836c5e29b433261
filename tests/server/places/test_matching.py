"""Matching as a deployment sets it: one plane in Python and in PostGIS, geo's own defaults, words for every reason."""

from datetime import date

from sqlalchemy import text

from config import Config
from geo.datum import Datum, Position, convert
from geo.metric import MetricPlane
from geo.observation import MatchSettings
from server.wiring import matcher_of
from tests.factories import make_organisations, make_zone
from tests.postgres import METRIC_SRID


def test_the_settings_of_a_deployment_are_those_the_match_was_calibrated_with():
    assert matcher_of(Config()).settings == MatchSettings()


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
    matcher = matcher_of(Config())
    here = Position(121.07, 32.07, Datum.WGS84)
    for datum, moved_m in ((Datum.WGS84, 0), (Datum.CGCS2000, 0), (Datum.GCJ02, 485), (Datum.BD09, 1161)):
        fix = matcher.fix(convert(here, datum), 5.0, None)
        assert round(fix.moved_m) == moved_m
        assert abs(fix.place.lon - 121.07) < 1e-7
        assert abs(fix.place.lat - 32.07) < 1e-7


def test_a_match_without_any_zone_says_so_in_both_languages():
    matcher = matcher_of(Config())
    wire = matcher.judge(matcher.fix(Position(121.07, 32.07, Datum.WGS84), 5.0, None), []).wire
    assert wire["township"]["verdict"] == wire["frontage"]["verdict"] == "none"
    assert all(reason["text"] and reason["text_en"] for reason in wire["why"])
    assert not any("?" in reason["text"] + reason["text_en"] for reason in wire["why"])


def test_a_map_may_be_asked_for_by_a_day_or_by_a_time_whose_plus_became_a_space(client, owner, sign_in):
    make_organisations(owner)
    make_zone(owner, kind="frontage", code="OLD", valid_from=date(2022, 9, 1), valid_to=date(2026, 1, 1))
    headers = sign_in("officer")

    def codes(at):
        answer = client.get("/api/v1/zones/frontage", query_string=f"at={at}", headers=headers)
        assert answer.status_code == 200, answer.text
        return [feature["properties"]["code"] for feature in answer.get_json()["features"]]

    assert codes("2025-12-31") == ["OLD"]
    assert codes("2026-01-01") == []
    # In Tongzhou the new year begins at 16:00 UTC of the day before.
    assert codes("2025-12-31T23:59:59+08:00") == ["OLD"]
    assert codes("2026-01-01T00:00:00%2B08:00") == []
