"""Where a complaint would go if it were taken now, by the very steps that take it; keeps nothing."""

from __future__ import annotations

from typing import Any

from server.complaints.reading import reasoned, with_state_name
from server.complaints.taking import ComplaintDesk
from server.complaints.wire import ComplaintMatterIn
from server.contract import wire_time
from server.db import Principal


def tried(desk: ComplaintDesk, asking: Principal, said: ComplaintMatterIn) -> dict[str, Any]:
    """The place, who would answer, the case it would join, and the open ones there. Raises InputRefused."""
    with desk.db.transaction(asking.claim) as (connection, _):
        placed = desk.place(connection, said, desk.clock())
        chosen = desk.belongs(connection, said, placed)
        known = desk.cases_here(connection, placed, None, desk.settings.complaint_known_max_count)
    return {
        "match": placed.judged.wire,
        "body": placed.going.body.name,
        "relation": chosen.relation,
        "because": reasoned(one.as_json() for one in chosen.because),
        "case": chosen.number,
        "known": [
            with_state_name(
                {
                    "number": row.number,
                    "state": row.state,
                    "category": row.category,
                    "opened_at": wire_time(row.opened_at),
                    "due_at": wire_time(row.due_at) if row.due_at else None,
                    "distance_m": round(row.distance_m, 1),
                    "zone": row.zone,
                }
            )
            for row in known
        ],
    }
