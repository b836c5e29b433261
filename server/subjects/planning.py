"""What a file of subjects would do to the register: each row is new, changed, unchanged or faulty, and why.

A plan writes nothing. A row is found again by its code, else by its licence, else by one of its zones under the same
name; so the same file sent twice changes nothing the second time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, Literal

import orjson
from pydantic import ValidationError
from sqlalchemy import Connection

from server import dated
from server.subjects.register import SQL
from server.subjects.sheets import Line, kind_of
from server.subjects.wire import SubjectIn

Fate = Literal["new", "changed", "unchanged", "faulty"]
_BETWEEN = re.compile(r"[\s,;,;、]+")
_SAID = ("name", "kind", "trade", "licence")
Zone = tuple[str, str]
Subject = Mapping[str, Any]


class Fault(dated.Fault):
    """What keeps a row from being taken; `path` is `/rows/<line>/<column>`."""

    kind = "subject_row_fault"


def _fault(code: str, at: int, column: str, /, **params: Any) -> Fault:
    return Fault(code, f"/rows/{at}/{column}", params)


@dataclass(frozen=True)
class PlannedRow:
    """One row of the file and what becomes of it.

    Attributes:
        code: of the subject it is, None for a new one. changes: which of what it says differs.
    """

    line: int
    name: str
    fate: Fate
    code: str | None = None
    given: SubjectIn | None = None
    changes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Every row of a file, in its order."""

    rows: tuple[PlannedRow, ...]
    since: date

    @property
    def digest(self) -> str:
        """The same for the same file against the same register."""
        told = [
            [row.line, row.fate, row.code, row.changes, row.given and row.given.model_dump(mode="json")]
            for row in self.rows
        ]
        return sha256(orjson.dumps([self.since.isoformat(), told])).hexdigest()

    @property
    def faults(self) -> list[Fault]:
        return [fault for row in self.rows for fault in row.faults]


@dataclass
class _Register:
    """The register as the importer sees it, and what rows of this file have claimed of it so far."""

    by_code: Mapping[str, Subject]
    by_licence: Mapping[str, Subject]
    by_zone: Mapping[Zone, Subject]
    townships: Mapping[Zone, str | None]
    own_township: str | None
    claimed: dict[tuple[str, Any], int] = field(default_factory=dict)


def plan(
    connection: Connection, lines: Sequence[Line], *, since: date, own_township: str | None, reason: str
) -> Plan:
    """What the rows would do from a day on. `own_township`: of the importer, None of the district."""
    read = [(line, *_given(line, since, reason)) for line in lines]
    register = _register(connection, [given for _, given, _ in read if given], own_township)
    return Plan(tuple(_planned(line, given, faults, register, since) for line, given, faults in read), since)


def _register(connection: Connection, given: Sequence[SubjectIn], own_township: str | None) -> _Register:
    there = [dict(one) for one in SQL["register_of_township"].run(connection).mappings()]
    zones = sorted({(place.zone_kind, place.zone) for one in given for place in one.places})
    asked = orjson.dumps([{"zone_kind": kind, "zone": zone} for kind, zone in zones]).decode()
    known = SQL["townships_of_zones"].run(connection, {"zones": asked}).mappings()
    return _Register(
        {one["code"]: one for one in there},
        {one["licence"]: one for one in there if one["licence"]},
        {(place["zone_kind"], place["zone"]): one for one in there for place in one["places"]},
        {(one["kind"], one["code"]): one["township"] for one in known},
        own_township,
    )


def _given(line: Line, since: date, reason: str) -> tuple[SubjectIn | None, list[Fault]]:
    cell = line.cells.get
    faults = [_fault(code, line.line, column) for column, code in line.faults.items()]
    kind = kind_of(cell("kind") or "shop")
    if kind is None:
        faults.append(_fault("unknown_kind", line.line, "kind", word=cell("kind")))
    persons = [
        {
            "rank": rank,
            "name": cell(who),
            "phone": cell(f"{who}_phone"),
            "capacity": cell(f"{who}_capacity") or "",
        }
        for rank, who in ((1, "occupier"), (2, "owner"))
        if cell(who)
    ]
    zones = [zone for zone in _BETWEEN.split(cell("zones") or "") if zone]
    said = {
        **{name: cell(name) for name in ("name", "trade", "licence", "township")},
        "kind": kind or "shop",
        "places": [{"zone_kind": cell("zone_kind") or "frontage", "zone": zone} for zone in zones],
        "persons": persons,
        "valid_from": since.isoformat(),
        "reason": reason,
    }
    try:
        return SubjectIn.model_validate(said), faults
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False):
            if one["loc"][0] in line.faults:
                continue
            where = "/".join(str(part) for part in one["loc"])
            faults.append(_fault("malformed", line.line, where, why=one["msg"]))
        return None, faults


def _planned(
    line: Line, given: SubjectIn | None, faults: list[Fault], register: _Register, since: date
) -> PlannedRow:
    name = line.cells.get("name") or ""
    if given is None:
        return PlannedRow(line.line, name, "faulty", faults=tuple(faults))
    code = line.cells.get("code")
    mine = _found(given, code, register)
    faults += _faults(line.line, given, code, mine, register, since)
    if faults:
        return PlannedRow(line.line, name, "faulty", mine["code"] if mine else None, faults=tuple(faults))
    if mine is None:
        return PlannedRow(line.line, name, "new", given=given)
    changes = tuple(_changes(given, mine, line))
    return PlannedRow(line.line, name, "changed" if changes else "unchanged", mine["code"], given, changes)


def _found(given: SubjectIn, code: str | None, register: _Register) -> Subject | None:
    if code:
        return register.by_code.get(code)
    if given.licence and given.licence in register.by_licence:
        return register.by_licence[given.licence]
    holders = (register.by_zone.get((place.zone_kind, place.zone)) for place in given.places)
    return next((one for one in holders if one and one["name"] == given.name), None)


def _faults(
    line: int,
    given: SubjectIn,
    code: str | None,
    mine: Subject | None,
    register: _Register,
    since: date,
) -> Iterator[Fault]:
    if code and mine is None:
        yield _fault("unknown_code", line, "code", code=code)
    if not (code or given.licence or given.places):
        yield _fault("not_to_be_found_again", line, "licence")
    if mine and since < mine["since"]:
        yield _fault("too_early", line, "code", since=mine["since"].isoformat())
    holder = register.by_licence.get(given.licence or "")
    if holder and mine and holder["code"] != mine["code"]:
        yield _fault("licence_taken", line, "licence", code=holder["code"])
    yield from _of_zones(line, given, mine, register)
    yield from _elsewhere(line, given, mine, register)
    yield from _twice(line, given, mine, register)


def _of_zones(line: int, given: SubjectIn, mine: Subject | None, register: _Register) -> Iterator[Fault]:
    for place in given.places:
        zone = (place.zone_kind, place.zone)
        held = register.by_zone.get(zone)
        if held and (mine is None or held["code"] != mine["code"]):
            yield _fault("place_taken", line, "zones", code=held["code"], zone=place.zone)
        if zone not in register.townships:
            yield _fault("unknown_zone", line, "zones", zone=place.zone)


def _twice(line: int, given: SubjectIn, mine: Subject | None, register: _Register) -> Iterator[Fault]:
    claims: list[tuple[str, Any]] = [("code", mine["code"] if mine else None), ("licence", given.licence)]
    claims += [("zones", (place.zone_kind, place.zone)) for place in given.places]
    for column, claim in claims:
        first = register.claimed.setdefault((column, claim), line) if claim else line
        if first != line:
            yield _fault("twice_in_file", line, column, line=first)


def _elsewhere(line: int, given: SubjectIn, mine: Subject | None, register: _Register) -> Iterator[Fault]:
    zones = [(place.zone_kind, place.zone) for place in given.places]
    found = {register.townships[zone] for zone in zones if zone in register.townships}
    if mine:
        wanted = mine["township"]
    else:
        wanted = register.own_township or (next(iter(found)) if found else given.township)
        if register.own_township and given.township not in (None, register.own_township):
            found.add(given.township)
    if found - {wanted}:
        yield _fault("zone_elsewhere", line, "zones")


def _changes(given: SubjectIn, mine: Subject, line: Line) -> Iterator[str]:
    """What a row says differently; a column the file does not have, and an empty cell, say nothing."""
    for name in _SAID:
        if line.cells.get(name) and getattr(given, name) != mine[name]:
            yield name
    persons = {one["rank"]: one for one in mine["persons"]}
    for person in given.persons:
        there = persons.get(person.rank) or {}
        same = there.get("name") == person.name
        phone = person.phone in (None, there.get("phone"))
        capacity = person.capacity in ("", there.get("capacity"))
        if not (same and phone and capacity):
            yield f"person_{person.rank}"
    there_zones = {(place["zone_kind"], place["zone"]) for place in mine["places"]}
    for place in given.places:
        if (place.zone_kind, place.zone) not in there_zones:
            yield f"zone {place.zone}"
