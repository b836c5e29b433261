"""What can go wrong with leniency."""

from __future__ import annotations

from server.problems.base import Problem


class LeniencyNotOffered(Problem):
    """Not every condition of the row holds: `failing` do not, `unknown` are not known."""

    status, code = 409, "leniency_not_offered"


class LeniencyEducationMissing(Problem):
    """Who is not punished is educated: how, and on which day, is part of the decision."""

    status, code = 422, "leniency_education_missing"


class LeniencyDecided(Problem):
    """There is a decision on this case already."""

    status, code = 409, "leniency_decided"


class LeniencyConflict(Problem):
    """This id was used before, for another decision."""

    status, code = 409, "leniency_conflict"


class LeniencySubjectUnknown(Problem):
    """Nobody is known to have answered for the place of the case on that day."""

    status, code = 409, "leniency_subject_unknown"
