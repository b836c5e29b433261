"""What keeps a table of deadlines from being used: unknown categories, clocks that cannot be, rows that stand twice.

Every fault is found before anything is told. What may be named comes from the database; the rest is pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from server.cases.clocks import Amount
from server.cases.deadlines.wire import STEPS, AmountFields, DeadlineRowIn, DeadlinesIn
from server.cases.faults import DataRefused, Fault

Stored = dict[str, Any]
HANDLE = "handle"


@dataclass(frozen=True)
class Known:
    """What a table may name. `lists`: categories in force or coming, by id and version of their list."""

    lists: Mapping[tuple[str, str], frozenset[str]]
    hours: bool

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Known:
        lists = {(one["id"], one["version"]): frozenset(one["codes"]) for one in found["lists"]}
        return cls(lists, found["hours"])


def check(given: DeadlinesIn, known: Known, *, rows_max: int) -> dict[str, Stored]:
    """Rows by category, each with the steps that hold for it.

    A table of a code list that is not loaded is kept as a draft to look at: what its codes mean is not known here.
    Raises:
        DataRefused: with every fault.
    """
    if len(given.rows) > rows_max:
        raise DataRefused([Fault("too_many_rows", "/rows", {"count": len(given.rows), "limit": rows_max})])
    rows = [(f"/rows/{place}", row, _amounts(given, row)) for place, row in enumerate(given.rows)]
    faults = list(_twice(given.rows))
    codes = known.lists.get((given.code_list.id, given.code_list.version))
    for path, row, amounts in rows:
        if codes is not None and row.category not in codes:
            faults.append(Fault("category_unknown", f"{path}/category", {"category": row.category}))
        faults += _clock_faults(path, row, amounts)
    if faults:
        raise DataRefused(faults)
    return {row.category: _stored(row, amounts) for _, row, amounts in rows}


def check_usable(list_id: str, list_version: str, categories: Iterable[str], known: Known) -> None:
    """Whether a draft can come into force now. Raises DataRefused."""
    codes = known.lists.get((list_id, list_version))
    faults = []
    if not known.hours:
        faults.append(Fault("hours_missing", "/", {}))
    if codes is None:
        loaded = ", ".join(sorted(f"{one} {version}" for one, version in known.lists)) or "-"
        told = {"list": list_id, "version": list_version, "loaded": loaded}
        faults.append(Fault("code_list_differs", "/code_list", told))
    else:
        gone = sorted(set(categories) - codes)
        faults += [Fault("category_unknown", f"/rows/{code}", {"category": code}) for code in gone]
    if faults:
        raise DataRefused(faults)


def _amounts(given: DeadlinesIn, row: DeadlineRowIn) -> dict[str, AmountFields]:
    return {**given.steps.amounts(), **row.amounts(), HANDLE: row.handle, **row.clocks}


def _twice(rows: Iterable[DeadlineRowIn]) -> Iterable[Fault]:
    counted = Counter(row.category for row in rows)
    return [
        Fault("category_twice", "/rows", {"category": code}) for code, times in counted.items() if times > 1
    ]


def _clock_faults(path: str, row: DeadlineRowIn, amounts: Mapping[str, AmountFields]) -> Iterable[Fault]:
    for name in {*STEPS, HANDLE} & set(row.clocks):
        yield Fault("clock_name_taken", f"{path}/clocks/{name}", {"clock": name})
    for name, given in {
        **amounts,
        **({"extension_max": row.extension_max} if row.extension_max else {}),
    }.items():
        told = {"category": row.category, "clock": name, "value": given.value, "unit": given.unit}
        try:
            amount = Amount.from_json(given.model_dump())
        except ValueError:
            yield Fault("amount_too_large", f"{path}/{name}", told)
            continue
        if row.emergency and amount.unit.works:
            yield Fault("emergency_stands_still", f"{path}/{name}", told)


def _stored(row: DeadlineRowIn, amounts: Mapping[str, AmountFields]) -> Stored:
    steps = {name: amounts[name].model_dump() if name in amounts else None for name in (*STEPS, HANDLE)}
    return {
        **row.model_dump(exclude={"category", "register_", *STEPS, HANDLE, "clocks"}),
        **steps,
        "clocks": {name: amount.model_dump() for name, amount in row.clocks.items()},
    }
