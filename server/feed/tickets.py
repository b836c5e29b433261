"""Tickets: a browser's EventSource cannot send headers, and a token in an address ends up in logs and histories.

A ticket is random, good once and for some seconds, and opens a stream of the session it was given to, for as long as
the token it was asked with. The database keeps its digest only.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from server.db import Claim, Database, Principal
from server.feed.changes import SQL
from server.problems.people import NotAuthenticated

TICKET_MAX_CHARS = 64
_RANDOM_BYTES = 32


def issue(db: Database, asking: Principal, *, token_ends_at_s: float, lifetime_s: int) -> str:
    """A new ticket for the session that asks."""
    ticket = secrets.token_urlsafe(_RANDOM_BYTES)
    values = {
        "digest": _digest(ticket),
        "session_id": str(asking.session_id),
        "token_expires_at": datetime.fromtimestamp(token_ends_at_s, UTC),
        "lifetime_s": lifetime_s,
    }
    with db.transaction(asking.claim) as (connection, _):
        SQL["put_stream_ticket"].run(connection, values)
    return ticket


def redeem(db: Database, ticket: str) -> tuple[Claim, float]:
    """Use a ticket up: the session it opens, and when the token behind it expires, in seconds of the epoch.

    Raises:
        NotAuthenticated: it is unknown, used or too old.
    """
    with db.anonymous() as connection:
        row = SQL["take_stream_ticket"].run(connection, {"digest": _digest(ticket)}).one_or_none()
    if row is None:
        raise NotAuthenticated()
    return Claim(row.account_id, row.session_id), row.token_expires_at.timestamp()


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).digest()
