"""Appeals of shops against being on a list.

One that is upheld takes entries out of the ledger's count, works the shop's standing out anew and publishes a
correction; the list it was on stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection

from server.problems.ratings import (
    RatingAppealDecided,
    RatingAppealEarly,
    RatingAppealLate,
    RatingAppealOwn,
    RatingStepRefused,
)
from server.problems.request import InputRefused, NotFound
from server.ratings.entering import SQL, append, family_of
from server.ratings.publishing import Now, Stored, read
from server.ratings.replay import MINUS, PLUS, Rated
from server.ratings.standing import entries_of, rate_all, schemes_of
from server.ratings.wire import RatingAppealDecisionIn, RatingAppealIn
from server.rulebooks.expressions import written


def appeal(connection: Connection, list_id: UUID, given: RatingAppealIn, now: Now) -> UUID:
    """Take an appeal down; returns its id.

    Raises:
        NotFound: the list, or the subject is not on it. RatingAppealEarly. RatingAppealLate.
        RatingStepRefused: withdrawn.
        InputRefused: an entry that does not count for the subject. RatingAppealMade, by the database.
    """
    stored, family = read(connection, list_id), family_of(connection, given.subject)
    _check_time(stored, now)
    before = _standing(connection, stored, family.root, ())
    if before is None or before.colour is None:
        raise NotFound()
    counted = [left.entry for left in before.counted]
    wrong = set(given.contested) - {entry.id for entry in counted}
    if wrong:
        message = f"不是计入得分的记录 / entries that do not count: {sorted(wrong)}"
        raise InputRefused(errors=[{"path": "/contested", "message": message}])
    contested = sorted(given.contested or (entry.id for entry in counted if entry.action == MINUS))
    if not contested:
        raise InputRefused(
            errors=[{"path": "/contested", "message": "没有可申诉的记录 / there is no entry to contest"}]
        )
    appeal_id = uuid4()
    values = {
        "appeal": str(appeal_id),
        "id": str(list_id),
        "subject": str(family.root),
        "contested": orjson.dumps(contested).decode(),
        "grounds": given.grounds,
        "at": now.at,
    }
    SQL["insert_appeal"].run(connection, values)
    told = {"appeal": str(appeal_id), "list": str(list_id), "contested": contested, "reason": given.grounds}
    append(connection, family.root, "rating.appeal_opened", told, base=stored.scheme.rule.base)
    return appeal_id


def decide(
    connection: Connection, appeal_id: UUID, given: RatingAppealDecisionIn, by: UUID, now: Now
) -> UUID:
    """Decide an appeal; returns the id of its list. An upheld one is corrected at once.

    Raises:
        NotFound. RatingAppealDecided. RatingAppealOwn: by whom the entries or the appeal were written.
    """
    row = SQL["fetch_appeal"].run(connection, {"appeal": str(appeal_id)}).mappings().one_or_none()
    if row is None:
        raise NotFound()
    if row["decided"]:
        raise RatingAppealDecided()
    contested: list[int] = orjson.loads(row["contested"])
    if by in {row["made_by"], *SQL["entry_makers"].run(connection, {"ids": contested}).scalars()}:
        raise RatingAppealOwn()
    stored = read(connection, row["list_id"])
    values = {"appeal": str(appeal_id), "upheld": given.upheld, "reason": given.reason, "at": now.at}
    SQL["insert_appeal_decision"].run(connection, values)
    told: dict[str, Any] = {"appeal": str(appeal_id), "list": str(stored.id), "reason": given.reason}
    base, subject = stored.scheme.rule.base, row["subject_id"]
    if not given.upheld:
        append(connection, subject, "rating.appeal_rejected", told, base=base)
        return stored.id
    append(connection, subject, "rating.appeal_upheld", told | {"voids": contested}, base=base)
    now_stands = corrected_standing(connection, stored, subject, contested)
    correction = {"appeal": str(appeal_id), "id": str(stored.id), "subject": str(subject), "at": now.at}
    SQL["insert_correction"].run(connection, correction | now_stands)
    before = {"colour_before": row["colour"], "score_before": row["score"]}
    corrected = {"list": str(stored.id), **before, **now_stands}
    append(connection, subject, "rating.corrected", corrected, base=base)
    return stored.id


def _check_time(stored: Stored, now: Now) -> None:
    if stored.state == "withdrawn":
        raise RatingStepRefused(state=stored.state)
    if stored.state == "proposed":
        raise RatingAppealEarly()
    until = stored.steps["noticed"]["appeal_until"]
    if now.today > date.fromisoformat(until):
        raise RatingAppealLate(appeal_until=until)


def corrected_standing(
    connection: Connection, stored: Stored, subject: UUID, contested: Sequence[int]
) -> dict[str, str | None]:
    """List and score of a subject on the day of a list without the entries that an appeal took out. Raises NotFound."""
    after = _standing(connection, stored, subject, contested)
    if after is None:
        raise NotFound()
    return {"colour": after.colour, "score": written(after.score)}


def _standing(connection: Connection, stored: Stored, subject: UUID, without: Sequence[int]) -> Rated | None:
    """How a subject stands on the day of a list, by what the list read, without some entries; None without a ledger."""
    members = [subject, *(one for one, root in stored.merged.items() if root == subject)]
    entries = [
        entry
        for entry in entries_of(connection, subjects=members, through=stored.through)
        if entry.action not in (PLUS, MINUS) or entry.id not in without
    ]
    schemes = schemes_of(connection, entries, stored.scheme)
    return rate_all(entries, stored.merged, schemes, stored.scheme, stored.on).get(subject)
