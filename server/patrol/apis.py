"""Every route of patrol, put together for the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint

from server.db import Database
from server.patrol.tracks.routes import track_routes


class PatrolSettings(Protocol):
    """What the deployment sets for patrol: the settings of its parts together."""


def patrol_apis(
    db: Database, settings: PatrolSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> list[APIBlueprint]:
    """The routes of every part of patrol.

    Args:
        clock: aware UTC time of receipt.
        time_zone: of the district; its days are the days of coverage.
    """
    return [track_routes(db)]
