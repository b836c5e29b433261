"""Sets of formulas and the figures they give, by township, category and month, each with the cases behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.assessment.covered import Covered
from server.assessment.formulas import Figure, Formula, figure
from server.assessment.wire import IndicatorSetIn
from server.contract import read_cursor, wire_time, write_cursor
from server.problems.request import NotFound
from server.sqltext import Statement

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
GROUPS = ("township", "category", "month")
_Key = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Asked:
    """Which cases are counted: local days from `first` to `last`, both included."""

    first: date
    last: date
    time_zone: ZoneInfo
    township: str | None = None
    category: str | None = None

    def values(self) -> dict[str, Any]:
        begin = datetime.combine(self.first, time(), self.time_zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), self.time_zone)
        return {"begin": begin, "end": end, "township": self.township, "category": self.category}


def sample_set() -> IndicatorSetIn:
    """The formulas that come with the product, labelled as a sample."""
    return IndicatorSetIn.model_validate_json(Path(__file__).with_name("sample_indicators.json").read_bytes())


def keep_set(connection: Connection, given: IndicatorSetIn, at: datetime) -> int:
    """Keep a set of formulas; it counts from its day on. What stood before stays for the days before."""
    text = orjson.dumps(
        [indicator.model_dump(mode="json") for indicator in given.indicators], option=orjson.OPT_SORT_KEYS
    )
    values = {
        "name": given.name,
        "source": given.source,
        "sample": given.sample,
        "valid_from": given.valid_from,
        "digest": sha256(text).hexdigest(),
        "indicators": text.decode(),
        "at": at,
    }
    return int(SQL["insert_indicator_set"].run(connection, values).scalar_one())


def fetch_set(connection: Connection, set_id: int) -> dict[str, Any]:
    """One set. Raises NotFound."""
    values = {"before": set_id + 1, "rows": 1}
    row = SQL["list_indicator_sets"].run(connection, values).mappings().one_or_none()
    if row is None or row["id"] != set_id:
        raise NotFound()
    return _told(row)


def set_in_force(connection: Connection, on: date) -> dict[str, Any]:
    """The set that counts on a day. Raises NotFound before the first one."""
    row = SQL["indicators_in_force"].run(connection, {"on": on}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    return _told(row)


def list_sets(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of sets, newest written first. Raises CursorRefused."""
    before = read_cursor(cursor, int)
    values = {"before": before[0] if before else None, "rows": limit + 1}
    rows = SQL["list_indicator_sets"].run(connection, values).mappings().all()
    return {
        "items": [_told(row) for row in rows[:limit]],
        "next": write_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None,
    }


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "source": row["source"],
        "sample": row["sample"],
        "valid_from": row["valid_from"].isoformat(),
        "digest": row["digest"],
        "indicators": orjson.loads(row["indicators"]),
    }


def figures(
    connection: Connection, asked: Asked, by: Sequence[str], covered: Covered | None = None
) -> dict[str, Any]:
    """Measures and indicators of a period, in all and by the groups of `by`, with the formulas of its last day.

    Args:
        covered: coverage of the same period and groups, to be told beside them.
    Raises:
        NotFound: no set of formulas counts on that day.
    """
    used = set_in_force(connection, asked.last)
    formulas = [Formula.from_json(indicator) for indicator in used["indicators"]]
    grouping = {f"by_{group}": group in by for group in GROUPS} | {"time_zone": str(asked.time_zone)}
    rows = SQL["count_measures"].run(connection, {**asked.values(), **grouping}).mappings().all()
    groups: dict[_Key, dict[str, int]] = defaultdict(dict)
    whole: dict[str, int] = defaultdict(int)
    for row in rows:
        groups[row["township_code"], row["category"], row["month"]][row["measure"]] = row["cases"]
        whole[row["measure"]] += row["cases"]
    told = covered.groups if covered else {}
    seen: dict[_Key, Any] = {(township, None, month): sums for (township, month), sums in told.items()}
    keys = sorted({*groups, *seen}, key=lambda key: [part or "" for part in key]) if by else []
    return {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "formulas": used,
        "coverage": {"left_out": covered.left_out} if covered else None,
        "total": _group((None, None, None), whole, formulas, covered.total if covered else None),
        "items": [_group(key, groups.get(key, {}), formulas, seen.get(key)) for key in keys],
    }


def _group(
    key: _Key,
    measures: Mapping[str, int],
    formulas: list[Formula],
    covered: Mapping[str, Any] | None,
) -> dict[str, Any]:
    township, category, month = key
    return {
        "township": township,
        "category": category,
        "month": month,
        "measures": dict(measures),
        "indicators": [_figure(figure(formula, measures)) for formula in formulas],
        "coverage": covered,
    }


def _figure(made: Figure) -> dict[str, Any]:
    return {
        "code": made.formula.code,
        "name": made.formula.name,
        "name_en": made.formula.name_en,
        "value": _number(made.value),
        "numerator": made.numerator,
        "denominator": made.denominator,
    }


def _number(value: Decimal | None) -> str | None:
    # As text: 93.72 stays 93.72 in every reader.
    return None if value is None else str(value)


def cases_behind(
    connection: Connection, measure: str, asked: Asked, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of the cases a measure counted, by number. Raises CursorRefused."""
    values = {**asked.values(), "measure": measure}
    return page_of_cases(connection, SQL["cases_of_measure"], values, cursor, limit)


def page_of_cases(
    connection: Connection, statement: Statement, values: Mapping[str, Any], cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of what a statement lists by number and moment. Raises CursorRefused."""
    after = read_cursor(cursor, str, datetime)
    page_values = {
        "after": after[0] if after else None,
        "after_at": after[1] if after else None,
        "rows": limit + 1,
    }
    rows = statement.run(connection, {**values, **page_values}).mappings().all()
    page = rows[:limit]
    items = [
        {
            "number": row["number"],
            "township": row["township_code"],
            "category": row["category"],
            "state": row["state"],
            "at": wire_time(row["at"]),
        }
        for row in page
    ]
    more = len(rows) > limit
    return {
        "items": items,
        "next": write_cursor(page[-1]["number"], wire_time(page[-1]["at"])) if more else None,
    }
