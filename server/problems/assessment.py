"""What can go wrong with second looks at closed cases."""

from __future__ import annotations

from server.problems.base import Problem


class RecheckRefused(Problem):
    """A look is taken once, and by nobody who had a hand in the case; `reason` is `looked_at` or `own_case`."""

    status, code = 409, "recheck_refused"


class WorkbookTooLong(Problem):
    """A workbook has at most `limit` cases and this one would have `rows`: a CSV takes any number."""

    status, code = 422, "workbook_too_long"
