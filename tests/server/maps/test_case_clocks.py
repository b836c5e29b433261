"""What tiles tell of time: a case when it is due, a count how many are overdue, as the list of cases says it."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.conftest import StandingClock
from tests.factories import CORNER
from tests.server.maps.decoding import API, fetch, tile_at
from tests.server.world import SignIn

# Number, hours until it is due, hours since its end.
CASES = [
    ("late", -1, None),
    ("later", -50, None),
    ("in time", 2, None),
    ("never due", None, None),
    ("done", -3, 1),
]


def open_cases(owner: Engine, clock: StandingClock) -> None:
    reporter = factories.make_account(owner).id
    with owner.begin() as connection:
        for number, due_h, ended_h in CASES:
            connection.execute(
                text(
                    "INSERT INTO case_file (number, state, organisation_id, category, place, reporter_id, opened_at, "
                    "due_at, closed_at) SELECT :number, :state, id, 'goods', "
                    "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :who, :opened, :due, :closed "
                    "FROM organisation WHERE kind = 'district'"
                ),
                {
                    "number": number,
                    "state": "handling" if ended_h is None else "closed",
                    **{"lon": CORNER[0], "lat": CORNER[1], "who": reporter},
                    "opened": clock.now - timedelta(days=9),
                    "due": None if due_h is None else clock.now + timedelta(hours=due_h),
                    "closed": None if ended_h is None else clock.now - timedelta(hours=ended_h),
                },
            )


def test_the_counts_of_cases_tell_how_many_their_list_calls_overdue(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    open_cases(owner, clock)
    for passed_h, overdue in ((0, 2), (3, 3)):
        clock.advance(hours=passed_h)
        headers = sign_in("dispatcher")
        listed = client.get(f"{API}/cases?overdue=true", headers=headers).get_json()["items"]
        assert len(listed) == overdue
        for zoom, datum in ((7, "wgs84"), (7, "gcj02"), (13, "wgs84")):
            (cell,) = fetch(client, headers, "cases", tile_at(*CORNER, zoom), f"datum={datum}")["cases_cells"]
            assert cell.properties == {"count": len(CASES), "overdue": overdue}


def test_a_case_tells_whether_it_is_open_and_when_it_is_due(
    client: FlaskClient, owner: Engine, sign_in: SignIn, clock: StandingClock
) -> None:
    open_cases(owner, clock)
    drawn = fetch(client, sign_in("dispatcher"), "cases", tile_at(*CORNER, 18))["cases"]
    told = {one.properties["number"]: one.properties for one in drawn}
    assert told["in time"]["due"] == int((clock.now + timedelta(hours=2)).timestamp())
    assert "due" not in told["never due"]
    assert {number for number, one in told.items() if one["open"]} == {
        "late",
        "later",
        "in time",
        "never due",
    }
