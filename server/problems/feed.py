"""What can go wrong with the live feed."""

from __future__ import annotations

from server.problems.base import Problem
from server.problems.request import Unavailable


class CursorExpired(Problem):
    """What follows this cursor is no longer kept: load the lists anew and go on from now."""

    status, code = 410, "cursor_expired"


class StreamsFull(Unavailable):
    """No further stream is open to this account or in this process: poll /changes until Retry-After is over."""

    code = "streams_full"
