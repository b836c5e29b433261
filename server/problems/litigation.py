"""What can go wrong with matters of court."""

from __future__ import annotations

from server.problems.base import Problem


class MatterConflict(Problem):
    """This id was used for another matter before; matters are never changed."""

    status, code = 409, "matter_conflict"


class MatterKnown(Problem):
    """A matter of this kind has this reference already."""

    status, code = 409, "matter_known"


class MatterEntryConflict(Problem):
    """This id was used for another entry before; entries are never changed."""

    status, code = 409, "matter_entry_conflict"


class MatterEnded(Problem):
    """The matter has ended: only documents are added to it."""

    status, code = 409, "matter_ended"


class MatterOutcomeRefused(Problem):
    """The end has an outcome of its kind of matter, and nothing else has one."""

    status, code = 422, "matter_outcome_refused"


class MattersRefused(Problem):
    """A file of matters cannot be taken: `errors` names every line, and nothing was kept."""

    status, code = 422, "matters_refused"
