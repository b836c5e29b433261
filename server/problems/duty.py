"""What can go wrong with shifts, rosters and marks of visits."""

from __future__ import annotations

from server.problems.base import Problem


class ShiftOpen(Problem):
    """Another shift of this account goes on at that time: `shift` is it."""

    status, code = 409, "shift_open"


class ShiftOverlaps(Problem):
    """At that time an earlier shift of this account had not ended: `shift` is it."""

    status, code = 409, "shift_overlaps"


class ShiftTaken(Problem):
    """This id belongs to another shift, or to the same one told with another start."""

    status, code = 409, "shift_taken"


class ShiftMissing(Problem):
    """There is no such shift to end; a start that waits on the phone is sent first."""

    status, code = 409, "shift_missing"


class ShiftEnded(Problem):
    """The shift was ended before, at another time: `shift` is how it stands."""

    status, code = 409, "shift_ended"


class RosterRefused(Problem):
    """A roster cannot be used: `errors` names every fault, and nothing was kept."""

    status, code = 422, "roster_refused"


class VisitMarkConflict(Problem):
    """This id belongs to another mark, or to the same one with other content."""

    status, code = 409, "visit_mark_conflict"
