"""Figures as they are asked for: of a period, with coverage beside them where it is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from server.access import ROLES
from server.assessment import indicators
from server.assessment.covered import Coverer
from server.assessment.indicators import Asked
from server.assessment.wire import Days, FiguresQuery, Period
from server.db import Claim, Database

READERS = tuple(role for role in ROLES if role != "officer")
"""Who may ask for figures; of which cases is decided by the database."""


@dataclass(frozen=True)
class FigureBook:
    """Answers questions about figures, as pages, workbooks and reports ask them. One instance serves all threads."""

    db: Database
    coverer: Coverer
    time_zone: ZoneInfo

    def asked(self, period: Period) -> Asked:
        """The days of a question on the clocks of the district."""
        return Asked(period.first, period.last, self.time_zone, period.township, period.category)

    def days(self, days: Days, township: str | None = None) -> Asked:
        """The same of every category."""
        return Asked(days.first, days.last, self.time_zone, township)

    def figures(self, claim: Claim, query: FiguresQuery) -> dict[str, Any]:
        """See server.assessment.indicators.figures. Raises NotFound."""
        asked = self.asked(query)
        covered = (
            self.coverer.of(claim, asked.first, asked.last, asked.township, query.by)
            if query.coverage
            else None
        )
        with self.db.transaction(claim) as (connection, _):
            return indicators.figures(connection, asked, query.by, covered)
