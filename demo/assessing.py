"""What the zone manager keeps at the end of the month: the ranking of the townships."""

from __future__ import annotations

from datetime import datetime, timedelta

from demo.managing import ASK, MANAGER

_CARD, _DAYS = "township_month", 30


def assess(ask: ASK, until: datetime) -> None:
    """Keep the ranking of the month, once."""
    if ask(MANAGER, "GET", f"/scorecard-runs?code={_CARD}", None)["items"]:
        return
    days = {"from": (until - timedelta(days=_DAYS)).date().isoformat(), "to": until.date().isoformat()}
    ask(MANAGER, "POST", f"/scorecards/{_CARD}/runs", days)
