"""Schedules for tests of clocks, from words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from server.cases.clocks import Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING_AND_AFTERNOON = ["08:30-12:00", "14:00-17:30"]
OFFICE: dict[int, list[str]] = {weekday: MORNING_AND_AFTERNOON for weekday in range(5)}


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """`2026-09-30 16:00` on the clocks of the district."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def schedule(
    *,
    number: int | None = 1,
    zone: str = "Asia/Shanghai",
    windows: Mapping[int, list[str]] = OFFICE,
    days: Mapping[date, bool] | None = None,
    years: Iterable[int] = (2025, 2026),
    later: Mapping[date, Mapping[int, list[str]]] | None = None,
) -> Schedule:
    """Office hours from Monday to Friday unless said otherwise; `days`: True a make-up day, False a holiday."""
    changes = tuple((day, _week(hours)) for day, hours in sorted((later or {}).items()))
    return Schedule(number, "0" * 64, ZoneInfo(zone), _week(windows), days or {}, frozenset(years), changes)


def _week(windows: Mapping[int, list[str]]) -> dict[int, tuple[tuple[time, time], ...]]:
    return {
        weekday: tuple((_clock(window[:5]), _clock(window[6:])) for window in hours)
        for weekday, hours in windows.items()
    }


def _clock(text: str) -> time:
    return time(0, 0) if text == "24:00" else time.fromisoformat(text)
