"""Entries of ledgers: by hand with a reason, and by themselves of a closed case of the subject or a record about it.

The points are worked out once, by the rules in force on the day the thing happened, and never again; the entry names
the set, by which they fade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.evidence import attachments
from server.evidence.canonical import canonical
from server.problems.ratings import RatingEntryConflict, RatingWithoutValue
from server.problems.request import InputRefused, NotFound
from server.problems.rulebooks import RulebookMissing
from server.ratings.replay import Scheme
from server.ratings.wire import ScoreEntryIn, ScoreTrialIn
from server.rulebooks import store
from server.rulebooks.books.rating_rules import ScoreEvent
from server.rulebooks.expressions import Expression, ExpressionRefused, NoValue
from server.sqltext import Statement

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
RULES = "rating_rules"
DUE_A_STEP = 200
"""Cases, and records, that are looked at in one step."""

Execute = Callable[[Statement, Mapping[str, Any]], Iterable[Any]]
"""Runs a statement and gives its rows as tuples: the server's connection and the worker's differ."""


@dataclass(frozen=True)
class Due:
    """A case or a record to look at: whose it is, if it counts, what formulas may name of it, the events it may be."""

    case: UUID | None
    number: str | None
    record: UUID | None
    on: date
    subject: UUID | None
    answers: Mapping[str, Any]
    rules: int
    base: int
    events: Sequence[Any]

    @property
    def ids(self) -> dict[str, str | None]:
        of = {"case_id": self.case, "record_id": self.record}
        return {name: None if found is None else str(found) for name, found in of.items()}

    @property
    def named(self) -> dict[str, Any]:
        """How an entry names it: a case is entered each time it is closed."""
        if self.record is not None:
            return {"record": str(self.record)}
        return {"case": self.number, "reworks": self.answers["reworks"]}

    @property
    def fields(self) -> dict[str, Any]:
        """Photos go by their number."""
        return {
            name: len(value) if isinstance(value, list) else value for name, value in self.answers.items()
        }

    def event(self) -> ScoreEvent | None:
        """The first event that it is. A condition over what was not answered does not hold."""
        for event in map(ScoreEvent.model_validate, self.events):
            try:
                if event.when is None or _formula(event.when, self.fields).value(self.fields):
                    return event
            except NoValue:
                continue
        return None


@dataclass(frozen=True)
class Family:
    """A subject as it is counted: the record it counts under, those merged into it, and its first day on record."""

    root: UUID
    code: str
    members: tuple[UUID, ...]
    since: date


def family_of(connection: Connection, code: str) -> Family:
    """The subject with this code, as far as the asker sees it. Raises NotFound."""
    rows = SQL["find_rated_subject"].run(connection, {"code": code}).mappings().all()
    root = next((row for row in rows if row["is_root"]), None)
    if root is None:
        raise NotFound()
    since = min(row["since"] for row in rows if row["since"] is not None)
    return Family(root["id"], root["code"], tuple(row["id"] for row in rows), since)


def scheme_in_force(connection: Connection, on: date) -> Scheme | None:
    """The rules in force on a day, where there are any."""
    found = store.in_force(connection, RULES, on)
    return Scheme(found.id, next(iter(found.rows.values()))) if found else None


def scheme_on(connection: Connection, on: date) -> Scheme:
    """The rules in force on a day. Raises RulebookMissing."""
    found = scheme_in_force(connection, on)
    if found is None:
        raise RulebookMissing(kind=RULES)
    return found


def scheme_of(connection: Connection, set_id: int) -> Scheme:
    """The rules of a set that something was entered by."""
    found = store.one(connection, set_id)
    return Scheme(found.id, next(iter(found.rows.values())))


def enter(
    connection: Connection, key: UUID, given: ScoreEntryIn, at: datetime, today: date, organisation: UUID
) -> bool:
    """Enter something by hand; false when the very same was entered before under this key.

    Raises:
        As `event_of`. RatingWithoutValue, AttachmentMissing.
        RatingEntryConflict: the key stands for something else.
    """
    family, scheme, event = event_of(connection, given, today)
    told = {
        "event": event.code,
        "on": given.on.isoformat(),
        "reason": given.reason,
        "rules": scheme.id,
        **({"attachments": given.attachments} if given.attachments else {}),
    }
    before = SQL["score_by_key"].run(connection, {"key": str(key)}).mappings().one_or_none()
    if before is None:
        points = points_by_hand(connection, family, event, given.on)
        attachments.use(
            connection, given.attachments, kind="score_entry", thing=key, organisation_id=organisation, at=at
        )
        if put(connection, family.root, scheme.rule.base, event, told | {"points": str(points)}, key=key):
            return True
        before = SQL["score_by_key"].run(connection, {"key": str(key)}).mappings().one()
    if before["subject_id"] not in family.members or not _same(before["body"], told):
        raise RatingEntryConflict()
    return False


def event_of(connection: Connection, given: ScoreTrialIn, today: date) -> tuple[Family, Scheme, ScoreEvent]:
    """Whom it is about, the rules of its day, and which of their events it is.

    Raises:
        NotFound: the subject. RulebookMissing.
        InputRefused: no such event, a day to come, or one before the subject's first.
    """
    family = family_of(connection, given.subject)
    if given.on > today:
        raise InputRefused(errors=[{"path": "/on", "message": "该日未到 / the day is still to come"}])
    if given.on < family.since:
        message = f"该主体自 {family.since} 起在册 / the subject is on record from {family.since} on"
        raise InputRefused(errors=[{"path": "/on", "message": message}])
    scheme = scheme_on(connection, given.on)
    event = scheme.rule.event(given.event)
    if event is None:
        raise InputRefused(
            errors=[{"path": "/event", "message": "规则中没有此项 / the rules have no such event"}]
        )
    return family, scheme, event


def points_by_hand(connection: Connection, family: Family, event: ScoreEvent, on: date) -> Fraction:
    """What an event is worth that is entered by hand. Raises RatingWithoutValue: it needs a record."""
    values = {"subject": str(family.root), "event": event.code, "on": on.isoformat()}
    repeats = int(SQL["score_repeats"].run(connection, values).scalar_one())
    try:
        return points_of(event, {"repeats": repeats, "overdue": False, "reworks": 0})
    except NoValue as error:
        raise RatingWithoutValue(why=str(error)) from error


def points_of(event: ScoreEvent, fields: Mapping[str, Any]) -> Fraction:
    """What an event is worth, not less than nothing. Raises NoValue."""
    return max(_formula(event.points, fields).number(fields), Fraction())


def _formula(text: str, fields: Mapping[str, Any]) -> Expression:
    """A formula over what is known; it was checked against all there may be. Raises NoValue: more is needed."""
    try:
        return Expression(text, fields)
    except ExpressionRefused as refused:
        raise NoValue(str(refused)) from refused


def put(
    connection: Connection,
    subject: UUID,
    base: int,
    event: ScoreEvent,
    told: Mapping[str, Any],
    *,
    key: UUID | None = None,
) -> int | None:
    """Add an event to a ledger; None when the key was used before."""
    return append(connection, subject, f"rating.{event.kind}", told, base=base, key=key)


def append(
    connection: Connection,
    subject: UUID,
    action: str,
    told: Mapping[str, Any],
    *,
    base: int,
    key: UUID | None = None,
) -> int | None:
    """Add anything to a ledger, which begins with `base`; None when the key was used before."""
    values = _values(subject, action, told, base) | {"key": key and str(key), "case_id": None}
    found: int | None = SQL["append_score"].run(connection, values).scalar_one()
    return found


def enter_due(execute: Execute) -> int:
    """Look at what nobody looked at yet, a step of it: cases closed or opened again, and records; returns how many.

    Each is entered for whom it is about on its day, when the rules of that day have an event for it. What a case was
    entered as before it was opened again, or a record before it was corrected, counts no more.
    """
    rows = [Due(*row) for row in execute(SQL["scores_due"], {"rows": DUE_A_STEP})]
    for due in rows:
        for entry, subject in list(execute(SQL["score_stale"], due.ids)):
            action = "rating.reopened" if due.record is None else "rating.record_corrected"
            _add(execute, due, subject, action, {"voids": [entry]})
        if due.subject is not None:
            _enter_due(execute, due, due.subject)
        list(execute(SQL["score_due_done"], due.ids))
    return len(rows)


def enter_all_due(execute: Execute) -> int:
    """Look at all that nobody looked at yet; returns how many."""
    done = 0
    while step := enter_due(execute):
        done += step
    return done


def _enter_due(execute: Execute, due: Due, subject: UUID) -> None:
    event = due.event()
    if event is None:
        return
    of = {"subject": str(subject), "event": event.code, "on": due.on.isoformat()}
    repeats = _first(execute(SQL["score_repeats"], of))
    told: dict[str, Any] = {"event": event.code, "on": due.on.isoformat(), "rules": due.rules}
    try:
        points = points_of(event, {**due.fields, "repeats": repeats})
    except NoValue as error:
        # Told in the ledger rather than lost: it counts nothing until somebody looks.
        points, told["without_value"] = Fraction(), str(error)
    _add(execute, due, subject, f"rating.{event.kind}", told | {"points": str(points)})


def _add(execute: Execute, due: Due, subject: UUID, action: str, told: Mapping[str, Any]) -> None:
    values = _values(subject, action, {**told, **due.named}, due.base)
    list(execute(SQL["append_score"], values | {"key": None, "case_id": due.ids["case_id"]}))


def of_server(connection: Connection) -> Execute:
    """Statements on a connection of the server."""
    return lambda statement, values: statement.run(connection, values).all()


def _values(subject: UUID, action: str, told: Mapping[str, Any], base: int) -> dict[str, Any]:
    return {
        "subject": str(subject),
        "opening": canonical({"base": base}).decode(),
        "action": action,
        "body": canonical(told).decode(),
    }


def _first(rows: Iterable[Any]) -> Any:
    return next(iter(rows))[0]


def _same(body: str, told: Mapping[str, Any]) -> bool:
    kept = orjson.loads(body)
    return {name: kept.get(name) for name in told} == dict(told)
