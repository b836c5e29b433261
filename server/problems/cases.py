"""What can go wrong with acting on a case."""

from __future__ import annotations

from server.problems.base import Problem


class TransitionRefused(Problem):
    """The case cannot take this action now: `guard` and `reason` say why, `allowed_actions` what it can take,
    `current_version` and `state` how it stands."""

    status, code = 409, "transition_refused"


class ActionKeyConflict(Problem):
    """This key was used for another action before."""

    status, code = 409, "action_key_conflict"
