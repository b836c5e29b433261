"""What was seen of fronts by township, for who puts it beside other figures of the same days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.periods import Period
from server.db import Claim, Database
from server.patrol.coverage.asked import Area, Asked, Calendar
from server.patrol.coverage.reading import Coverage


@dataclass(frozen=True)
class TownshipSums:
    """Sums of coverage by township, as GET /coverage/summary tells them.

    Attributes:
        days_max: days one question may span. timeout_ms: of each statement.
    """

    db: Database
    calendar: Calendar
    days_max: int
    timeout_ms: int

    def today(self) -> date:
        return self.calendar.today()

    def __call__(
        self, claim: Claim, first: date, last: date, township: str | None
    ) -> Sequence[Mapping[str, Any]]:
        """Rows of what the asker may know; `first` to `last` are days until today, not more than `days_max`."""
        period = Period.of(first, last, self.today())
        asked = Asked(Area(township=township), period, self.calendar.at(period))
        with self.db.transaction(claim) as (connection, _):
            sums: Sequence[Mapping[str, Any]] = Coverage(
                connection, self.calendar, asked, self.timeout_ms
            ).summary("township")["items"]
        return sums
