"""What can go wrong with rounds that are sent."""

from __future__ import annotations

from server.problems.base import Problem


class RoundConflict(Problem):
    """This id was used before, for another round."""

    status, code = 409, "round_conflict"
