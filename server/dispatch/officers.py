"""Who could go to a case, and why. Pure: a row of officers_for_case_v1 goes in, reasons come out.

The order is made in the database, in metres of way: the distance, and for each hour since the officer was there, each
open case, being off duty and another township some more. Of whoever never had a shift it is not known whether they
are on duty, and is said so. Nobody is named by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

from server.dispatch.signs import Sign

_DUTY = {"yes": "on_duty", "no": "off_duty", "unknown": "duty_unknown"}


class OfficerSettings(Protocol):
    """What the deployment sets; names and reasons as in config.py."""

    @property
    def officer_fix_max_age_h(self) -> int: ...
    @property
    def officer_fix_age_m_per_h(self) -> float: ...
    @property
    def officer_fix_unknown_m(self) -> float: ...
    @property
    def officer_case_m(self) -> float: ...
    @property
    def officer_off_duty_m(self) -> float: ...
    @property
    def officer_other_area_m(self) -> float: ...


def weights(settings: OfficerSettings) -> dict[str, float]:
    """What officers_for_case_v1 counts as so many metres of way."""
    return {
        "age_m_per_h": settings.officer_fix_age_m_per_h,
        "unknown_m": settings.officer_fix_unknown_m,
        "case_m": settings.officer_case_m,
        "off_duty_m": settings.officer_off_duty_m,
        "other_area_m": settings.officer_other_area_m,
    }


def signs(row: Any, at: datetime, fix_max_age_h: int) -> tuple[Sign, ...]:
    """Everything that was weighed, and what is not known."""
    return tuple(_signs(row, at, fix_max_age_h))


def _signs(row: Any, at: datetime, fix_max_age_h: int) -> Iterator[Sign]:
    if row.fixed_at is None:
        yield Sign("fix_unknown", {"hours": fix_max_age_h})
    else:
        age_min = round((at - row.fixed_at).total_seconds() / 60)
        yield Sign("fix_known", {"distance_m": round(row.distance_m), "age_min": age_min})
    yield Sign(_DUTY[row.on_duty])
    yield _area(row)
    yield _in_hand(row)


def signs_of_colleague(row: Any) -> tuple[Sign, ...]:
    """What is known of somebody without asking where they are."""
    return Sign(_DUTY[row.on_duty]), _in_hand(row)


def _in_hand(row: Any) -> Sign:
    return Sign("open_cases", {"cases": row.open_cases}) if row.open_cases else Sign("no_open_case")


def _area(row: Any) -> Sign:
    if row.area == "district":
        return Sign("area_district", {"body": row.body_name})
    if row.area == "own":
        return Sign("area_own", {"body": row.body_name})
    return Sign("area_other", {"body": row.body_name})
