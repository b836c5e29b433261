"""Decisions that were kept, weighed again: which conditions held on their facts, and what they could waive at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import Connection

from server.evidence.canonical import canonical
from server.evidence.replaying import Kept
from server.leniency.deciding import Wanted, totals
from server.leniency.first import SQL
from server.leniency.helping import told_conditions, weigh
from server.rulebooks import store


def decisions(connection: Connection) -> Iterator[Kept]:
    """Each decision, and then their sum."""
    waived = amounts = Decimal()
    rows = SQL["kept_leniency"].run(connection).mappings().all()
    for row in rows:
        again = _again(connection, row)
        waived, amounts = waived + again["waived_yuan"], amounts + row["amount_yuan"]
        kept = {
            "conditions": orjson.loads(row["conditions"]),
            "waived_yuan": row["waived_yuan"],
            "offered": True,
        }
        yield Kept(f"{row['list_code']} {row['decided_on']}, {row['id']}", _bytes(kept), _bytes(again))
    told = totals(connection, Wanted())
    again = {"count": len(rows), "amount_yuan": amounts, "waived_yuan": waived}
    yield Kept("合计 / in all", _bytes({name: told[name] for name in again}), _bytes(again))


def _again(connection: Connection, row: Mapping[Any, Any]) -> dict[str, Any]:
    listed = store.one(connection, row["rulebook_id"]).rows[row["list_code"]]
    weighed = weigh(listed, {one["fact"]: one["value"] for one in orjson.loads(row["facts"])})
    most: Decimal = row["amount_yuan"]
    if listed.least_share is not None:
        # What was imposed is between the least share of the fine and the whole.
        most = min(row["waived_yuan"], most - most * Decimal(str(listed.least_share)))
    return {"conditions": told_conditions(weighed), "waived_yuan": most, "offered": weighed.offered}


def _bytes(told: Mapping[str, Any]) -> bytes:
    return canonical(
        {name: float(value) if isinstance(value, Decimal) else value for name, value in told.items()}
    )
