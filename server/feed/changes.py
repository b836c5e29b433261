"""Changes: one line of the feed, who may see it, and pages of it.

A change says that something happened and where to ask: kinds, numbers and codes, never a person. The database
filters pages by row-level security; `shown_to` is the same rule for rows that a process has read once for all of its
streams, as is `sees` for live positions (tests/server/feed compares them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.access import DIRECTING_ROLES
from server.contract import wire_time
from server.db import Principal
from server.problems.feed import CursorExpired
from server.problems.request import CursorRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_DIGITS_MAX = 18
# A reader that has no cursor yet and wants nothing of what was.
NOW = "now"
# Those who answer for an area when somebody calls for help, beside every dispatcher.
_ANSWERING = ("zone_manager", "admin")


def sees(asking: Principal, organisation_id: UUID, account_id: UUID | None) -> bool:
    """may_see() of the database, said once more for the streams."""
    mine = account_id == asking.account_id
    if asking.scope == "organisation":
        return mine or organisation_id == asking.organisation_id
    return mine if asking.scope == "own" else asking.scope == "district"


@dataclass(frozen=True)
class Change:
    """One line of the feed.

    Attributes:
        seq: its place, which is what cursors name.
        kind: the action in the history of the case, or `case.left` for a body that has it no more; or what happened
            to something that is no case, as `sos.raised`.
        state, version: of the case when it happened.
        body: code of the body that could see the case then, with `organisation_id`.
        lon, lat: of the thing reported, WGS-84 degrees.
        reporter_id: whose report, call or shift it is.
        subject: what it happened to, where that is no case.
        audience: who hears of it: `scope`, `duty` or `alarm`, as may_hear() of the database knows them.
    """

    seq: int
    kind: str
    at: datetime
    case_number: str | None
    state: str | None
    version: int | None
    body: str
    township_code: str | None
    lon: float | None
    lat: float | None
    organisation_id: UUID
    reporter_id: UUID | None
    subject: UUID | None
    audience: str

    def item(self) -> dict[str, Any]:
        """As it is sent; members without a value are left out."""
        told = {
            "id": self.seq,
            "kind": self.kind,
            "at": wire_time(self.at),
            "case": self.case_number,
            "state": self.state,
            "version": self.version,
            "subject": None if self.subject is None else str(self.subject),
            "body": self.body,
            "township": self.township_code,
            "position": None if self.lon is None else {"lon": self.lon, "lat": self.lat},
        }
        return {name: value for name, value in told.items() if value is not None}

    @cached_property
    def as_json(self) -> bytes:
        """The item, written once for all the streams that show it."""
        return orjson.dumps(self.item())

    def shown_to(self, asking: Principal) -> bool:
        """Whether somebody may hear of it: may_hear() of the database, said once more for the streams."""
        seen = sees(asking, self.organisation_id, self.reporter_id)
        if self.audience == "scope":
            return seen
        mine = self.reporter_id == asking.account_id
        if self.audience == "duty":
            return mine or (seen and asking.role in DIRECTING_ROLES)
        return mine or asking.role == "dispatcher" or (seen and asking.role in _ANSWERING)


@dataclass(frozen=True)
class Pages:
    """Part of the feed: `changes`, and the place up to which nothing more is left to be read."""

    changes: Sequence[Change]
    upto: int
    whole: bool


def read_place(cursor: str | None) -> int | None:
    """The place a cursor names; None for none. Raises CursorRefused."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS_MAX):
        raise CursorRefused()
    return int(cursor)


def fetch_changes(connection: Connection, cursor: str | None, rows: int) -> Pages:
    """What the asker of this transaction may see behind a cursor, oldest first; without one, from the beginning.

    Args:
        cursor: a place as decimal digits, or `now` for the end of the feed.
        rows: at most so many changes; with more left, the page is not `whole`.

    Raises:
        CursorRefused: it is no cursor. CursorExpired: what came next is gone, or the cursor is of another feed.
    """
    place = None if cursor == NOW else read_place(cursor)
    edges = SQL["feed_edges"].run(connection).one()
    if cursor == NOW:
        return Pages((), edges.newest, whole=True)
    after = edges.oldest - 1 if place is None else place
    # Behind the end: the cursor comes from before the database was restored.
    if not edges.oldest - 1 <= after <= edges.newest:
        raise CursorExpired()
    values = {"after": after, "newest": edges.newest, "rows": rows + 1}
    found = [Change(**row) for row in SQL["fetch_changes"].run(connection, values).mappings()]
    if len(found) <= rows:
        return Pages(found, edges.newest, whole=True)
    return Pages(found[:rows], found[rows - 1].seq, whole=False)


def read_feed(connection: Connection, after: int, rows: int) -> list[Change]:
    """Everything behind a place, whoever may see it: for the streams of one process."""
    values = {"after": after, "rows": rows}
    return [Change(**row) for row in SQL["feed_read"].run(connection, values).mappings()]


def read_askers(connection: Connection, asking: Sequence[Principal]) -> list[Principal]:
    """Those who may still ask, as they are now: a changed role counts, an ended session is missing."""
    values = {
        "accounts": "{" + ",".join(str(one.account_id) for one in asking) + "}",
        "sessions": "{" + ",".join(str(one.session_id) for one in asking) + "}",
    }
    return [Principal(**row) for row in SQL["feed_askers"].run(connection, values).mappings()]
