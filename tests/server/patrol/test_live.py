"""Live positions: the newest usable one of each officer on duty, for those who direct them, and never unnoticed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.patrol.walks import Officer, fix, send, start_shift
from tests.server.world import SignIn

LIVE = "/api/v1/officers/live"


def live(client: FlaskClient, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = client.get(LIVE, query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def moved(north: float) -> tuple[float, float]:
    return CORNER[0], CORNER[1] + north / 1000


def on_duty(owner: Engine, sign_in: SignIn, clock: StandingClock, body: str) -> Officer:
    account = factories.make_account(owner, role="officer", organisation=body)
    start_shift(owner, account.id, clock.now - timedelta(hours=1))
    return Officer(account.username, account.id, sign_in(account.username))


def test_the_newest_usable_fix_is_where_an_officer_is_and_a_late_batch_moves_nobody_back(
    client: FlaskClient, sign_in: SignIn, patrolling: Officer, clock: StandingClock
) -> None:
    now, dispatcher = clock.now, sign_in("dispatcher")
    assert live(client, dispatcher)[0]["position"] is None
    send(client, patrolling, [fix(moved(2), now - timedelta(seconds=30), battery=0.5)])
    late = [fix(moved(1), now - timedelta(minutes=9)), fix(moved(0), now - timedelta(minutes=10))]
    unusable = [
        fix(moved(3), now - timedelta(seconds=9), mock=True),
        fix(moved(4), now - timedelta(seconds=8), accuracy_m=5000.0),
        fix((0.0, 0.0), now - timedelta(seconds=7)),
        fix(moved(5), now + timedelta(hours=2)),
    ]
    assert send(client, patrolling, late).get_json()["accepted"] == 2
    assert send(client, patrolling, unusable).get_json()["accepted"] == 4
    (shown,) = live(client, dispatcher)
    assert shown["position"] == {"lon": CORNER[0], "lat": moved(2)[1], "accuracy_m": 5.0}
    assert (shown["age_s"], shown["battery"], shown["state"]) == (30, 0.5, "fresh")
    assert shown["account"] == str(patrolling.account_id) and shown["body"]["code"] == JINSHA


def test_positions_grow_stale_and_then_offline(
    client: FlaskClient, sign_in: SignIn, patrolling: Officer, clock: StandingClock
) -> None:
    dispatcher = sign_in("dispatcher")
    send(client, patrolling, [fix(CORNER, clock.now)])
    states = []
    for seconds in (120, 1, 779, 1):
        clock.advance(seconds=seconds)
        (shown,) = live(client, dispatcher)
        states.append(shown["state"])
        assert live(client, dispatcher, state=shown["state"]) == [shown]
    assert states == ["fresh", "stale", "stale", "offline"]
    assert live(client, dispatcher, state="fresh") == []


def test_nobody_is_shown_before_or_after_their_shift_and_no_shift_shows_the_places_of_another(
    client: FlaskClient, owner: Engine, sign_in: SignIn, patrolling: Officer, clock: StandingClock
) -> None:
    dispatcher = sign_in("dispatcher")
    send(client, patrolling, [fix(CORNER, clock.now)])
    assert live(client, dispatcher)[0]["position"]
    clock.advance(minutes=1)
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE shift SET ended_at = :at, end_received_at = :at, ended_by = 'officer'"),
            {"at": clock.now},
        )
    assert live(client, dispatcher) == []
    clock.advance(minutes=1)
    start_shift(owner, patrolling.account_id, clock.now)
    clock.advance(seconds=1)
    (shown,) = live(client, dispatcher)
    assert (shown["position"], shown["state"], shown["age_s"]) == (None, "offline", None)
    with owner.begin() as connection:
        connection.execute(text("UPDATE account SET disabled_at = now() WHERE role = 'officer'"))
    assert live(client, dispatcher) == []


def test_each_sees_the_people_of_their_scope_by_pages_and_within_a_rectangle(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    people = [on_duty(owner, sign_in, clock, body) for body in (JINSHA, JINSHA, JINXIN)]
    for north, one in enumerate(people):
        send(client, one, [fix(moved(north * 10), clock.now)])
    names = [one.username for one in people]

    def seen(headers: dict[str, str], **query: Any) -> list[str]:
        return [item["username"] for item in live(client, headers, **query)]

    district = sign_in("zone_manager")
    assert seen(district) == sorted(names)
    assert seen(sign_in("dispatcher", organisation=JINSHA)) == sorted(names[:2])
    assert seen(sign_in("dispatcher", organisation=JINXIN)) == names[2:]
    west, south = moved(5)
    assert seen(district, bbox=f"{west - 1},{south},{west + 1},{south + 1}") == sorted(names[1:])
    first = client.get(LIVE, query_string={"limit": 2}, headers=district).get_json()
    rest = client.get(LIVE, query_string={"limit": 2, "cursor": first["next"]}, headers=district).get_json()
    assert [item["username"] for item in first["items"] + rest["items"]] == sorted(names)
    assert rest["next"] is None


def test_who_was_shown_reads_who_looked_and_why_once_an_hour(
    client: FlaskClient, owner: Engine, sign_in: SignIn, patrolling: Officer, clock: StandingClock
) -> None:
    unseen = on_duty(owner, sign_in, clock, JINSHA)
    send(client, patrolling, [fix(CORNER, clock.now)])
    dispatcher = sign_in("dispatcher")
    for _ in range(3):
        live(client, dispatcher, why="走失儿童,就近派人")
    clock.advance(hours=1)
    live(client, dispatcher)
    # Whoever is not shown, in a rectangle elsewhere or without a position, was not looked at.
    live(client, sign_in("dispatcher"), bbox="1,1,2,2")

    def looks(officer: Officer) -> list[tuple[str, str | None]]:
        page = client.get("/api/v1/position-looks", headers=officer.headers).get_json()
        return [(item["why"], item["reason"]) for item in page["items"]]

    assert looks(patrolling) == [("live_map", None), ("live_map", "走失儿童,就近派人")]
    assert looks(unseen) == []
