"""What can go wrong with files about a case."""

from __future__ import annotations

from server.problems.base import Problem


class CaseFileLimit(Problem):
    """Setting the printable case file took too much time or memory; the evidence bundle has no such limit."""

    status, code = 422, "case_file_limit"
