"""Cases of a sample are handed to checkers in turn; nobody is given a case they had a hand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from server.assessment.rechecks import SQL
from server.contract import wire_time
from server.problems.request import InputRefused, NotFound


def checkers(connection: Connection) -> list[dict[str, str]]:
    """Who can be given cases: checkers of the district, by name."""
    rows = SQL["recheck_checkers"].run(connection)
    return [{"id": str(row.account_id), "name": row.display_name} for row in rows]


def give(
    connection: Connection, recheck_id: UUID, numbers: Sequence[str], to: Sequence[UUID], at: datetime
) -> None:
    """Hand cases out, each to whoever of `to` has the fewest of this sample; to nobody: take them back.

    A case that was looked at stays as it is, and so does one that all of `to` had a hand in.

    Raises:
        NotFound: no such sample. InputRefused: a number that was not drawn, or no checker of the district.
    """
    known = {one["id"] for one in checkers(connection)}
    rows = SQL["recheck_hands"].run(connection, {"id": str(recheck_id)}).mappings().all()
    if not rows:
        raise NotFound()
    drawn = {row["number"]: row for row in rows}
    errors = [
        {"path": f"/numbers/{place}", "message": "不在本次样本中 / not drawn in this sample"}
        for place, number in enumerate(numbers)
        if number not in drawn
    ]
    errors += [
        {"path": f"/checkers/{place}", "message": "不是区级核查员 / no checker of the district"}
        for place, account in enumerate(to)
        if str(account) not in known
    ]
    if errors:
        raise InputRefused(errors=errors)
    load = Counter(str(row["account_id"]) for row in rows if row["account_id"] and row["open"])
    given: list[tuple[str, str | None]] = []
    for row in (drawn[number] for number in dict.fromkeys(numbers)):
        free = [str(one) for one in dict.fromkeys(to) if str(one) not in row["hands"]]
        if not row["open"] or (to and not free):
            continue
        chosen = min(free, key=lambda one: load[one]) if to else None
        if row["account_id"]:
            load[str(row["account_id"])] -= 1
        if chosen:
            load[chosen] += 1
        given.append((str(row["case_id"]), chosen))
    SQL["insert_recheck_assignments"].run(
        connection,
        {
            "id": str(recheck_id),
            "cases": [case for case, _ in given],
            "accounts": [account for _, account in given],
            "at": at,
        },
    )


def tasks(connection: Connection) -> list[dict[str, Any]]:
    """Cases that the asker was given, are closed still, and were not looked at yet; the longest given first."""
    rows = SQL["recheck_tasks"].run(connection).mappings()
    return [
        {
            **{name: row[name] for name in ("number", "version", "category")},
            "recheck": str(row["recheck_id"]),
            "township": row["township_code"],
            "position": {"lon": row["lon"], "lat": row["lat"]},
            "closed_at": wire_time(row["closed_at"]),
            "given_at": wire_time(row["given_at"]),
        }
        for row in rows
    ]
