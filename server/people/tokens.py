"""Personal tokens: made by their owner for a program, shown once, kept as a digest, ended at once.

What a token opens is server.access's business: its owner's rights of that moment, and no change when it only reads.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from server.access import PersonalToken
from server.contract import wire_time
from server.people.administering import SQL
from server.people.wire import TokenIn
from server.problems.request import NotFound

_SECRET_BYTES = 32
# An account has a few that are good; of those that ended the newest are told.
_SHOWN_MAX = 200


def create_token(connection: Connection, owner: UUID, wanted: TokenIn, most: int) -> dict[str, Any]:
    """A new token of the asker; the answer is the only one that holds its text."""
    made = PersonalToken(owner, uuid4(), wanted.scope == "write", secrets.token_bytes(_SECRET_BYTES))
    values = {
        "token": str(made.token_id),
        "name": wanted.name,
        "writes": made.writes,
        "digest": made.claim.digest,
        "days": wanted.days,
        "most": most,
    }
    SQL["create_token"].run(connection, values)
    return {"token": _fetch(connection, made.token_id), "secret": made.text}


def list_tokens(connection: Connection, account: UUID | None) -> dict[str, Any]:
    """Tokens of the asker, or of an account they administer, the newest first."""
    values = {"token": None, "account": str(account) if account else None, "rows": _SHOWN_MAX}
    rows = SQL["list_tokens"].run(connection, values).mappings()
    return {"items": [_told(row) for row in rows], "next": None}


def revoke_token(connection: Connection, token_id: UUID) -> dict[str, Any]:
    """End a token at once; again is the same. Raises NotFound."""
    if not SQL["revoke_token"].run(connection, {"token": str(token_id)}).scalar_one():
        raise NotFound()
    return _fetch(connection, token_id)


def _fetch(connection: Connection, token_id: UUID) -> dict[str, Any]:
    values = {"token": str(token_id), "account": None, "rows": 1}
    return _told(SQL["list_tokens"].run(connection, values).mappings().one())


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "account": str(row["account_id"]),
        "name": row["name"],
        "scope": "write" if row["writes"] else "read",
        "state": "revoked" if row["revoked_at"] else "expired" if row["expired"] else "active",
        "last_used_on": row["last_used_on"].isoformat() if row["last_used_on"] else None,
        "revoked_by": row["revoked_by"],
        **{name: wire_time(row[name]) for name in ("created_at", "expires_at", "revoked_at")},
    }
