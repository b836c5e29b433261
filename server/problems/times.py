"""What can go wrong with work calendars, office hours and tables of deadlines."""

from __future__ import annotations

from server.problems.base import Problem


class CalendarRefused(Problem):
    """A calendar or office hours cannot be used: `errors` names every fault, and nothing was kept."""

    status, code = 422, "calendar_refused"


class DeadlinesRefused(Problem):
    """A table of deadlines cannot be used: `errors` names every fault with its row, and nothing was kept."""

    status, code = 422, "deadlines_refused"


class DeadlinesInForce(Problem):
    """This table came into force already, from another day; a table is never changed."""

    status, code = 409, "deadlines_in_force"


class DeadlineDayRefused(Problem):
    """A table begins after the one before it, and not on a past day: cases of that day have their deadlines."""

    status, code = 422, "deadline_day_refused"
