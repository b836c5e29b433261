"""Every state a case can be in, with the national step it belongs to. Standard library only.

The seven steps are first-class (信息收集 … 综合评价); a local state maps onto one. So far a case is opened by a report
and waits to be registered; the table of transitions grows here and nowhere else.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Step(IntEnum):
    """The seven steps of the closed loop, in their order."""

    COLLECT = 1
    REGISTER = 2
    DISPATCH = 3
    HANDLE = 4
    REPLY = 5
    CHECK = 6
    EVALUATE = 7


class State(Enum):
    """Stored key and step of each state; names for people stand in the message catalogues under `state.<key>`."""

    REPORTED = ("reported", Step.COLLECT)

    def __init__(self, key: str, step: Step) -> None:
        self.key = key
        self.step = step


BY_KEY = {state.key: state for state in State}
