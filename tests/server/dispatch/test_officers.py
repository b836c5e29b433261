"""Who could go to a case: by way, load and area, with reasons; who looked is noted for whoever was looked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, DISTRICT, JINSHA, JINXIN, NOW
from tests.server.complaints.calls import METRE_EAST_DEG, end_case
from tests.server.world import Place, SignIn, make_two_places

API = "/api/v1"
Places = tuple[Place, Place]
DUTY = {"on_duty", "off_duty", "duty_unknown"}


@pytest.fixture
def places(owner: Engine, client: FlaskClient, sign_in: SignIn) -> Places:
    return make_two_places(owner, client, sign_in)


def seen(
    client: FlaskClient,
    owner: Engine,
    sign_in: SignIn,
    *,
    east_m: float,
    minutes_ago: float = 0,
    organisation: str = JINSHA,
) -> str:
    """An officer who reported so many metres east of the corner some minutes ago; returns the username."""
    name = factories.make_account(owner, role="officer", organisation=organisation).username
    at = (CORNER[0] + east_m * METRE_EAST_DEG, CORNER[1])
    sent = factories.report_json(at=at, captured_at=NOW - timedelta(minutes=minutes_ago))
    assert client.put(f"{API}/reports/{uuid4()}", json=sent, headers=sign_in(name)).status_code == 201
    return name


def suggested(
    client: FlaskClient, headers: dict[str, str], number: str, limit: int = 50
) -> dict[str, dict[str, Any]]:
    answer = client.get(f"{API}/cases/{number}/officers?limit={limit}", headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["username"]: item for item in answer.get_json()["items"]}


def codes(item: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in item["reasons"]}


def give(owner: Engine, number: str, username: str) -> None:
    """Let somebody have accepted a case."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE case_file SET state = 'accepted', handler_id = (SELECT id FROM account WHERE username = :who) "
                "WHERE number = :number"
            ),
            {"who": username, "number": number},
        )


def walked(owner: Engine, username: str, *, east_m: float, at: datetime) -> None:
    """Let somebody's phone have been so many metres east of the corner."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "WITH phone AS (INSERT INTO device (account_id, kind, name, datum) "
                "SELECT id, 'app', 'test', 'wgs84' FROM account WHERE username = :who "
                "ON CONFLICT ON CONSTRAINT device_name_key DO UPDATE SET datum = 'wgs84' RETURNING id, account_id) "
                "INSERT INTO officer_position (account_id, device_id, lon, lat, accuracy_m, recorded_at, received_at) "
                "SELECT account_id, id, :lon, :lat, 5, :at, :at FROM phone ON CONFLICT (account_id) DO UPDATE "
                "SET recorded_at = excluded.recorded_at"
            ),
            {"who": username, "lon": CORNER[0] + east_m * METRE_EAST_DEG, "lat": CORNER[1], "at": at},
        )


def looks(owner: Engine) -> list[tuple[str, str, str]]:
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT b.username, a.username, l.why FROM position_look l JOIN account b ON b.id = l.looked_by "
                "JOIN account a ON a.id = l.account_id ORDER BY l.id"
            )
        )
        return [(row[0], row[1], row[2]) for row in rows]


def test_the_nearest_comes_first_and_age_load_and_area_count_as_way(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    near = seen(client, owner, sign_in, east_m=300)
    stale = seen(client, owner, sign_in, east_m=200, minutes_ago=120)
    busy = seen(client, owner, sign_in, east_m=250)
    neighbour = seen(client, owner, sign_in, east_m=100, organisation=JINXIN)
    unknown = factories.make_account(owner, role="handler", organisation=JINSHA).username
    give(owner, places[1].case_number, busy)
    found = suggested(client, sign_in("dispatcher"), places[0].case_number)
    wanted = [near, busy, stale, neighbour, unknown]
    assert [name for name in found if name in wanted] == wanted
    assert found[near]["fix"]["distance_m"] == pytest.approx(300, abs=1)
    assert found[near]["cost_m"] == pytest.approx(300, abs=1)
    assert found[busy]["cost_m"] == pytest.approx(250 + 500, abs=1)
    assert found[stale]["cost_m"] == pytest.approx(200 + 2 * 500, abs=1)
    assert found[neighbour]["cost_m"] == pytest.approx(100 + 3000, abs=1)
    assert (found[unknown]["fix"], found[unknown]["cost_m"]) == (None, 5000)
    assert found[stale]["fix"]["age_s"] == 7200
    assert found[busy]["open_cases"] == 1
    assert codes(found[near]) == {"fix_known", "duty_unknown", "area_own", "no_open_case"}
    assert codes(found[busy]) == {"fix_known", "duty_unknown", "area_own", "open_cases"}
    assert {"area_other"} < codes(found[neighbour])
    assert {"fix_unknown"} < codes(found[unknown])
    assert list(suggested(client, sign_in("dispatcher"), places[0].case_number, limit=1)) == [
        next(iter(found))
    ]


def test_whether_somebody_is_on_duty_is_not_guessed(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    at = [seen(client, owner, sign_in, east_m=10) for _ in range(3)]
    on, off, _ = at
    for name, ended in ((on, False), (off, True)):
        headers, started = sign_in(name), {"started_at": (NOW - timedelta(hours=2)).isoformat()}
        assert client.post(f"{API}/shifts/start", json=started, headers=headers).status_code == 201
        if ended:
            assert client.post(f"{API}/shifts/end", json={}, headers=headers).status_code == 200
    found = suggested(client, sign_in("dispatcher"), places[0].case_number)
    assert [found[name]["on_duty"] for name in at] == ["yes", "no", "unknown"]
    assert [codes(found[name]) & DUTY for name in at] == [{"on_duty"}, {"off_duty"}, {"duty_unknown"}]
    assert [found[name]["cost_m"] for name in at] == [pytest.approx(cost, abs=1) for cost in (10, 5010, 10)]


def test_where_the_phone_was_counts_while_on_duty_and_when_it_is_newer_than_the_report(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    walker = seen(client, owner, sign_in, east_m=400, minutes_ago=30)
    headers = sign_in(walker)
    started = {"started_at": (NOW - timedelta(hours=2)).isoformat()}
    assert client.post(f"{API}/shifts/start", json=started, headers=headers).status_code == 201

    def distance_m(minutes_ago: float) -> float:
        """The phone is 100 m from the corner so long ago."""
        walked(owner, walker, east_m=100, at=NOW - timedelta(minutes=minutes_ago))
        found = suggested(client, sign_in("dispatcher"), places[0].case_number)
        return float(found[walker]["fix"]["distance_m"])

    assert [round(distance_m(ago)) for ago in (40, 5)] == [400, 100]
    assert client.post(f"{API}/shifts/end", json={}, headers=headers).status_code == 200
    assert round(distance_m(5)) == 400


def test_a_position_older_than_a_shift_says_nothing(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    old = seen(client, owner, sign_in, east_m=10, minutes_ago=8 * 60 + 1)
    assert suggested(client, sign_in("dispatcher"), places[0].case_number)[old]["fix"] is None
    assert old not in {whose for _, whose, _ in looks(owner)}


def test_an_ended_case_is_no_load_and_a_disabled_account_goes_nowhere(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    name = seen(client, owner, sign_in, east_m=10)
    gone = factories.make_account(owner, role="officer", organisation=JINSHA, disabled=True).username
    give(owner, places[1].case_number, name)
    end_case(owner, places[1].case_number)
    found = suggested(client, sign_in("dispatcher"), places[0].case_number)
    assert found[name]["open_cases"] == 0
    assert gone not in found


def test_every_position_shown_is_noted_with_who_looked_and_its_officer_reads_it(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    name = seen(client, owner, sign_in, east_m=10)
    dispatcher = factories.make_account(owner, role="dispatcher")
    found = suggested(client, sign_in(dispatcher.username), places[0].case_number)
    shown = {who for who, item in found.items() if item["fix"]}
    assert name in shown
    assert sorted(looks(owner)) == sorted((dispatcher.username, who, "case_suggestion") for who in shown)
    for who, whose in ((name, 1), (dispatcher.username, 0)):
        read = client.get(f"{API}/position-looks", headers=sign_in(who)).get_json()
        assert [item["account"] for item in read["items"]] == [str(dispatcher.id)] * whose


@pytest.mark.parametrize("organisation, others", [(JINSHA, False), (DISTRICT, True)])
def test_a_township_s_dispatcher_is_shown_its_own_people_only(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn, organisation: str, others: bool
) -> None:
    own = seen(client, owner, sign_in, east_m=10)
    neighbour = seen(client, owner, sign_in, east_m=10, organisation=JINXIN)
    found = suggested(client, sign_in("dispatcher", organisation=organisation), places[0].case_number)
    assert own in found
    assert (neighbour in found) is others
    assert (neighbour in {whose for _, whose, _ in looks(owner)}) is others


def test_nobody_else_is_told_where_officers_are(
    client: FlaskClient, owner: Engine, places: Places, sign_in: SignIn
) -> None:
    seen(client, owner, sign_in, east_m=10)
    for role in ("officer", "handler", "acceptor", "checker", "admin", "zone_manager", "intake"):
        headers = sign_in(role, organisation=JINSHA)
        assert client.get(f"{API}/cases/{places[0].case_number}/officers", headers=headers).status_code == 403
    stranger = sign_in("dispatcher", organisation=JINXIN)
    assert client.get(f"{API}/cases/{places[0].case_number}/officers", headers=stranger).status_code == 404
    assert looks(owner) == []
