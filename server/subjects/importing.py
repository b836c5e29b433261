"""Applying a file of subjects: exactly the plan that was looked at, in one step, or nothing."""

from __future__ import annotations

from typing import Any

from server.problems.subjects import SubjectImportOutdated, SubjectRowsRefused
from server.subjects.changing import Keeper
from server.subjects.planning import Plan, PlannedRow
from server.subjects.wire import SubjectPersonChangeIn, SubjectPlaceIn, SubjectRevisionIn

ERRORS_MAX = 50


def apply(keeper: Keeper, planned: Plan, digest: str | None) -> None:
    """Write every row of a plan.

    Args:
        digest: of the plan that somebody looked at.
    Raises: SubjectRowsRefused, SubjectImportOutdated; what stands against a change.
    """
    if planned.faults:
        errors = [{"path": one.path, "message": one.message()} for one in planned.faults[:ERRORS_MAX]]
        raise SubjectRowsRefused(errors=errors)
    if digest != planned.digest:
        raise SubjectImportOutdated()
    for row in planned.rows:
        if row.fate == "new" and row.given:
            keeper.register(row.given)
        elif row.fate == "changed":
            _change(keeper, row)


def _change(keeper: Keeper, row: PlannedRow) -> None:
    given, code = row.given, row.code
    if given is None or code is None:
        return
    about: dict[str, Any] = {"valid_from": given.valid_from.isoformat() if given.valid_from else None}
    about["reason"] = given.reason
    said = {
        name: getattr(given, name) for name in ("name", "kind", "trade", "licence") if name in row.changes
    }
    if said:
        keeper.revise(code, SubjectRevisionIn.model_validate(said | about), "imported")
    for person in given.persons:
        if f"person_{person.rank}" in row.changes:
            keeper.name_person(code, SubjectPersonChangeIn.model_validate(person.model_dump() | about))
    for place in given.places:
        if f"zone {place.zone}" in row.changes:
            keeper.add_place(code, SubjectPlaceIn.model_validate(place.model_dump() | about))


def report(planned: Plan, *, applied: bool, listed_max: int) -> dict[str, Any]:
    """The answer: counts, and the rows that would change something, faulty ones first."""
    counts = {fate: 0 for fate in ("new", "changed", "unchanged", "faulty")}
    for row in planned.rows:
        counts[row.fate] += 1
    shown = [row for row in planned.rows if row.fate == "faulty"]
    shown += [row for row in planned.rows if row.fate in ("new", "changed")]
    return {
        "applied": applied,
        "plan": planned.digest,
        "valid_from": planned.since.isoformat(),
        "counts": counts,
        "listed": len(shown[:listed_max]),
        "items": [
            {
                "line": row.line,
                "name": row.name,
                "fate": row.fate,
                "code": row.code,
                "changes": list(row.changes),
                "faults": [{"path": one.path, "message": one.message()} for one in row.faults],
            }
            for row in shown[:listed_max]
        ],
    }
