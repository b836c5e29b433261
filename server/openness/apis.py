"""The routes of publishing and of the public page, put together for the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint

from server.db import Database
from server.openness.limiting import RateLimit
from server.openness.open_routes import open_routes
from server.openness.pictures import Pictures
from server.openness.routes import openness_routes


class OpenLimits(Protocol):
    """What the public page needs of the configuration; read only."""

    @property
    def open_requests_per_minute_max_count(self) -> int: ...
    @property
    def open_max_age_s(self) -> int: ...
    @property
    def open_answers_min_count(self) -> int: ...
    @property
    def rating_corrections_max_count(self) -> int: ...


def openness_apis(
    db: Database,
    public_db: Database,
    pictures: Pictures,
    limits: OpenLimits,
    clock: Callable[[], datetime],
    time_zone: ZoneInfo,
) -> list[APIBlueprint]:
    """Publishing, for who is signed in, and the public page. `public_db`: of the role frontage_public."""
    limit = RateLimit(limits.open_requests_per_minute_max_count)
    opened = open_routes(
        public_db,
        pictures,
        limit,
        clock,
        time_zone,
        max_age_s=limits.open_max_age_s,
        answers_min=limits.open_answers_min_count,
        corrections_max=limits.rating_corrections_max_count,
    )
    return [openness_routes(db, pictures, clock, time_zone), opened]
