"""Officers of the demo who walk live and call for help; the lines that say where each person opens what."""

from __future__ import annotations

from rich.cells import cell_len
from sqlalchemy import Engine, text

from config import Config
from demo.doors import DOORS, door_lines
from demo.live import walkers
from demo.load import read_json
from server.access import ROLES
from tests import factories
from tests.postgres import TestServer
from tests.serving import serving

PEOPLE = {one["username"]: one["role"] for one in read_json("people.json")}


def test_each_person_has_a_line_with_an_address_and_the_password_in_full() -> None:
    accounts = [{"username": name, "password": f"secret-of-{name}"} for name in PEOPLE]
    lines = list(door_lines("http://127.0.0.1:8000", accounts))
    assert len(lines) == len(DOORS)
    for line, door in zip(lines, DOORS, strict=True):
        assert f" secret-of-{door.username} " in line and f" http://127.0.0.1:8000{door.path} " in line
    assert {PEOPLE[door.username] for door in DOORS} == set(ROLES)
    begins = {cell_len(line.partition("http")[0]) for line in lines}
    assert len(begins) == 1
    assert len(list(door_lines("http://127.0.0.1:8000", accounts[:1]))) == 1


def test_an_officer_walks_live_on_a_shift_of_its_own_and_calls_from_where_it_stands(
    config: Config, postgres: TestServer, database_url: str, owner: Engine
) -> None:
    factories.make_account(owner, role="officer", username="officer01")
    account = {
        "username": "officer01",
        "password": factories.PASSWORD,
        "role": "officer",
        "township": "320612001",
    }
    with serving(
        config, database_url=database_url, app_database_url=postgres.app_url(database_url)
    ) as served:
        (walker,) = walkers(served.url, [account], seed=1)
        walker.begin()
        began_at_m = walker.walked_m
        walker.step(10.0)
        # The token has run out meanwhile.
        walker.phone._token = "gone"
        walker.step(10.0)
        walker.call_for_help("演示")
        # Somebody else who uses the account finds it on duty, and leaves its shift as it is.
        (again,) = walkers(served.url, [account], seed=1)
        again.begin()
        again.end()
        again.phone.hang_up()
        with owner.connect() as connection:
            fixes, north_m, east_m = connection.execute(
                text(
                    "SELECT count(*), (max(lat) - min(lat)) * 111000, (max(lon) - min(lon)) * 94000 FROM position_fix"
                )
            ).one()
            calls = connection.execute(text("SELECT count(*) FROM sos WHERE lon IS NOT NULL")).scalar_one()
            open_shifts = connection.execute(
                text("SELECT count(*) FROM shift WHERE ended_at IS NULL")
            ).scalar_one()
        walker.end()
        walker.phone.hang_up()
    assert walker.walked_m == began_at_m + 20 and fixes == 2 and 1 < max(north_m, east_m) < 25
    assert calls == 1 and open_shifts == 1
    assert factories.count_rows(owner, "shift") == 1
    with owner.connect() as connection:
        assert connection.execute(text("SELECT ended_at IS NOT NULL FROM shift")).scalar_one()
