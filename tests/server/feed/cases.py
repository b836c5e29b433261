"""Cases and what happens to them, written as the database's own functions do, for tests of the feed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import Connection, Engine, text

from server.people.accounts import Account

_NUMBERS = count()
_OPEN = """
SELECT case_number FROM case_open_v1('TZ-2026', (SELECT id FROM organisation WHERE code = :body), :body, 'goods',
  ST_SetSRID(ST_MakePoint(:lon, 32.07), 4326), now(), 'test', '{}')
"""
_APPEND = """
SELECT ledger_append_v1((SELECT id FROM case_file WHERE number = :number), :action, '{}')
"""
_MOVE = """
UPDATE case_file SET organisation_id = (SELECT id FROM organisation WHERE code = :body), version = version + 1
WHERE number = :number
"""


@contextmanager
def acting(owner: Engine, account: Account) -> Iterator[Connection]:
    """A transaction of the owner on behalf of an account; committed by `connection.commit()` or at the end."""
    with owner.connect() as connection:
        connection.execute(
            text(
                "SELECT set_config('frontage.account_id', :account, false), "
                "set_config('frontage.scope', 'district', false)"
            ),
            {"account": str(account.id)},
        )
        yield connection
        connection.commit()


def open_case(connection: Connection, body: str) -> str:
    """A new case at a body; returns its number."""
    # Each in a place of its own: two that are counted in one cell of the map wait for each other.
    values = {"body": body, "lon": 121 + next(_NUMBERS) % 1000 / 500}
    return str(connection.execute(text(_OPEN), values).scalar_one())


def append(connection: Connection, number: str, action: str = "case.registered") -> None:
    """A further entry in the history of a case."""
    connection.execute(text(_APPEND), {"number": number, "action": action})


def move(connection: Connection, number: str, body: str) -> None:
    """Hand a case to another body, as an action does: the case first, then its history."""
    connection.execute(text(_MOVE), {"number": number, "body": body})
    append(connection, number, "case.dispatched")
