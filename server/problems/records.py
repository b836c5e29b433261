"""What can go wrong with records."""

from __future__ import annotations

from server.problems.base import Problem


class RecordConflict(Problem):
    """This id was used before, for another record."""

    status, code = 409, "record_conflict"


class RecordCorrected(Problem):
    """A record is corrected once; its correction can be corrected again."""

    status, code = 409, "record_corrected"


class RecordsTooMany(Problem):
    """More `rows` than a file or a figure takes, which is `limit`."""

    status, code = 422, "records_too_many"
