"""Lists and corrections that were kept, worked out again by the rules and from the entries each names."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection

from server.evidence.canonical import canonical
from server.evidence.replaying import Kept
from server.ratings.appealing import corrected_standing
from server.ratings.entering import SQL
from server.ratings.publishing import read, work_out


def lists(connection: Connection) -> Iterator[Kept]:
    """Each list: its content and digest, and the scores beside it."""
    for row in SQL["kept_lists"].run(connection):
        stored = read(connection, row.id)
        _, content = work_out(connection, stored.scheme, stored.merged, stored.through, stored.on)
        yield Kept(
            f"{row.on_day}, {row.id}",
            _told(row.content.encode(), row.digest, orjson.loads(row.entries)),
            _told(content, sha256(content).hexdigest(), _entries(content)),
        )


def corrections(connection: Connection) -> Iterator[Kept]:
    """What each upheld appeal made of an entry of a list."""
    for row in SQL["kept_corrections"].run(connection):
        stored = read(connection, row.list_id)
        kept = {"colour": row.colour, "score": row.score}
        again = corrected_standing(connection, stored, row.subject_id, orjson.loads(row.contested))
        yield Kept(f"{row.code} {stored.on}, {row.appeal_id}", canonical(kept), canonical(again))


def _entries(content: bytes) -> list[dict[str, Any]]:
    named = ("subject", "colour", "score", "stars")
    return [{name: entry[name] for name in named} for entry in orjson.loads(content)["entries"]]


def _told(content: bytes, digest: str, entries: list[dict[str, Any]]) -> bytes:
    return canonical({"content": content.decode(), "digest": digest, "entries": entries})
