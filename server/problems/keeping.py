"""What can go wrong with keeping and reading tracks."""

from __future__ import annotations

from server.problems.base import Problem


class LegalHoldConflict(Problem):
    """The id is of another hold."""

    status, code = 409, "legal_hold_conflict"


class LegalHoldLifted(Problem):
    """The hold was lifted before, with other words."""

    status, code = 409, "legal_hold_lifted"


class LookReasonMissing(Problem):
    """Whoever reads another's track says why; they are shown it."""

    status, code = 422, "look_reason_missing"


class TrackTooLong(Problem):
    """More time, fixes or shifts than are read at once; the limit is named."""

    status, code = 422, "track_too_long"
