"""What the district handed to its townships: how often, and how often it was acknowledged before it was escalated."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection

from server.assessment.indicators import Asked, page_of_cases
from server.assessment.means import SQL, values_of

Handed = Literal["handed_over", "acknowledged", "acknowledged_in_time", "escalated"]
COUNTS: Final[tuple[Handed, ...]] = get_args(Handed)


def figures(connection: Connection, asked: Asked) -> dict[str, Any]:
    """Handovers of a period by township of the case, and in all; empty: outside all townships."""
    rows = SQL["count_handovers"].run(connection, values_of(asked)).mappings().all()
    items = [{"township": row["township_code"], **{name: row[name] for name in COUNTS}} for row in rows]
    return {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "total": {"township": None, **{name: sum(item[name] for item in items) for name in COUNTS}},
        "items": items,
    }


def cases_behind(
    connection: Connection, figure: Handed, asked: Asked, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of the handovers that a figure counts, by number of the case. Raises CursorRefused."""
    values = {**values_of(asked), "figure": figure}
    return page_of_cases(connection, SQL["list_handed_cases"], values, cursor, limit)
