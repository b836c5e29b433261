"""Rosters from files: every fault told at once, whole days replaced, and shifts marked by them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from server.cli import main
from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN, NOW
from tests.server.patrol.rosters import AREA, roster, turn

API = "/api/v1"
SignIn = Callable[..., dict[str, str]]
NIGHT = {"start": "22:00", "stop": "06:00"}


@pytest.fixture
def officer(owner: Engine) -> str:
    return factories.make_account(owner, role="officer", organisation=JINSHA, username="walker").username


@pytest.fixture
def leader(sign_in: SignIn) -> dict[str, str]:
    return sign_in("zone_manager", organisation=JINSHA)


def send(client: FlaskClient, headers: dict[str, str], given: dict[str, Any], query: str = "") -> Any:
    return client.post(f"{API}/roster/imports{query}", json=given, headers=headers)


def listed(client: FlaskClient, headers: dict[str, str]) -> list[tuple[str, str, str]]:
    """Username, beginning and end in UTC of every turn in force from the last day of August on."""
    answer = client.get(f"{API}/roster?from=2026-08-31T00:00:00Z", headers=headers)
    assert answer.status_code == 200, answer.text
    return [(one["username"], one["on_from"][5:16], one["on_to"][5:16]) for one in answer.get_json()["items"]]


def start(client: FlaskClient, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/shifts/start", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.get_json()
    client.post(f"{API}/shifts/end", json={"shift": told["id"]}, headers=headers)
    return told


def test_a_roster_is_kept_with_its_teams_and_areas_and_the_same_again_changes_nothing(
    client: FlaskClient, sign_in: SignIn, officer: str, leader: dict[str, str]
) -> None:
    odd = {**AREA, "polygon": {**AREA["polygon"], "bbox": ["\x00"]}}
    given = roster(
        turn(officer, team="一队", area="A1"),
        turn(officer, day="2026-09-02", **NIGHT),
        areas=[odd],
        teams=[{"name": "一队", "members": [officer]}],
    )
    tried = send(client, leader, given, "?dry_run=true")
    assert (tried.status_code, tried.get_json()["id"], tried.get_json()["made"]) == (200, None, True)
    assert listed(client, leader) == []
    made = send(client, leader, given)
    assert (made.status_code, made.get_json()["entries"], made.get_json()["replaced"]) == (201, 2, 0)
    again = send(client, leader, given)
    assert (again.status_code, again.get_json()["id"]) == (200, made.get_json()["id"])
    turns = [(officer, "09-01T00:00", "09-01T09:00"), (officer, "09-02T14:00", "09-02T22:00")]
    for headers in (leader, sign_in(officer), sign_in("dispatcher")):
        assert listed(client, headers) == turns
    for headers in (sign_in("officer", organisation=JINSHA), sign_in("zone_manager", organisation=JINXIN)):
        assert listed(client, headers) == []
    (team,) = client.get(f"{API}/teams", headers=leader).get_json()["items"]
    assert (team["name"], [one["username"] for one in team["members"]]) == ("一队", [officer])
    (team,) = client.get(f"{API}/teams", headers=sign_in("officer")).get_json()["items"]
    assert team["members"] == []
    (area,) = client.get(f"{API}/duty-areas", headers=leader).get_json()["features"]
    assert area["properties"]["code"] == "A1"
    assert area["geometry"]["coordinates"][0] == AREA["polygon"]["coordinates"]


def test_a_newer_roster_replaces_its_days_and_no_others(
    client: FlaskClient, officer: str, leader: dict[str, str], owner: Engine
) -> None:
    both = roster(
        turn(officer), turn(officer, day="2026-09-02"), teams=[{"name": "一队", "members": [officer]}]
    )
    send(client, leader, both)
    late = turn(officer, day="2026-09-02", start="12:00", stop="20:00")
    changed = {**roster(late, teams=[{"name": "一队", "members": []}]), "first": "2026-09-02"}
    assert send(client, leader, changed).get_json()["replaced"] == 1
    assert listed(client, leader) == [
        (officer, "09-01T00:00", "09-01T09:00"),
        (officer, "09-02T04:00", "09-02T12:00"),
    ]
    # The first once more is no longer the newest of its days.
    assert send(client, leader, both).get_json()["replaced"] == 2
    # Who left a team was in it until then, and comes back on the first of the days that say so.
    with owner.connect() as connection:
        valid = connection.execute(text("SELECT CAST(valid AS text) FROM team_member")).scalars().all()
    assert valid == ["[2026-09-01,)"]
    assert factories.count_rows(owner, "roster") == 3


def test_every_fault_is_told_with_its_place_and_nothing_is_kept(
    client: FlaskClient, officer: str, leader: dict[str, str], owner: Engine
) -> None:
    factories.make_account(owner, role="officer", organisation=JINXIN, username="stranger")
    factories.make_account(owner, role="acceptor", organisation=JINSHA, username="clerk")
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    given = roster(
        turn(officer, **NIGHT),
        turn(officer, day="2026-09-02", start="05:00", stop="09:00"),
        turn(officer, day="2026-09-03", team="二队", area="A9"),
        turn("stranger"),
        turn("clerk"),
        areas=[
            AREA,
            {**AREA, "polygon": bow_tie},
            {"code": "A2", "name": "街", "streets": ["无名路"]},
            {"code": "A3", "name": "镇", "zones": {"kind": "township", "codes": ["999999999"]}},
        ],
        teams=[{"name": "一队", "members": ["nobody"]}, {"name": "一队", "members": []}],
    )
    answer = send(client, leader, given)
    assert answer.status_code == 422
    found = {(one["path"]) for one in answer.get_json()["errors"]}
    assert found == {
        "/areas/1/code",
        "/areas/1/polygon",
        "/areas/2/streets/0",
        "/areas/3/zones/codes/0",
        "/teams/1/name",
        "/teams/0/members/0",
        "/entries/1",
        "/entries/2/day",
        "/entries/2/team",
        "/entries/2/area",
        "/entries/3/officer",
        "/entries/4/officer",
    }
    assert [factories.count_rows(owner, name) for name in ("roster", "duty_area", "team")] == [0, 0, 0]


def test_a_roster_that_cannot_be_one_is_refused(
    client: FlaskClient, officer: str, leader: dict[str, str]
) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"first": "2026-09-03", "last": "2026-09-02"}, "/last"),
        ({"first": "9999-12-31"}, "/first"),
        ({"body": JINXIN}, "/body"),
        ({"body": "000000000"}, "/body"),
        ({"entries": [turn(officer, start="25:00")]}, "/entries/0/from"),
        ({"areas": [{"code": "A1", "name": "空"}]}, "/areas/0"),
        ({"areas": [{**AREA, "streets": ["新金路"]}]}, "/areas/0"),
        ({"colour": "red"}, "/colour"),
    ]
    for change, path in wrong:
        answer = send(client, leader, {**roster(), **change})
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, path)


def test_the_district_keeps_every_roster_and_a_turn_kept_before_its_days_is_minded(
    client: FlaskClient, sign_in: SignIn, officer: str
) -> None:
    district = sign_in("admin", organisation=DISTRICT)
    night = {**roster(turn(officer, day="2026-08-31", **NIGHT)), "first": "2026-08-31", "last": "2026-08-31"}
    assert send(client, district, night).status_code == 201
    answer = send(client, district, roster(turn(officer, start="05:00")))
    assert [one["path"] for one in answer.get_json()["errors"]] == ["/entries/0"]
    assert send(client, district, roster(turn(officer, start="06:00"))).status_code == 201


def test_an_area_of_zones_or_streets_is_the_ground_they_cover_that_day(
    client: FlaskClient, officer: str, leader: dict[str, str], owner: Engine
) -> None:
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=2000, depth_m=1000)
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO street (digest, name, township_code, valid, geom, source, sample) "
                "SELECT repeat(digit, 64), '新金路', township, '[2022-09-01,)', ST_SetSRID(ST_MakeLine("
                "ST_MakePoint(121.07, lat), ST_MakePoint(121.08, lat)), 4326), 'test', true "
                # Another township has a street of that name.
                f"FROM (VALUES ('a', '{JINSHA}', 32.07), ('b', '{JINXIN}', 32.08)) AS v (digit, township, lat)"
            )
        )
    given = roster(
        areas=[
            {"code": "A1", "name": "镇", "zones": {"kind": "township", "codes": [JINSHA]}},
            {"code": "A2", "name": "街", "streets": ["新金路"]},
        ]
    )
    assert send(client, leader, given).status_code == 201
    with owner.connect() as connection:
        areas = (
            connection.execute(text("SELECT ST_Area(geom_m) FROM duty_area ORDER BY code")).scalars().all()
        )
    # 944 m of street with 25 m to both sides, and round ends.
    assert areas == [pytest.approx(2_000_000, rel=1e-3), pytest.approx(944 * 50 + 25**2 * 3.14, rel=5e-3)]


def test_a_csv_is_read_as_spreadsheets_write_it(
    client: FlaskClient, officer: str, leader: dict[str, str], config: Config, database_url: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Engine
) -> None:  # fmt: skip
    lines = f"day,from,to,officer,team,area\r\n2026-09-01,8:00,17:00,{officer},,\r\n"
    file = tmp_path / "九月.csv"
    file.write_bytes(lines.encode("gb18030"))
    sent = client.post(
        f"{API}/roster/imports?name=九月&dry_run=true",
        data=file.read_bytes(),
        headers=leader | {"Content-Type": "text/csv"},
    )
    assert sent.get_json()["first"] == sent.get_json()["last"] == "2026-09-01"
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", database_url)
    monkeypatch.setenv("FRONTAGE_VAR", str(config.var))

    def frontage(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["roster", *arguments], catch_exceptions=False)

    body = ("--body", JINSHA)
    assert "dry run" in frontage("import", str(file), *body, "--dry-run").output
    assert factories.count_rows(owner, "roster") == 0
    assert "imported" in frontage("import", str(file), *body).output
    assert "the same" in frontage("import", str(file), *body).output
    assert officer in frontage("list", "--from", "2026-09-01").output
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(roster(turn("nobody"))), encoding="utf-8")
    refused = frontage("import", str(wrong))
    assert (refused.exit_code, "/entries/0/officer" in refused.stderr) == (1, True)


def test_a_shift_off_the_roster_or_outside_its_area_is_marked_and_taken(
    client: FlaskClient, sign_in: SignIn, officer: str, leader: dict[str, str], clock: StandingClock
) -> None:
    walker, other = sign_in(officer), sign_in("officer", organisation=JINSHA)
    # Nothing is known of a day without a roster.
    assert start(client, other)["outside_roster"] is False
    given = roster(
        turn(officer, area="A1", team="一队"), areas=[AREA], teams=[{"name": "一队", "members": []}]
    )
    assert send(client, leader, given).status_code == 201
    east = {"lon": CORNER[0] + 0.0101, "lat": CORNER[1], "datum": "wgs84"}
    for position, outside in [
        (None, None),
        ({**east, "lon": CORNER[0], "accuracy_m": 5}, False),
        ({**east, "accuracy_m": 5}, True),
        # Ten metres outside: within what such a fix is worth.
        ({**east, "accuracy_m": 30}, False),
    ]:
        clock.advance(minutes=1)
        told = start(client, walker, position=position)
        assert (told["outside_roster"], told["outside_area"]) == (False, outside), position
        assert (told["team"]["name"], told["roster"]["area"]["code"]) == ("一队", "A1")
    clock.advance(minutes=1)
    told = start(client, other)
    assert (told["outside_roster"], told["roster"]) == (True, None)
    assert client.get(f"{API}/shifts/current", headers=walker).get_json()["roster"]["area"]["code"] == "A1"


def test_who_comes_a_little_early_is_on_the_roster_already(
    client: FlaskClient, sign_in: SignIn, officer: str, leader: dict[str, str]
) -> None:
    begins = datetime.fromisoformat("2026-09-01T08:00:00+08:00")
    assert begins < NOW
    assert send(client, leader, roster(turn(officer))).status_code == 201
    for early_min, outside in [(31, True), (30, False)]:
        started_at = begins - timedelta(minutes=early_min)
        told = client.post(
            f"{API}/shifts/start", json={"started_at": started_at.isoformat()}, headers=sign_in(officer)
        ).get_json()
        assert told["outside_roster"] is outside
        ended = {"shift": told["id"], "ended_at": told["started_at"]}
        assert client.post(f"{API}/shifts/end", json=ended, headers=sign_in(officer)).status_code == 200
