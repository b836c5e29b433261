"""What can go wrong with responsible subjects."""

from __future__ import annotations

from server.problems.base import Problem


class SubjectLicenceTaken(Problem):
    """Another subject holds this licence number at that time; `subject` says which."""

    status, code = 409, "subject_licence_taken"


class SubjectPlaceTaken(Problem):
    """Another subject answers for this `zone` at that time; `subject` says which. A tenant change is a succession."""

    status, code = 409, "subject_place_taken"


class SubjectDayRefused(Problem):
    """A change begins after what it changes and while that holds; see `since`."""

    status, code = 422, "subject_day_refused"


class SubjectMerged(Problem):
    """This record was merged into another, `subject`; changes belong there."""

    status, code = 409, "subject_merged"


class SubjectMergeRefused(Problem):
    """Two records of one township are merged, neither of them merged already, and none into itself."""

    status, code = 422, "subject_merge_refused"


class SubjectPlaceRefused(Problem):
    """No such `zone`, or one of another township than the subject's."""

    status, code = 422, "subject_place_refused"


class SubjectNotYours(Problem):
    """A township registers subjects of its own."""

    status, code = 403, "subject_not_yours"


class SubjectFileRefused(Problem):
    """The file cannot be read as a register, or is too large; `errors` says why."""

    status, code = 422, "subject_file_refused"


class SubjectRowsRefused(Problem):
    """Rows of the file have faults; `errors` names them, and nothing was written."""

    status, code = 422, "subject_rows_refused"


class SubjectImportOutdated(Problem):
    """The register or the file is not as it was when it was checked; check it again."""

    status, code = 409, "subject_import_outdated"
