"""What can go wrong with calls for help and assists."""

from __future__ import annotations

from server.problems.base import Problem


class SosConflict(Problem):
    """This id was used for another call for help before."""

    status, code = 409, "sos_conflict"


class SosTaken(Problem):
    """Somebody else has taken this call for help; `acknowledged` says who and when."""

    status, code = 409, "sos_taken"


class SosUntaken(Problem):
    """Nobody has taken this call for help yet: take it, then say how it ended."""

    status, code = 409, "sos_untaken"


class SosClosed(Problem):
    """This call for help was closed before; `closed` says by whom, when and how it ended."""

    status, code = 409, "sos_closed"


class AssistConflict(Problem):
    """This id was used for another assist before."""

    status, code = 409, "assist_conflict"
