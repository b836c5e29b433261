"""What the worker does for patrol, beside its other jobs."""

from __future__ import annotations

from dataclasses import dataclass

import procrastinate


@dataclass(frozen=True)
class PatrolChores:
    """What the tasks of patrol work with.

    Attributes:
        database_url: of the worker's role.
        time_zone: of the district.
    """

    database_url: str
    time_zone: str = "Asia/Shanghai"


def patrol_tasks(queue: procrastinate.App, chores: PatrolChores) -> None:
    """Add the tasks of patrol to the worker's queue."""
