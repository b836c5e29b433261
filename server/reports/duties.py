"""Which of the three duties a report is about, and which items: told by the officer or meant by the category.

Pure: what the rulebook of the day says of the category goes in. An unknown item is a finding, never a refusal; a report
of a category carries one duty because the rulebook's check lets a category have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from geo.match import Match
from server.reports.findings import Finding
from server.reports.wire import ReportIn


@dataclass(frozen=True)
class Carried:
    """What one report carries; `told` when the officer named the items."""

    rulebook_id: int
    duty: str
    items: tuple[str, ...]
    told: bool

    def row(self) -> dict[str, Any]:
        return {
            "rulebook_id": self.rulebook_id,
            "duty": self.duty,
            "items": self.items,
            "told": self.told,
        }


def carried(
    report: ReportIn, known: Mapping[str, Any] | None, found: Match
) -> tuple[Carried | None, list[Finding]]:
    """The duty of a report, and what is odd about it.

    Args:
        known: of duties_on_v1: the set in force on the day of capture and its rows of the category; None where duties
            are not kept.
        found: only what lies before a shop is missed when nothing says its duty.
    """
    if known is None:
        return None, []
    rows = {row["code"]: row for row in known["rows"]}
    told = tuple(dict.fromkeys(code for code in report.items or () if code in rows))
    items = told or tuple(code for code, row in rows.items() if row.get("default"))
    strange = sorted(set(report.items or ()) - rows.keys())
    odd = [Finding("duty_items_unknown", {"items": ", ".join(strange)})] if strange else []
    if not items:
        code = "duty_category_missing" if known["id"] is not None else "duty_set_missing"
        params = {"category": report.category}
        return None, odd + ([Finding(code, params)] if found.frontage.chosen else [])
    return Carried(known["id"], rows[items[0]]["duty"], items, bool(told)), odd


def duty_values(duty: Carried | None) -> dict[str, str]:
    """What the statement of an intake keeps of it: one row or none."""
    return {"duty": orjson.dumps([duty.row()] if duty else []).decode()}
