"""Sets that come into force on a day: routing rules, patrol plans, tables of deadlines.

A set is kept as a draft, never changed, and one of its kind is in force at a time. What may stand in a set is its
feature's; this is what all kinds have in common, their faults too. Runs with the rights of the connection given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, ClassVar, Literal

import orjson
from pydantic import Field
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    Text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, JSON, UUID

from server.contract import Answer, read_cursor, wire_time, write_cursor
from server.messages import say
from server.problems.base import Problem
from server.problems.request import NotFound
from server.sqltext import Statement

State = Literal["draft", "coming", "in_force", "past", "withdrawn"]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what somebody sends: a stable code, where, and what the sentence needs."""

    kind: ClassVar[str]
    """Under which name the sentences of its codes stand in the catalogues."""

    code: str
    path: str
    params: Mapping[str, Any]

    def message(self) -> str:
        """What is wrong, in both languages on one line."""
        words = say(f"{self.kind}.{self.code}", self.params)
        return f"{words['text']} / {words['text_en']}"


class Withdrawn(Answer):
    """A set that was taken back before its first day; it never held."""

    at: datetime
    by: str | None
    valid_from: date = Field(description="原定生效之日 / the day it would have come into force")


class DatedItem(Answer):
    """One set of a list. A draft has neither version nor days; who is null where a command did it."""

    id: int
    name: str
    source: str
    sample: bool
    digest: str
    state: State
    version: int | None
    valid_from: date | None
    valid_to: date | None = Field(description="失效之日 / first day it is no longer in force")
    created_at: datetime
    created_by: str | None
    activated_at: datetime | None
    activated_by: str | None
    withdrawn: Withdrawn | None = Field(description="生效前撤回 / taken back before its first day")


@dataclass(frozen=True)
class DatedSets:
    """One kind of set.

    Attributes:
        insert: keeps a draft of `:content` with `:digest` and `:created_at`, and returns its id.
        one: the set `:id` with its content as text.
        page: sets without it, newest written first, before the id `:before`.
        activation: brings `:id` into force, or returns why not.
        withdrawal: takes `:id` back before its first day, or returns why not.
        in_force: it is, from another day. day_refused: it cannot be from that day, for a `reason`.
        own: members of an item that only this kind has, from its row.
    """

    insert: Statement
    one: Statement
    page: Statement
    activation: Statement
    withdrawal: Statement
    in_force: type[Problem]
    day_refused: type[Problem]
    own: Callable[[Mapping[str, Any]], dict[str, Any]]

    def keep(self, connection: Connection, content: Any, *, at: datetime, **about: Any) -> int:
        """Keep a checked set as a draft; returns its id. `about`: the other parameters of `insert`."""
        text = _written(content)
        digest = sha256(text).hexdigest()
        values = {**about, "digest": digest, "content": text.decode(), "created_at": at}
        return int(self.insert.run(connection, values).scalar_one())

    def fetch(self, connection: Connection, set_id: int) -> Mapping[str, Any]:
        """The row of one set. Raises NotFound."""
        row = self.one.run(connection, {"id": set_id}).mappings().one_or_none()
        if row is None:
            raise NotFound()
        return dict(row)

    def activate(
        self,
        connection: Connection,
        stored: Mapping[str, Any],
        valid_from: date,
        *,
        at: datetime,
        today: date,
    ) -> None:
        """Bring a set that was fetched into force; repeating it changes nothing.

        Raises:
            NotFound. `in_force`: from another day. `day_refused`: not after the set in force began, or past and
            something was judged by another set since.
        """
        values = {
            "id": stored["id"],
            "valid_from": valid_from.isoformat(),
            "today": today.isoformat(),
            "at": at,
        }
        outcome = self.activation.run(connection, values).scalar_one()
        if outcome == "missing":
            raise NotFound()
        if outcome == "in_force":
            since = stored["valid_from"]
            raise self.in_force(valid_from=since.isoformat() if since else None)
        if outcome not in ("activated", "same"):
            raise self.day_refused(reason=outcome)

    def withdraw(self, connection: Connection, set_id: int, *, at: datetime, today: date) -> None:
        """Take a set back before its first day, so that the one before it goes on; repeating it changes nothing.

        Raises:
            NotFound. `day_refused`: it is a draft, has begun, or another set follows it.
        """
        values = {"id": set_id, "today": today.isoformat(), "at": at}
        outcome = self.withdrawal.run(connection, values).scalar_one()
        if outcome == "missing":
            raise NotFound()
        if outcome not in ("withdrawn", "same"):
            raise self.day_refused(reason=outcome)

    def list(
        self, connection: Connection, today: date, cursor: str | None, limit: int, **about: Any
    ) -> dict[str, Any]:
        """One page of sets, newest written first. `about`: the other parameters of `page`. Raises CursorRefused."""
        before = read_cursor(cursor, int)
        values = {**about, "before": before[0] if before else None, "rows": limit + 1}
        rows = self.page.run(connection, values).mappings().all()
        page = rows[:limit]
        return {
            "items": [self.item(dict(row), today) for row in page],
            "next": write_cursor(page[-1]["id"]) if len(rows) > limit else None,
        }

    def item(self, stored: Mapping[str, Any], today: date) -> dict[str, Any]:
        """A set without its content, as it is answered."""
        valid_from, valid_to = stored["valid_from"], stored["valid_to"]
        gone = stored["withdrawn_at"]
        return {
            **{name: stored[name] for name in ("id", "name", "source", "sample", "digest", "version")},
            **self.own(stored),
            "state": "withdrawn" if gone else state_on(valid_from, valid_to, today),
            "valid_from": valid_from.isoformat() if valid_from else None,
            "valid_to": valid_to.isoformat() if valid_to else None,
            "created_at": wire_time(stored["created_at"]),
            "created_by": stored["created_by"],
            "activated_at": wire_time(stored["activated_at"]),
            "activated_by": stored["activated_by"],
            "withdrawn": gone
            and {
                "at": wire_time(gone),
                "by": stored["withdrawn_by"],
                "valid_from": stored["withdrawn_from"].isoformat(),
            },
        }


def columns(
    content: str,
    *,
    told: str = "JSON with sorted members; its SHA-256 is digest",
    counted: str | None = "given when a draft comes into force",
) -> tuple[Column[Any], ...]:
    """The columns that every table of sets has, with what a set says in the one called `content`.

    `told` and `counted` are what the database says of that column and of `version`.
    """
    return (
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("name", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("sample", Boolean, nullable=False),
        Column("digest", Text, nullable=False),
        Column(content, JSON, nullable=False, comment=told),
        Column("created_at", DateTime(True), nullable=False),
        Column("created_by", UUID, ForeignKey("account.id")),
        Column("version", Integer, comment=counted),
        Column("valid", DATERANGE),
        Column("activated_at", DateTime(True)),
        Column("activated_by", UUID, ForeignKey("account.id")),
        Column("withdrawn_at", DateTime(True), comment="taken back before its first day: it never held"),
        Column("withdrawn_by", UUID, ForeignKey("account.id")),
        Column("withdrawn_from", Date, comment="the day it would have come into force"),
    )


def digest_of(content: Any) -> str:
    """The digest that a set with this content has."""
    return sha256(_written(content)).hexdigest()


def _written(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def state_on(valid_from: date | None, valid_to: date | None, today: date) -> State:
    """What a set with these days is today; one without a first day is a draft."""
    if valid_from is None:
        return "draft"
    if today < valid_from:
        return "coming"
    return "in_force" if valid_to is None or today < valid_to else "past"
