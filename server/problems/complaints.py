"""What can go wrong with complaints and their call-backs."""

from __future__ import annotations

from server.problems.base import Problem


class ComplaintConflict(Problem):
    """This complaint id was used for other content before; a correction is a complaint of its own."""

    status, code = 409, "complaint_conflict"


class ComplaintCorrected(Problem):
    """A newer complaint corrects this one: what is asked belongs to that one."""

    status, code = 409, "complaint_corrected"


class CallbackEarly(Problem):
    """The case is still open: the complainant is called when it has ended."""

    status, code = 409, "callback_early"


class CallbackDone(Problem):
    """The complainant was reached before and is not called again."""

    status, code = 409, "callback_done"
