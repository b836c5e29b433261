"""History of before from a CSV: what a file would bring is told first, then it is taken whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, insert

from server.csv_text import csv_rows
from server.litigation.keeping import SQL
from server.litigation.tables import legal_entry, legal_matter
from server.litigation.wire import AnyKind, Outcome

COLUMNS = ("kind", "reference", "township", "filed_on", "accepted_on", "ended_on", "outcome", "note")
_NEEDED = {"kind", "reference", "township"}
_OUTCOMES: Mapping[str, frozenset[str]] = {
    "penalty": frozenset(),
    "reconsideration": frozenset(get_args(Outcome)) - {"granted", "denied"},
    "lawsuit": frozenset(get_args(Outcome)) - {"granted", "denied"},
    "court_enforcement": frozenset({"granted", "denied", "withdrawn"}),
}


@dataclass(frozen=True)
class _Line:
    number: int
    kind: str
    reference: str
    township: str
    steps: tuple[tuple[str, date], ...]
    outcome: str | None
    note: str

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE_URL, f"frontage:matter:{self.kind}:{self.reference}")

    @property
    def digest(self) -> str:
        said = (self.kind, self.reference, self.township, self.steps, self.outcome, self.note)
        return sha256(repr(said).encode()).hexdigest()

    @property
    def matter(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "reference": self.reference,
            "case_id": None,
            "digest": self.digest,
        }


class _Fault(Exception):
    pass


def take_file(
    connection: Connection,
    data: bytes,
    *,
    source: str,
    account: UUID,
    at: datetime,
    today: date,
    apply: bool,
) -> dict[str, Any]:
    """What a file brings, and with `apply` and no fault brings it.

    Args:
        data: CSV with COLUMNS, UTF-8 or GB 18030; days as 2026-09-01.
    Raises:
        FileUnreadable.
    """
    bodies = {row.code: row.id for row in SQL["bodies"].run(connection)}
    lines, faults = [], []
    for number, cells in enumerate(csv_rows(data, COLUMNS, _NEEDED), start=2):
        try:
            lines.append(_read(number, cells, bodies, today))
        except _Fault as fault:
            faults.append({"line": number, "message": str(fault)})
    asked = {"kinds": [line.kind for line in lines], "references": [line.reference for line in lines]}
    known = {(row.kind, row.reference): row.digest for row in SQL["known_references"].run(connection, asked)}
    faults += [*_twice(lines), *_otherwise(lines, known)]
    fresh = [line for line in lines if (line.kind, line.reference) not in known]
    applied = apply and not faults
    if applied and fresh:
        matters = [
            line.matter
            | {"organisation_id": bodies[line.township], "source": source}
            | {"created_at": at, "created_by": account}
            for line in fresh
        ]
        connection.execute(insert(legal_matter), matters)
        entries = [entry for line in fresh for entry in _entries(line, account, at)]
        connection.execute(insert(legal_entry), entries)
    return {
        "new": len(fresh),
        "unchanged": len(lines) - len(fresh),
        "faults": sorted(faults, key=lambda fault: fault["line"]),
        "applied": applied,
    }


def _entries(line: _Line, account: UUID, at: datetime) -> Iterator[dict[str, Any]]:
    for seq, (kind, on) in enumerate(line.steps, start=1):
        last = seq == len(line.steps)
        yield {
            "id": uuid5(line.id, kind),
            "matter_id": line.id,
            "seq": seq,
            "kind": kind,
            "on_day": on,
            "outcome": line.outcome if last else None,
            "document": None,
            "attachment": None,
            "note": line.note if last else "",
            "digest": line.digest,
            "recorded_at": at,
            "recorded_by": account,
        }


def _read(number: int, cells: Mapping[str, Any], bodies: Mapping[str, Any], today: date) -> _Line:
    kind = cells["kind"]
    if kind not in get_args(AnyKind):
        raise _Fault(f"kind: {kind!r}")
    reference = cells["reference"] or ""
    if not 1 <= len(reference) <= 100 or "\x00" in reference:
        raise _Fault("reference: 1–100")
    if cells["township"] not in bodies:
        raise _Fault(f"township: {cells['township']!r}")
    note = cells.get("note") or ""
    if len(note) > 2000 or "\x00" in note:
        raise _Fault("note: 0–2000")
    steps = tuple(_steps(cells, today))
    if not steps:
        raise _Fault("filed_on, accepted_on, ended_on: 至少一项 / one at least")
    if [on for _, on in steps] != sorted(on for _, on in steps):
        raise _Fault("日期先后不符 / days out of order")
    outcome = cells.get("outcome")
    ended = steps[-1][0] == "ended"
    if (outcome is not None) != (ended and kind != "penalty") or (outcome and outcome not in _OUTCOMES[kind]):
        raise _Fault(f"outcome: {outcome!r}")
    return _Line(number, kind, reference, cells["township"], steps, outcome, note)


def _steps(cells: Mapping[str, Any], today: date) -> Iterator[tuple[str, date]]:
    for step in ("filed", "accepted", "ended"):
        told = cells.get(f"{step}_on")
        if told is None:
            continue
        try:
            on = date.fromisoformat(told)
        except ValueError as error:
            raise _Fault(f"{step}_on: {told!r}") from error
        if on > today:
            raise _Fault(f"{step}_on: {told!r} 尚未到来 / still to come")
        yield step, on


def _otherwise(lines: list[_Line], known: Mapping[tuple[str, str], str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if known.get((line.kind, line.reference), line.digest) != line.digest:
            yield {"line": line.number, "message": "已有同号事项,内容不同 / this number is known otherwise"}


def _twice(lines: list[_Line]) -> Iterator[dict[str, Any]]:
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if (line.kind, line.reference) in seen:
            yield {"line": line.number, "message": f"reference: {line.reference!r} 重复 / twice"}
        seen.add((line.kind, line.reference))
