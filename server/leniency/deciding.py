"""Decisions not to punish, or to punish less: only what the lists offer, by a person, with the facts as they were.

Sums of what was waived are counted from the decisions when asked, and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.evidence import attachments as attaching
from server.evidence.canonical import canonical, digest
from server.leniency import facts
from server.leniency.facts import About
from server.leniency.first import SQL
from server.leniency.helping import Weighed, lists_on, told_conditions, values_of, weigh
from server.leniency.wire import LeniencyDecisionIn
from server.problems.leniency import LeniencyConflict, LeniencyEducationMissing, LeniencyNotOffered
from server.problems.request import InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing


@dataclass(frozen=True)
class Wanted:
    """Which decisions are meant; what is left out is not asked for."""

    first: date | None = None
    last: date | None = None
    township: str | None = None
    case: str | None = None


def decide(
    connection: Connection, decision_id: UUID, given: LeniencyDecisionIn, now: datetime, time_zone: ZoneInfo
) -> bool:
    """Keep a decision; false when the very same was kept before under this id.

    Raises:
        NotFound, LeniencySubjectUnknown, InputRefused, RulebookMissing: as when help is asked for.
        LeniencyNotOffered: a condition does not hold, or is not known. LeniencyEducationMissing. LeniencyConflict.
        AttachmentMissing.
        LeniencyDecided, by the database: the case has a decision.
    """
    # Decisions from before anything was attached to them keep their digest.
    said = digest(given.model_dump(mode="json", exclude=None if given.attachments else {"attachments"}))
    kept = SQL["leniency_digest"].run(connection, {"id": str(decision_id)}).scalar_one_or_none()
    if kept is not None:
        return _same(kept, said)
    today = now.astimezone(time_zone).date()
    matter = facts.about(connection, given, today)
    book = lists_on(connection, matter)
    row = book.rows.get(given.row)
    if row is None or matter.item not in row.items:
        raise RulebookMissing(kind="leniency_lists", row=given.row)
    known = facts.gather(connection, matter, given.facts, now, time_zone)
    weighed = weigh(row, values_of(known))
    waived = _check(weighed, given, matter.on, today)
    values = {
        **_of_matter(matter),
        "id": str(decision_id),
        "rulebook": book.id,
        "list_code": row.code,
        "branch": row.branch,
        "facts": orjson.dumps(
            [{"fact": name, "value": one.value, "source": one.source} for name, one in known.items()]
        ).decode(),
        "conditions": orjson.dumps(told_conditions(weighed)).decode(),
        "amount": given.amount_yuan,
        "waived": waived,
        "reason": given.reason,
        "education": given.education,
        "educated_on": given.educated_on and given.educated_on.isoformat(),
        "attachments": given.attachments,
        "digest": said,
        "today": today.isoformat(),
        "at": now,
    }
    body = SQL["insert_leniency"].run(connection, values).scalar_one_or_none()
    if body is None:
        # Somebody was first under this id; an older snapshot did not show it.
        raise LeniencyConflict()
    attaching.use(
        connection,
        given.attachments,
        kind="leniency_decision",
        thing=decision_id,
        organisation_id=body,
        at=now,
    )
    if matter.case_id is not None:
        told = canonical(
            {
                "decision": str(decision_id),
                "digest": said,
                "branch": row.branch,
                "row": row.code,
                "rulebook": book.id,
                "reason": given.reason,
            }
        )
        SQL["note_in_case"].run(connection, {"case_id": str(matter.case_id), "body": told.decode()})
    return True


def fetch(connection: Connection, decision_id: UUID) -> dict[str, Any]:
    """One decision the asker sees. Raises NotFound."""
    rows = _rows(connection, Wanted(), decision_id, None, 1)
    if not rows:
        raise NotFound()
    return _told(rows[0])


def list_decisions(connection: Connection, wanted: Wanted, cursor: str | None, limit: int) -> dict[str, Any]:
    """Decisions the asker sees, newest first. Raises CursorRefused."""
    rows = _rows(connection, wanted, None, read_cursor(cursor, datetime, UUID), limit + 1)
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    following = write_cursor(wire_time(last["decided_at"]), str(last["id"])) if last else None
    return {"items": [_told(row) for row in page], "next": following}


def totals(connection: Connection, wanted: Wanted) -> dict[str, Any]:
    """How many decisions there are and what they waived, in all, by branch and by township."""
    rows = SQL["leniency_totals"].run(connection, _period(wanted)).mappings().all()
    branches: dict[str, list[Mapping[Any, Any]]] = {}
    townships: dict[str | None, list[Mapping[Any, Any]]] = {}
    for row in rows:
        branches.setdefault(row["branch"], []).append(row)
        townships.setdefault(row["township_code"], []).append(row)
    return {
        **_sum(rows),
        "branches": [{"branch": branch, **_sum(own)} for branch, own in sorted(branches.items())],
        "townships": [
            {"township": code, "name": own[0]["township_name"], **_sum(own)}
            for code, own in townships.items()
        ],
    }


def _check(weighed: Weighed, given: LeniencyDecisionIn, on: date, today: date) -> Decimal:
    """What is waived, in yuan. `on`: day of the offence."""
    if not weighed.offered:
        raise LeniencyNotOffered(failing=weighed.failing, unknown=weighed.unknown)
    share = weighed.row.least_share
    if share is None and (given.education is None or given.educated_on is None):
        raise LeniencyEducationMissing()
    errors = [*_education_faults(given, on, today), *_amount_faults(given, share)]
    if errors:
        raise InputRefused(errors=errors)
    return given.amount_yuan - (given.imposed_yuan or Decimal())


def _education_faults(given: LeniencyDecisionIn, on: date, today: date) -> Iterator[dict[str, str]]:
    if given.attachments and given.education is None:
        yield {
            "path": "/attachments",
            "message": "附件属教育记录 / they belong to how the person was educated",
        }
    if (given.education is None) != (given.educated_on is None):
        yield {"path": "/educated_on", "message": "教育情况与日期须同时填写 / both, or neither"}
    if given.educated_on is not None and given.educated_on > today:
        yield {"path": "/educated_on", "message": "该日未到 / the day is still to come"}
    if given.educated_on is not None and given.educated_on < on:
        yield {"path": "/educated_on", "message": f"违法之日为 {on} / the offence was on {on}"}


def _amount_faults(given: LeniencyDecisionIn, share: float | None) -> Iterator[dict[str, str]]:
    imposed = given.imposed_yuan
    if share is None:
        if imposed:
            yield {"path": "/imposed_yuan", "message": "免罚不处罚款 / nothing is imposed"}
    elif imposed is None or not given.amount_yuan * Decimal(str(share)) <= imposed <= given.amount_yuan:
        message = f"应在原额的 {share:.0%} 与原额之间 / between {share:.0%} of the fine and the whole"
        yield {"path": "/imposed_yuan", "message": message}


def _of_matter(matter: About) -> dict[str, Any]:
    return {
        "case_id": matter.case_id and str(matter.case_id),
        "subject": str(matter.subject["id"]),
        "township": matter.subject["township_code"],
        "item": matter.item,
        "happened_on": matter.on.isoformat(),
    }


def _same(kept: str, said: str) -> bool:
    if kept != said:
        raise LeniencyConflict()
    return False


def _period(wanted: Wanted) -> dict[str, Any]:
    return {
        "from": wanted.first and wanted.first.isoformat(),
        "to": wanted.last and wanted.last.isoformat(),
        "township": wanted.township,
    }


def _rows(
    connection: Connection,
    wanted: Wanted,
    decision_id: UUID | None,
    after: tuple[Any, ...] | None,
    most: int,
) -> list[Mapping[Any, Any]]:
    values = {
        **_period(wanted),
        "id": decision_id and str(decision_id),
        "case": wanted.case,
        "before_at": after and after[0],
        "before": after and str(after[1]),
        "rows": most,
    }
    return list(SQL["list_leniency"].run(connection, values).mappings())


def _sum(rows: Iterable[Mapping[Any, Any]]) -> dict[str, Any]:
    own = list(rows)
    return {
        "count": sum(row["count"] for row in own),
        "amount_yuan": float(sum((row["amount_yuan"] for row in own), Decimal())),
        "waived_yuan": float(sum((row["waived_yuan"] for row in own), Decimal())),
    }


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    as_kept = (
        "id", "item", "rulebook_id", "branch", "happened_on", "reason", "education", "educated_on", "attachments",
        "subject_name", "township_name", "decided_on", "decided_by",
    )  # fmt: skip
    return {
        **{name: row[name] for name in as_kept},
        "case": row["case_number"],
        "subject": row["subject_code"],
        "row": row["list_code"],
        "facts": orjson.loads(row["facts"]),
        "conditions": orjson.loads(row["conditions"]),
        "amount_yuan": float(row["amount_yuan"]),
        "waived_yuan": float(row["waived_yuan"]),
        "township": row["township_code"],
        "decided_at": wire_time(row["decided_at"]),
    }
