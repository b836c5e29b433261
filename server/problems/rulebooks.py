"""What can go wrong with rulebooks, whatever their kind."""

from __future__ import annotations

from server.problems.base import Problem


class RulebookRefused(Problem):
    """A rulebook cannot be used: `errors` names every fault with its row, and nothing was kept."""

    status, code = 422, "rulebook_refused"


class RulebookInForce(Problem):
    """This set came into force already, from another day; a set is never changed."""

    status, code = 409, "rulebook_in_force"


class RulebookDayRefused(Problem):
    """A set begins after the one before it, and not on a day that is over; see `reason`."""

    status, code = 422, "rulebook_day_refused"


class RulebookMissing(Problem):
    """No rulebook of a `kind` counts on the day that matters, or it lacks a `row`; one has to be imported."""

    status, code = 409, "rulebook_missing"
