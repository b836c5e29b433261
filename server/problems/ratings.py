"""What can go wrong with ratings."""

from __future__ import annotations

from server.problems.base import Problem


class RatingEntryConflict(Problem):
    """This id was used before, for something else."""

    status, code = 409, "rating_entry_conflict"


class RatingStepRefused(Problem):
    """The list is in a `state` from which this does not lead on; nothing was changed."""

    status, code = 409, "rating_step_refused"


class RatingNoticeRuns(Problem):
    """The notice runs up to and with `notice_until`; the list is published after it."""

    status, code = 409, "rating_notice_runs"


class RatingAppealsOpen(Problem):
    """So many appeals, `open`, are not decided yet."""

    status, code = 409, "rating_appeals_open"


class RatingAppealEarly(Problem):
    """Nobody can appeal before the notice."""

    status, code = 409, "rating_appeal_early"


class RatingAppealLate(Problem):
    """The last day to appeal was `appeal_until`."""

    status, code = 409, "rating_appeal_late"


class RatingAppealMade(Problem):
    """There is an appeal against this entry already."""

    status, code = 409, "rating_appeal_made"


class RatingAppealDecided(Problem):
    """The appeal was decided before."""

    status, code = 409, "rating_appeal_decided"


class RatingAppealOwn(Problem):
    """Who made the entry, or took the appeal down, does not decide on it."""

    status, code = 409, "rating_appeal_own"


class RatingWithoutValue(Problem):
    """A formula of the rating rules has no value here; `why` says what it lacks."""

    status, code = 409, "rating_without_value"
