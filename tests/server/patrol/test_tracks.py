"""Where somebody went: played back, taken out as files, summed up; whoever looks is noted and named to them."""

from __future__ import annotations

import csv
import io
import math
import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pyogrio
import pytest
import shapely
from flask.testing import FlaskClient
from pyproj import Geod
from sqlalchemy import Engine, text

from config import Config
from geo.metric import MetricPlane
from server.patrol.keeping.nightly import keep_all
from server.patrol.tracks.working_out import work_out_due
from server.wiring import keeping_of
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN, NOW
from tests.geo.traces import lake_rows
from tests.postgres import METRIC_SRID
from tests.server.patrol.covered import as_worker, cover_all, make_street
from tests.server.patrol.walks import Fix, Officer, fix, send, start_shift, stored, walk
from tests.server.world import SignIn

API = "/api/v1"
GEOD = Geod(ellps="WGS84")
PLANE = MetricPlane(METRIC_SRID)
WALK_M = 500.0
EAST = (CORNER[0] + WALK_M / 94_427, CORNER[1])


def lake_trace(at: datetime) -> list[Fix]:
    """The real trace of tests/geo/data, with its jump, as if it had been recorded at Jinsha."""
    rows = lake_rows()
    begin_s, lon, lat = rows[0][:3]
    squeeze = math.cos(math.radians(lat)) / math.cos(math.radians(CORNER[1]))
    return [
        fix(
            (CORNER[0] + (row[1] - lon) * squeeze, CORNER[1] + row[2] - lat),
            at + timedelta(seconds=row[0] - begin_s),
            accuracy_m=8.0,
        )
        for row in rows
    ]


def pause(at: datetime, minutes: int) -> list[Fix]:
    """A phone that lies at the end of the walk, a fix a second, wandering by its accuracy."""
    rng = random.Random(7)
    return [
        fix(
            (EAST[0] + rng.gauss(0, 4) / 94_427, EAST[1] + rng.gauss(0, 4) / 110_900),
            at + timedelta(seconds=n),
            accuracy_m=6.0,
        )
        for n in range(minutes * 60)
    ]


def track(client: FlaskClient, headers: dict[str, str], account: UUID, **query: str) -> Any:
    return client.get(f"{API}/officers/{account}/track", headers=headers, query_string=query)


def played(client: FlaskClient, headers: dict[str, str], account: UUID, **query: str) -> Any:
    answer = track(client, headers, account, **{"why": "抽查", **query})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def looks(client: FlaskClient, officer: Officer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"{API}/position-looks", headers=officer.headers).get_json()[
        "items"
    ]
    return items


def seconds(told: str) -> float:
    return datetime.fromisoformat(told.replace("Z", "+00:00")).timestamp()


# --- Playback -------------------------------------------------------------------------------------------------


def test_a_day_is_played_back_on_one_timeline_with_what_was_done_in_it(
    client: FlaskClient, owner: Engine, sign_in: SignIn, patrolling: Officer
) -> None:
    factories.make_zone(owner, kind="township", at=CORNER, width_m=3000, depth_m=3000)
    frontage = factories.make_zone(owner, at=CORNER, width_m=60, depth_m=8)
    begun = NOW - timedelta(minutes=50)
    fixes = walk([CORNER, EAST], begun)
    fixes += pause(begun + timedelta(seconds=len(fixes)), 20)
    assert send(client, patrolling, fixes).status_code == 200
    photo, report = factories.photo_bytes(seed=5), str(uuid4())
    said = factories.report_json(at=CORNER, captured_at=begun + timedelta(minutes=2), photos=[photo])
    assert client.put(f"{API}/reports/{report}", json=said, headers=patrolling.headers).status_code == 201
    sos = {"raised_at": (begun + timedelta(minutes=9)).isoformat()}
    assert client.put(f"{API}/sos/{uuid4()}", json=sos, headers=patrolling.headers).status_code == 201
    cover_all(owner)
    told = played(client, sign_in("zone_manager"), patrolling.account_id)
    events = told["timeline"]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    kinds = [event["kind"] for event in events]
    assert sorted(set(kinds)) == ["report", "shift_started", "sos", "stop", "visit"]
    (stop,) = [event for event in events if event["kind"] == "stop"]
    assert seconds(stop["until"]) - seconds(stop["at"]) == pytest.approx(20 * 60, abs=30)
    assert GEOD.inv(stop["lon"], stop["lat"], *EAST)[2] < 10
    (reported,) = [event for event in events if event["kind"] == "report"]
    assert (reported["id"], reported["photos"]) == (
        report,
        [{"sha256": said["photos"][0]["sha256"], "role": "scene"}],
    )
    assert {event["zone"]["code"] for event in events if event["kind"] == "visit"} == {frontage}
    (whole,) = told["tracks"]
    assert (whole["fixes"], whole["device"]["name"]) == (len(fixes), "phone")
    # Twenty minutes of a phone that lies still are no way: 1,200 steps of 5 m would be six kilometres.
    assert whole["distance_m"] == pytest.approx(WALK_M, rel=0.04)


def test_what_is_left_out_for_the_eye_lies_on_the_line_that_is_shown(
    client: FlaskClient, patrolling: Officer, clock: StandingClock
) -> None:
    fixes = lake_trace(clock.now - timedelta(minutes=30))
    assert send(client, patrolling, fixes).status_code == 200
    told = played(client, patrolling.headers, patrolling.account_id, to="2026-09-01")
    (whole,) = told["tracks"]
    points = whole["points"]
    assert whole["fixes"] == len(fixes) > len(points)
    assert whole["flagged"]["jump"] >= 1
    shown = {point["at"] for point in points}
    lines, last = [], (0.0, 0.0)
    for point in points:
        here = PLANE.forward(point["lon"], point["lat"])
        if point["joined"]:
            lines.append(shapely.LineString([last, here]))
        last = here if point["on_line"] else last
    drawn = shapely.union_all(lines)
    left_out = [one for one in fixes if _wire(one["recorded_at"]) not in shown]
    assert left_out
    for one in left_out:
        assert (
            drawn.distance(shapely.Point(PLANE.forward(one["lon"], one["lat"]))) <= told["thinned_m"] + 0.01
        )


def _wire(at: str) -> str:
    return (
        datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    )


# --- Who may, and who is told ---------------------------------------------------------------------------------


def test_another_s_track_is_read_with_a_reason_that_its_officer_is_shown_by_name(
    client: FlaskClient, owner: Engine, sign_in: SignIn, patrolling: Officer
) -> None:
    send(client, patrolling, walk([CORNER, EAST], NOW - timedelta(minutes=30)))
    assert track(client, patrolling.headers, patrolling.account_id).status_code == 200
    assert looks(client, patrolling) == []
    manager = factories.make_account(owner, role="zone_manager", organisation=JINSHA)
    headers = sign_in(manager.username)
    refused = track(client, headers, patrolling.account_id)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "look_reason_missing")
    day = {"from": "2026-09-01", "to": "2026-09-01"}
    assert track(client, headers, patrolling.account_id, why="市民投诉核实", **day).status_code == 200
    assert track(client, headers, patrolling.account_id, why="出具证据", format="gpx").status_code == 200
    newest, first = looks(client, patrolling)
    assert (first["name"], first["role"], first["body"]["code"]) == (
        manager.display_name,
        "zone_manager",
        JINSHA,
    )
    assert (first["why"], first["reason"], newest["why"]) == (
        "track_playback",
        "市民投诉核实",
        "track_export",
    )
    # The day of the district, not of Greenwich.
    assert (first["from"], first["to"]) == ("2026-08-31T16:00:00.000000Z", "2026-09-01T16:00:00.000000Z")
    assert first["why_name_en"] == "playback of a track"


WHO_READS = [
    ("dispatcher", DISTRICT, 200),
    ("zone_manager", JINSHA, 200),
    ("zone_manager", JINXIN, 404),
    ("dispatcher", JINXIN, 404),
    ("officer", JINSHA, 404),
    ("handler", JINSHA, 404),
    ("admin", DISTRICT, 403),
    ("acceptor", DISTRICT, 403),
]


def test_a_track_is_for_those_who_answer_for_its_officer_and_a_look_that_shows_nothing_is_no_look(
    client: FlaskClient, sign_in: SignIn, patrolling: Officer
) -> None:
    send(client, patrolling, walk([CORNER, EAST], NOW - timedelta(minutes=30)))
    shift, noted = stored_shift(client, patrolling), 0
    for role, organisation, status in WHO_READS:
        headers = sign_in(role, organisation=organisation)
        answer = track(client, headers, patrolling.account_id, why="抽查")
        assert answer.status_code == status, role
        summary = client.get(f"{API}/shifts/{shift}/summary?why=x", headers=headers)
        assert summary.status_code == status, role
        lines = client.get(f"{API}/shifts/summaries.csv?why=x", headers=headers)
        assert lines.status_code == (403 if status == 403 else 200), role
        assert (shift in lines.text) is (status == 200), role
        noted += 3 if status == 200 else 0
        assert len(looks(client, patrolling)) == noted, role


def stored_shift(client: FlaskClient, officer: Officer) -> str:
    shift: str = played(client, officer.headers, officer.account_id)["tracks"][0]["shift"]
    return shift


def test_more_than_is_read_at_once_is_refused_with_the_limit_and_noted_nowhere(
    client: FlaskClient, sign_in: SignIn, patrolling: Officer, config: Config
) -> None:
    headers = sign_in("dispatcher")
    refused = track(
        client, headers, patrolling.account_id, why="x", **{"from": "2026-08-01", "to": "2026-08-31"}
    )
    assert (refused.status_code, refused.get_json()["limit_hours"]) == (422, config.track_period_max_h)
    turned = track(
        client, headers, patrolling.account_id, why="x", **{"from": "2026-09-01", "to": "2026-08-31"}
    )
    assert turned.get_json()["errors"][0]["path"] == "/to"
    assert looks(client, patrolling) == []


class TestFewFixes:
    @pytest.fixture
    def config(self, tmp_path: Path) -> Config:
        return Config(
            var=tmp_path / "var", metric_srid=METRIC_SRID, database_pool_size=4, track_fixes_max_count=1000
        )

    def test_a_track_of_too_many_fixes_is_not_cut_but_refused(
        self, client: FlaskClient, sign_in: SignIn, patrolling: Officer
    ) -> None:
        send(client, patrolling, pause(NOW - timedelta(minutes=17), 17))
        refused = track(client, sign_in("dispatcher"), patrolling.account_id, why="x")
        assert (refused.status_code, refused.get_json()["limit_fixes"]) == (422, 1000)
        assert looks(client, patrolling) == []


# --- Files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def traced(
    client: FlaskClient, patrolling: Officer, owner: Engine, clock: StandingClock
) -> list[dict[str, Any]]:
    """What is stored of the real trace, sent by a phone whose name a spreadsheet would calculate."""
    fixes = lake_trace(clock.now - timedelta(minutes=30))
    assert send(client, patrolling, fixes, device="=cmd|' /C calc'!A0 <&>\x02").status_code == 200
    return stored(owner)


def taken_out(client: FlaskClient, officer: Officer, form: str, tmp_path: Path) -> Path:
    answer = track(client, officer.headers, officer.account_id, format=form, to="2026-09-01")
    assert answer.status_code == 200
    assert f".{form}" in answer.headers["Content-Disposition"]
    path = tmp_path / f"track.{form}"
    path.write_bytes(answer.data)
    return path


def read_layer(path: Path, layer: str) -> tuple[dict[str, Any], Any]:
    """Columns and shapes of a layer as GDAL reads it."""
    meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer)
    return dict(zip(meta["fields"], columns, strict=True)), shapely.from_wkb(shapes)


def as_read(fields: dict[str, Any], shapes: Any, time: str, flags: str) -> dict[Any, str]:
    """Flags by time and place."""
    places = shapely.get_coordinates(shapes)[:, :2]
    return {
        (np.datetime64(at, "s").astype(int), lon, lat): flag or ""
        for at, (lon, lat), flag in zip(fields[time], places, fields[flags], strict=True)
    }


@pytest.mark.parametrize("form", ["gpx", "kml"])
def test_gdal_reads_every_fix_of_a_gpx_and_a_kml_with_its_time_and_flags(
    client: FlaskClient, patrolling: Officer, traced: list[dict[str, Any]], form: str, tmp_path: Path
) -> None:
    path = taken_out(client, patrolling, form, tmp_path)
    if form == "gpx":
        read = as_read(*read_layer(path, "track_points"), "time", "cmt")
        fields, shapes = read_layer(path, "waypoints")
        alone = fields["type"] == "fix"
        fields = {name: column[alone] for name, column in fields.items()}
        assert len(shapes[alone]) >= 1
        read |= as_read(fields, shapes[alone], "time", "cmt")
    else:
        read = as_read(*read_layer(path, "fixes"), "timestamp", "flags")
    assert set(read) == {(round(row["recorded_at"].timestamp()), row["lon"], row["lat"]) for row in traced}
    assert any("jump" in flag for flag in read.values())
    _, lines = read_layer(path, {"gpx": "tracks", "kml": "lines"}[form])
    # No line leads through the jump.
    longest_m = max(
        GEOD.geometry_length(shapely.LineString(pair))
        for part in shapely.get_parts(lines)
        for pair in pairwise(part.coords)
    )
    assert longest_m < 1000


def test_geojson_and_csv_hold_every_fix_and_no_cell_is_a_formula(
    client: FlaskClient, patrolling: Officer, traced: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = taken_out(client, patrolling, "geojson", tmp_path)
    meta, _, geometries, columns = pyogrio.raw.read(path)
    what = list(columns[list(meta["fields"]).index("what")])
    assert what.count("fix") == len(traced)
    assert what.count("line") >= 1
    raw = taken_out(client, patrolling, "csv", tmp_path).read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(raw)))
    assert [(float(line["lon"]), float(line["lat"])) for line in lines] == [
        (row["lon"], row["lat"]) for row in traced
    ]
    assert {line["device"] for line in lines} == {"'=cmd|' /C calc'!A0 <&>\x02"}
    assert not any(cell.startswith(("=", "+", "@")) for line in lines for cell in line.values())


def test_the_accept_header_chooses_the_file_as_the_address_does(
    client: FlaskClient, patrolling: Officer
) -> None:
    path = f"{API}/officers/{patrolling.account_id}/track"
    for form, kind in (
        ("gpx", "application/gpx+xml"),
        ("kml", "application/vnd.google-earth.kml+xml"),
        ("geojson", "application/geo+json"),
        ("csv", "text/csv"),
    ):
        answer = client.get(path, headers={**patrolling.headers, "Accept": kind})
        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert client.get(f"{path}?format={form}", headers=patrolling.headers).data == answer.data
    assert client.get(path, headers=patrolling.headers).mimetype == "application/json"


# --- Figures --------------------------------------------------------------------------------------------------


def summary(client: FlaskClient, headers: dict[str, str], shift: UUID) -> Any:
    answer = client.get(f"{API}/shifts/{shift}/summary?why=x", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def csv_of(client: FlaskClient, headers: dict[str, str], **query: str) -> list[dict[str, str]]:
    answer = client.get(f"{API}/shifts/summaries.csv", headers=headers, query_string={"why": "工资", **query})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_a_summary_says_how_far_how_long_and_how_much_was_seen(
    client: FlaskClient, owner: Engine, officer: Officer, sign_in: SignIn
) -> None:
    shift = start_shift(owner, officer.account_id, NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    codes = make_street(owner)
    give_area(owner, shift, east_m=WALK_M / 2)
    begun = NOW - timedelta(hours=2)
    way = walk([CORNER, EAST], begun)
    lying = pause(begun + timedelta(seconds=len(way) + 90), 10)
    bad = fix((CORNER[0] + 0.2, CORNER[1]), begun + timedelta(seconds=100, milliseconds=500))
    assert send(client, officer, [*way, *lying, bad]).status_code == 200
    cover_all(owner)
    told = summary(client, sign_in("zone_manager", organisation=JINSHA), shift)
    figures = told["figures"]
    assert figures["distance_m"] == pytest.approx(WALK_M, rel=0.04)
    assert figures["moving_s"] + figures["standing_s"] == pytest.approx(len(way) + 90 + len(lying), abs=10)
    assert figures["standing_s"] == pytest.approx(90 + len(lying), rel=0.05)
    assert (figures["fixes"], figures["flagged"]["jump"]) == (len(way) + len(lying) + 1, 1)
    assert figures["largest_gap_s"] == 91
    inside = sum(1 for one in way if one["lon"] <= CORNER[0] + WALK_M / 2 / 94_427)
    outside = 1 - inside / (len(way) + len(lying))
    assert figures["outside_area_share"] == pytest.approx(outside, abs=0.02)
    with owner.connect() as connection:
        zones, visits, metres = connection.execute(
            text(
                "SELECT count(*), sum(n), sum(m) FROM (SELECT count(*) AS n, max(probable_m) AS m FROM visit "
                "WHERE account_id = :account GROUP BY zone_id) z"
            ),
            {"account": officer.account_id},
        ).one()
    assert 0 < zones <= len(codes)
    assert (told["zones_visited"], told["visits"]) == (zones, visits)
    assert told["seen_m"] == pytest.approx(metres, abs=0.1)


def test_no_function_of_the_database_shows_a_track_without_a_note(
    owner: Engine, as_app_role: Engine, client: FlaskClient, patrolling: Officer
) -> None:
    send(client, patrolling, walk([CORNER, EAST], NOW - timedelta(minutes=30)))
    shift = stored_shift(client, patrolling)
    manager = factories.make_account(owner, role="zone_manager")
    asked = text("SELECT count(*) FROM shift_track_v1(:shift, interval '1 hour', 10000)")
    noted = text("SELECT count(*) FROM shift_summaries_v1(:shift, NULL, NULL, NULL, NULL, 10, 'x', now())")
    for reading, rows in ((False, 0), (True, 2)):
        with as_app_role.begin() as connection:
            for name, value in (("account_id", str(manager.id)), ("scope", "district")):
                connection.execute(
                    text("SELECT set_config(:name, :value, true)"),
                    {"name": f"frontage.{name}", "value": value},
                )
            if reading:
                assert connection.execute(noted, {"shift": shift}).scalar_one() == 1
            assert connection.execute(asked, {"shift": shift}).scalar_one() == rows
    assert [look["why"] for look in looks(client, patrolling)] == ["shift_summary"]


def give_area(owner: Engine, shift: UUID, *, east_m: float) -> None:
    """The shift is on the roster, in an area that reaches so far east of the corner."""
    west, south, north = CORNER[0] - 0.01, CORNER[1] - 0.01, CORNER[1] + 0.01
    with owner.begin() as connection:
        connection.execute(
            text(
                "WITH area AS (INSERT INTO duty_area (organisation_id, code, name, made_of, geom, made_at) "
                "SELECT organisation_id, 'A1', '一片', '{}', "
                "ST_Multi(ST_MakeEnvelope(:west, :south, :east, :north, 4326)), now() "
                "FROM shift WHERE id = :shift RETURNING id, organisation_id), "
                "listed AS (INSERT INTO roster (organisation_id, name, source, sample, digest, days, made_at) "
                "SELECT organisation_id, 'test', 'test', true, repeat('a', 64), '[2026-09-01,2026-09-02)', now() "
                "FROM area RETURNING id), "
                "entry AS (INSERT INTO roster_entry (roster_id, organisation_id, account_id, duty_area_id, "
                "on_from, on_to) SELECT listed.id, s.organisation_id, s.account_id, area.id, s.started_at, s.limit_at "
                "FROM listed, area, shift s WHERE s.id = :shift RETURNING id) "
                "SELECT 1 FROM entry"
            ),
            {
                "west": west,
                "south": south,
                "east": CORNER[0] + east_m / 94_427,
                "north": north,
                "shift": shift,
            },
        )
        connection.execute(text("ALTER TABLE shift DISABLE TRIGGER USER"))
        connection.execute(
            text("UPDATE shift SET roster_entry_id = (SELECT id FROM roster_entry) WHERE id = :shift"),
            {"shift": shift},
        )
        connection.execute(text("ALTER TABLE shift ENABLE TRIGGER USER"))


def test_figures_are_worked_out_beside_follow_late_fixes_and_outlive_the_fixes_they_are_made_of(
    client: FlaskClient,
    owner: Engine,
    officer: Officer,
    sign_in: SignIn,
    clock: StandingClock,
    config: Config,
) -> None:
    manager, rules = sign_in("zone_manager"), keeping_of(config)
    shift = start_shift(owner, officer.account_id, NOW - timedelta(hours=4), NOW - timedelta(hours=2))
    whole = walk([CORNER, EAST], NOW - timedelta(hours=4) + timedelta(seconds=13))
    half = len(whole) // 2
    send(client, officer, whole[:half])
    (before,) = csv_of(client, manager)
    assert (before["shift"], before["distance_km"], before["worked_out_at"]) == (str(shift), "", "")
    with as_worker(owner) as worker:
        assert work_out_due(worker, rules.figures, clock.now) == 1
        assert work_out_due(worker, rules.figures, clock.now) == 0
    (first,) = csv_of(client, manager)
    assert float(first["distance_km"]) == pytest.approx(WALK_M / 2000, abs=0.02)
    clock.advance(minutes=10)
    send(client, officer, whole[half:])
    # One shift is told as it is now; the file as it was worked out, and says when.
    assert summary(client, manager, shift)["figures"]["distance_m"] == pytest.approx(WALK_M, rel=0.04)
    assert csv_of(client, manager)[0]["distance_km"] == first["distance_km"]
    cover_all(owner)
    later = clock.now + timedelta(days=31)
    with as_worker(owner) as worker:
        assert work_out_due(worker, rules.figures, clock.now) == 1
        done = keep_all(worker, rules, later)
    assert [one.rows for one in done or [] if one.due.what == "track"] == [len(whole)]
    (last,) = csv_of(client, manager, **{"from": "2026-08-31", "to": "2026-09-01"})
    assert float(last["distance_km"]) == pytest.approx(WALK_M / 1000, rel=0.04)
    told = summary(client, manager, shift)
    assert (told["final"], told["figures"]["fixes"]) == (True, len(whole))
    coarse = played(client, manager, officer.account_id, **{"from": "2026-08-31", "to": "2026-09-01"})
    assert coarse["coarse_days"] == ["2026-08-31"]
    assert sum(one["fixes"] for one in coarse["tracks"]) < 10


def test_a_file_of_shifts_holds_those_of_the_body_that_is_asked_for_and_quotes_formulas(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    made = {}
    for organisation in (JINSHA, JINXIN):
        account = factories.make_account(owner, organisation=organisation)
        made[organisation] = start_shift(
            owner, account.id, NOW - timedelta(hours=3), NOW - timedelta(hours=1)
        )
    with owner.begin() as connection:
        connection.execute(text("UPDATE account SET display_name = '=1+1' WHERE role = 'officer'"))
    manager = sign_in("zone_manager")
    assert {line["shift"] for line in csv_of(client, manager)} == {str(shift) for shift in made.values()}
    (line,) = csv_of(client, manager, body=JINXIN)
    assert (line["shift"], line["name"], line["hours"]) == (str(made[JINXIN]), "'=1+1", "2.0")
    refused = client.get(f"{API}/shifts/summaries.csv", headers=manager)
    assert refused.get_json()["code"] == "look_reason_missing"


def test_a_night_shift_is_one_track_over_midnight_and_asked_for_by_day_in_its_parts(
    client: FlaskClient, owner: Engine, officer: Officer, clock: StandingClock
) -> None:
    midnight = datetime(2026, 8, 31, 16, 0, tzinfo=UTC)  # in the district
    start_shift(owner, officer.account_id, midnight - timedelta(hours=1))
    fixes = walk([CORNER, EAST], midnight - timedelta(seconds=100))
    assert send(client, officer, fixes).status_code == 200

    def count(first: date, last: date) -> int:
        told = played(client, officer.headers, officer.account_id, **{"from": str(first), "to": str(last)})
        assert len(told["tracks"]) == 1
        return int(told["tracks"][0]["fixes"])

    night, day = date(2026, 8, 31), date(2026, 9, 1)
    assert (count(night, night), count(day, day), count(night, day)) == (100, len(fixes) - 100, len(fixes))
