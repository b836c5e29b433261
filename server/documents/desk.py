"""What the routes of documents and letters share: who serves, and where they ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from server.db import Database
from server.documents.serving import Serving

# Those at a desk and handlers make papers out and serve them.
SERVERS = ("admin", "dispatcher", "handler", "reviewer", "zone_manager")


@dataclass(frozen=True)
class Desk:
    """What the routes of documents share."""

    db: Database
    serving: Serving
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def today(self) -> date:
        return self.clock().astimezone(self.time_zone).date()
