"""Where people on duty are, for the streams that ask for it: what moved since a stream was told last.

Positions are no changes: nobody resumes them, and only the newest of each officer counts. A stream that does not keep
up misses those in between and never falls behind. One process asks once for all of its streams; each shows what
its reader may see, and every such look is in the record before anything is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server.contract import wire_time
from server.db import Principal
from server.feed import wire
from server.feed.changes import SQL, sees

_EVENT_MAX_BYTES = 32_768


@dataclass(frozen=True)
class LiveSettings:
    """See config.py for their reasons."""

    positions_s: float
    fresh_s: float
    stale_s: float


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where one officer was last. lon, lat: WGS-84 degrees; accuracy_m: 68 % radius, None when not told."""

    account_id: UUID
    organisation_id: UUID
    lon: float
    lat: float
    accuracy_m: float | None
    recorded_at: datetime
    state: Literal["fresh", "stale", "offline"]

    @property
    def as_json(self) -> bytes:
        position = {"lon": self.lon, "lat": self.lat, "accuracy_m": self.accuracy_m}
        return orjson.dumps(
            {
                "account": str(self.account_id),
                "state": self.state,
                "position": position,
                "recorded_at": wire_time(self.recorded_at),
            }
        )


@dataclass(frozen=True)
class Audience:
    """Whom one reader's streams show: the same for all whose scope and body are the same."""

    scope: str
    organisation_id: UUID
    # In the scope `own` everybody sees another part.
    account_id: UUID | None

    @classmethod
    def of(cls, asking: Principal) -> Audience:
        own = asking.account_id if asking.scope == "own" else None
        return cls(asking.scope, asking.organisation_id, own)


def read_officers(connection: Connection, at: datetime, settings: LiveSettings) -> list[Whereabouts]:
    """Everybody on duty who has a position, whoever may see it."""
    values = {"at": at, "fresh_s": settings.fresh_s, "stale_s": settings.stale_s}
    return [Whereabouts(**row) for row in SQL["feed_officers"].run(connection, values).mappings()]


class Looks:
    """Notes who is shown whom, once in each clock hour, for the streams of one process."""

    def __init__(self) -> None:
        self._hour: datetime | None = None
        self._noted: set[tuple[UUID, UUID]] = set()

    def note(
        self,
        connection: Connection,
        watching: Iterable[Principal],
        found: Sequence[Whereabouts],
        at: datetime,
    ) -> None:
        """Write down what is new of what these readers are about to be shown."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour = hour
            self._noted.clear()
        for asking in {one.account_id: one for one in watching}.values():
            new = [
                one.account_id
                for one in found
                if (asking.account_id, one.account_id) not in self._noted
                and sees(asking, one.organisation_id, one.account_id)
            ]
            if new:
                accounts = "{" + ",".join(map(str, new)) + "}"
                values = {"looker": str(asking.account_id), "accounts": accounts, "at": at}
                SQL["feed_looks"].run(connection, values)
                self._noted.update((asking.account_id, account_id) for account_id in new)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What was learnt last of one officer of one body: where, or that there is nothing to show any more."""

    number: int
    where: Whereabouts | None
    text: bytes


class OfficersBook:
    """The newest of everybody, numbered as it came, so that a stream remembers one number of what it was told."""

    def __init__(self) -> None:
        # In the order of their numbers.
        self._entries: dict[tuple[UUID, UUID], _Entry] = {}
        self._last = 0
        self._pages: dict[tuple[Audience, int], tuple[bytes, int]] = {}

    def take(self, found: Iterable[Whereabouts]) -> None:
        """Take in where everybody is now; who is missing is shown no more."""
        self._pages.clear()
        here = {(one.account_id, one.organisation_id): one for one in found}
        for key, entry in list(self._entries.items()):
            if entry.where is not None and key not in here:
                self._enter(key, None)
        for key, where in here.items():
            known = self._entries.get(key)
            if known is None or known.where != where:
                self._enter(key, where)

    def forget(self, told: int) -> None:
        """Nobody has to be told any more of who was gone by this number."""
        for key, entry in list(self._entries.items()):
            if entry.number > told:
                break
            if entry.where is None:
                del self._entries[key]

    def page(self, asking: Principal, told: int, most_bytes: int) -> tuple[bytes, int]:
        """What a reader is told after a number: an event, empty when there is nothing, and the number to go on from.

        Args:
            most_bytes: about the longest event; what does not fit is in the next page.
        """
        key = (Audience.of(asking), told)
        if key not in self._pages:
            self._pages[key] = self._written(asking, told, min(most_bytes, _EVENT_MAX_BYTES))
        return self._pages[key]

    def _enter(self, key: tuple[UUID, UUID], where: Whereabouts | None) -> None:
        self._entries.pop(key, None)
        self._last += 1
        text = b'"%b"' % str(key[0]).encode() if where is None else where.as_json
        self._entries[key] = _Entry(self._last, where, text)

    def _written(self, asking: Principal, told: int, most_bytes: int) -> tuple[bytes, int]:
        items: list[bytes] = []
        gone: list[bytes] = []
        length = 0
        for (account_id, organisation_id), entry in self._entries.items():
            if entry.number <= told or not sees(asking, organisation_id, account_id):
                continue
            if entry.where is not None:
                items.append(entry.text)
            elif told:
                gone.append(entry.text)
            length += len(entry.text)
            if length >= most_bytes:
                return wire.officers(items, gone), entry.number
        return (wire.officers(items, gone) if items or gone else b""), self._last
