"""Proceedings, as verbs: opened on a case, taken on step by step, each step in one transaction.

A step is entered, read in one statement, decided in Python by the one table, and written by one function that does
nothing when somebody was first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.cases.clocks import Schedule
from server.cases.guards import HANDLED
from server.cases.timing import ScheduleBook
from server.db import Database, Principal
from server.documents import making
from server.documents.printing import Press
from server.enforcement import planning, telling
from server.enforcement.guards import Asked, Books, choose, refused
from server.enforcement.papers import Papers
from server.enforcement.planning import Paper, Planned
from server.enforcement.steps_table import ON_THE_SPOT, ORDINARY, SIMPLE, Row, inputs_of
from server.evidence import attachments as attaching
from server.problems.base import Problem
from server.problems.enforcement import StepRefused
from server.problems.request import InputRefused, NotFound, Unavailable
from server.problems.rulebooks import RulebookMissing
from server.rulebooks import store

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
TRIES_MAX = 3


def check_inputs(step: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Members of the body without those that say nothing.

    Raises:
        InputRefused: naming each that is missing, and each that this step does not take.
    """
    inputs = {name: value for name, value in given.items() if value is not None}
    requires, takes = inputs_of(step)
    errors = [
        {"path": f"/{name}", "message": "this step needs it"} for name in sorted(requires - set(inputs))
    ]
    errors += [
        {"path": f"/{name}", "message": "this step does not take it"}
        for name in sorted(set(inputs) - requires - takes)
    ]
    if errors:
        raise InputRefused(errors=errors)
    return inputs


@dataclass(frozen=True)
class Read:
    """What one statement tells: the case, the proceeding, people and hours."""

    told: Mapping[str, Any]
    schedule: Schedule | None
    books: Books


@dataclass(frozen=True)
class Enforcement:
    """Reads proceedings and takes their steps. One instance serves all threads."""

    db: Database
    clock: Callable[[], datetime]
    time_zone: ZoneInfo
    papers: Papers
    press: Press
    schedules: ScheduleBook = field(default_factory=ScheduleBook)

    def today(self) -> date:
        return self.clock().astimezone(self.time_zone).date()

    def fetch(self, asking: Principal, number: str) -> dict[str, Any]:
        """One proceeding, with what the asker can do. Raises NotFound."""
        with self.db.transaction(asking.claim) as (connection, _):
            read = self._read(connection, proceeding=number)
            return telling.proceeding(self._asked(read, asking))

    def prefill(self, asking: Principal, number: str) -> dict[str, Any]:
        """What is known already for a proceeding on a case: who answers, the items that fit. Raises NotFound."""
        with self.db.transaction(asking.claim) as (connection, _):
            read = self._read(connection, case=number)
            return telling.prefill(self._asked(read, asking))

    def paper(self, asking: Principal, number: str, nth: int) -> bytes:
        """The paper of a step, a PDF. Raises NotFound, CaseFileLimit."""
        with self.db.transaction(asking.claim) as (connection, _):
            values = {"number": number, "nth": nth}
            document = SQL["paper_of_step"].run(connection, values).scalar_one_or_none()
            if document is None:
                raise NotFound()
            paper = self.press.read(connection, document)
        return self.press.set(paper)

    def open(self, asking: Principal, case: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Open a proceeding on a case; it as it then is. Raises NotFound, Problem of its guards."""
        return self._again(lambda: self._open(asking, case, ORDINARY, [("file", inputs)]))

    def on_the_spot(self, asking: Principal, case: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """All steps of the simple procedure up to its decision, at once; a second officer confirms it."""
        officers = {"officers": inputs["officers"]}
        found = {name: inputs[name] for name in ("note", "attachments") if name in inputs}
        opened = {
            name: inputs[name] for name in ("item", "subject", "party_kind", "party_name") if name in inputs
        }
        decided = {name: inputs[name] for name in ("outcome", "amount_yuan") if name in inputs}
        each = [
            {**officers, **opened},
            {**officers, **found},
            {"note": inputs["statement"]},
            {**officers, **decided},
        ]
        return self._again(lambda: self._open(asking, case, SIMPLE, [*zip(ON_THE_SPOT, each, strict=True)]))

    def take(
        self, asking: Principal, number: str, step: str, version: int, inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Take one step; the proceeding as it then is.

        Raises:
            NotFound. StepRefused, and the other problems of server.enforcement.guards.
        """
        return self._again(lambda: self._take(asking, number, step, version, inputs))

    def _again(self, once: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
        for _ in range(TRIES_MAX):
            told = once()
            if told is not None:
                return told
        raise Unavailable()

    def _open(
        self, asking: Principal, case: str, procedure: str, steps: Sequence[tuple[str, Mapping[str, Any]]]
    ) -> dict[str, Any] | None:
        first = steps[0][1]
        with self.db.transaction(asking.claim) as (connection, principal):
            read = self._read(connection, case=case, inputs=first)
            asked = self._asked(read, principal, procedure)
            if asked.books.items is None:
                raise RulebookMissing(kind="penalty_items", row=None)
            if first["item"] not in asked.books.items.rows:
                raise InputRefused(errors=[{"path": "/item", "message": "there is no item of this code"}])
            if "subject" in first and read.told["named_subject"] is None:
                raise InputRefused(errors=[{"path": "/subject", "message": "there is no such subject"}])
            inputs = {**first, "subject_row": read.told["named_subject"]}
            asked = replace(asked, inputs=inputs)
            begun = planning.opening(asked, number=f"{case}-E{read.told['case']['proceedings'] + 1}")
            planned: list[Planned] = []
            rows: list[Row] = []
            for step, said in steps:
                row = self._row(step, replace(asked, inputs=said))
                before = asked.proceeding or begun
                at_work = replace(asked, proceeding=before, inputs=said)
                done = planning.plan(at_work, row, at=self.clock(), schedule=read.schedule)
                planned.append(done)
                rows.append(row)
                asked = replace(at_work, proceeding=done.after)
            return self._write(connection, read, replace(asked, proceeding=None), rows, planned)

    def _take(
        self, asking: Principal, number: str, step: str, version: int, inputs: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        with self.db.transaction(asking.claim) as (connection, principal):
            read = self._read(connection, proceeding=number, inputs=inputs)
            asked = self._asked(read, principal, inputs=inputs)
            if asked.proceeding and asked.proceeding["version"] != version:
                raise self._said(refused("version", version=asked.proceeding["version"]), asked)
            row = self._row(step, asked)
            planned = planning.plan(asked, row, at=self.clock(), schedule=read.schedule)
            return self._write(connection, read, asked, [row], [planned])

    def _write(
        self,
        connection: Connection,
        read: Read,
        asked: Asked,
        rows: Sequence[Row],
        planned: Sequence[Planned],
    ) -> dict[str, Any] | None:
        last = planned[-1].after
        entries, decision, before = [], None, asked
        for row, one in zip(rows, planned, strict=True):
            paper = self._paper(connection, before, row, one, read) if row.paper else None
            entries.append(planning.entry(one, before, paper))
            if one.decision:
                decision = {**one.decision, "document_id": entries[-1]["document"]}
            before = replace(before, proceeding=one.after)
            if used := one.step["said"].get("attachments"):
                attaching.use(
                    connection,
                    used,
                    kind="proceeding",
                    thing=last["id"],
                    organisation_id=last["organisation_id"],
                    at=self.clock(),
                )
        act = {
            "id": last["id"],
            "case": read.told["case"]["id"],
            "number": last["number"],
            "version": (asked.proceeding or {}).get("version", 0),
            "opens": asked.proceeding is None,
            "set": planning.columns(last),
            "steps": entries,
            "decision": decision,
            "told": planning.told_of(rows[-1], asked, read.told["district"]),
        }
        if not SQL["act"].run(connection, {"act": orjson.dumps(act).decode()}).scalar_one():
            connection.rollback()
            return None
        after = self._read(connection, proceeding=last["number"])
        return telling.proceeding(self._asked(after, asked.asking))

    def _paper(self, connection: Connection, asked: Asked, row: Row, planned: Planned, read: Read) -> Paper:
        """The document of a step: what it says stands from now on."""
        at = self.clock()
        says = self.papers.told(asked, row, planned, at=at)
        subject = planned.after["subject"] and planned.after["subject"]["id"]
        made = making.make(
            connection,
            kind=row.paper,
            title=says["title"],
            at=at,
            content=says,
            subject_id=subject,
            case_id=read.told["case"]["id"],
        )
        return Paper(made, says)

    def _row(self, step: str, asked: Asked) -> Row:
        chosen = choose(step, asked)
        if isinstance(chosen, Problem):
            raise self._said(chosen, asked)
        return chosen

    def _said(self, problem: Problem, asked: Asked) -> Problem:
        if isinstance(problem, StepRefused):
            standing = asked.proceeding or {}
            allowed, _ = telling.steps(replace(asked, inputs={}))
            problem.members |= {
                "state": standing.get("state"),
                "current_version": standing.get("version"),
                "allowed_steps": allowed,
            }
        return problem

    def _asked(
        self,
        read: Read,
        asking: Principal,
        procedure: str | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> Asked:
        proceeding = read.told["proceeding"] and telling.with_takers(read.told["proceeding"])
        return Asked(
            today=self.today(),
            asking=asking,
            case=read.told["case"],
            proceeding=proceeding,
            people=read.told["people"] or {},
            leniency=read.told["leniency"],
            books=read.books,
            procedure=procedure or (proceeding or {}).get("procedure") or ORDINARY,
            inputs=inputs or {},
        )

    def _read(
        self,
        connection: Connection,
        *,
        case: str | None = None,
        proceeding: str | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> Read:
        """Raises NotFound."""
        held = self.schedules.held()
        values = {
            "case": case,
            "proceeding": proceeding,
            "officers": [str(one) for one in (inputs or {}).get("officers", ())],
            "subject": (inputs or {}).get("subject"),
            "leniency": (inputs or {}).get("leniency"),
            "on": self.today().isoformat(),
            "time_zone": self.time_zone.key,
            "handled": list(HANDLED),
            "held": list(held),
        }
        row = SQL["fetch_enforcement"].run(connection, values).scalar_one_or_none()
        told = orjson.loads(row) if row is not None else None
        if told is None or (proceeding and told["proceeding"] is None):
            raise NotFound()
        items = told["proceeding"] and store.one(connection, told["proceeding"]["items_id"])
        return Read(told, self.schedules.read(told["schedule"], held), self._books(connection, items))

    def _books(self, connection: Connection, items: store.InForce | None) -> Books:
        today = self.today()
        names = ("delegations", "major_rules", "procedures")
        return Books(
            items or store.in_force(connection, "penalty_items", today),
            *(store.in_force(connection, name, today) for name in names),
        )
