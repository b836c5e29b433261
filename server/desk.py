"""Where the routes of a feature ask: the database, and what time and day it is in the district."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy import Connection

from server.access import principal
from server.contract import json_response
from server.db import Database


@dataclass(frozen=True)
class Desk:
    """What routes of a feature share; features add what they alone need."""

    db: Database
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def today(self) -> date:
        return self.clock().astimezone(self.time_zone).date()

    def told(self, read: Callable[[Connection], Any]) -> Response:
        """The answer of what is read with the rights of whoever asks."""
        with self.db.transaction(principal().claim) as (connection, _):
            return json_response(read(connection))
