"""Rosters: who is on duty when, with which team and in which area, kept from files and read by days.

A roster lists whole days of one body and takes the place of what was listed for them; a turn that a shift was matched
to stays what it was. Runs with the rights of the connection given: the database knows who keeps which roster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.cases.faults import DataRefused, Fault
from server.contract import read_cursor, wire_time, write_cursor
from server.csv_text import csv_rows
from server.patrol.duty.checking import Known, Limits, day_begins, faults, turn_of
from server.patrol.duty.shifts import area_ref, team_ref
from server.patrol.duty.wire import AreaIn, RosterIn
from server.sqltext import Statement

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
COLUMNS = ("day", "from", "to", "officer", "team", "area")


class RosterSettings(Protocol):
    """What the deployment sets; names and reasons as in settings/."""

    @property
    def roster_rows_max_count(self) -> int: ...
    @property
    def roster_max_bytes(self) -> int: ...
    @property
    def duty_street_side_m(self) -> float: ...
    @property
    def zone_vertices_max(self) -> int: ...


@dataclass(frozen=True)
class Kept:
    """What became of a roster: see RosterImportOut."""

    id: int
    made: bool
    replaced: int
    body: str


def read_csv(data: bytes, about: Mapping[str, Any]) -> RosterIn:
    """A roster of a CSV with a heading line, one turn a line; its days are those from the first to the last named.

    Args:
        about: `name`, `source`, `body` and the like, which a CSV has no place for.
    Raises:
        FileUnreadable, ValidationError.
    """
    rows = csv_rows(data, COLUMNS, {"day", "from", "to", "officer"})
    given = sorted(row["day"] or "" for row in rows) or [""]
    # What is no day is a fault of its line, not of the roster's first or last day.
    days = [day for day in given if _is_day(day)] or given
    return RosterIn.model_validate({"first": days[0], "last": days[-1], **about, "entries": rows})


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def keep(
    connection: Connection, given: RosterIn, settings: RosterSettings, *, at: datetime, time_zone: ZoneInfo
) -> Kept:
    """Check a roster and keep it; the same again changes nothing.

    Raises:
        DataRefused: with every fault; nothing is kept.
    """
    starts, ends = day_begins(given.first, time_zone), _ends(given.last, time_zone)
    names = {**_names(given), "starts": starts.isoformat(), "ends": ends.isoformat()}
    values: dict[str, Any] = {
        "body": given.body,
        "first": given.first.isoformat(),
        "names": orjson.dumps(names).decode(),
    }
    told = SQL["fetch_roster_known"].run(connection, values).scalar_one()
    if told is None:
        raise DataRefused([Fault("roster_body", "/body", {"body": given.body or "-"})])
    body = orjson.loads(told)
    limits = Limits(settings.roster_rows_max_count, settings.zone_vertices_max)
    found = list(faults(given, Known.from_json(body), limits, time_zone))
    if found:
        raise DataRefused(found)
    said = {**_said(given, settings.duty_street_side_m, time_zone), "starts": starts, "ends": ends}
    values = {"organisation": body["id"], "said": orjson.dumps(said).decode(), "at": at}
    row = SQL["put_roster"].run(connection, values).one()
    return Kept(int(row.id), row.made, int(row.replaced), body["code"])


def _ends(last: date, time_zone: ZoneInfo) -> datetime:
    return day_begins(last + timedelta(days=1), time_zone)


def _names(given: RosterIn) -> dict[str, Any]:
    members = [officer for team in given.teams for officer in team.members]
    zones = [
        {"kind": area.zones.kind, "code": code}
        for area in given.areas
        if area.zones
        for code in area.zones.codes
    ]
    return {
        "officers": sorted({*members, *(entry.officer for entry in given.entries)}),
        "zones": zones,
        "streets": [street for area in given.areas for street in area.streets or ()],
    }


def _said(given: RosterIn, side_m: float, time_zone: ZoneInfo) -> dict[str, Any]:
    """A roster as roster_put_v1 takes it; the digest is of what was given."""
    content = given.model_dump(mode="json", by_alias=True)
    turns = [turn_of(entry, time_zone) for entry in given.entries]
    return {
        **{name: content[name] for name in ("name", "source", "sample", "first", "last", "teams")},
        "digest": sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        "areas": [
            {"code": area.code, "name": area.name, "made_of": _made_of(area, side_m)} for area in given.areas
        ],
        "entries": [
            {
                "officer": entry.officer,
                "on_from": start,
                "on_to": stop,
                "team": entry.team,
                "area": entry.area,
            }
            for entry, (start, stop) in zip(given.entries, turns, strict=True)
        ],
    }


def _made_of(area: AreaIn, side_m: float) -> dict[str, Any]:
    if area.polygon is not None:
        # The rest a geometry may carry is nobody's business, and was not looked at.
        return {"polygon": {name: area.polygon[name] for name in ("type", "coordinates")}}
    if area.zones is not None:
        return {"zone_kind": area.zones.kind, "codes": area.zones.codes}
    return {"streets": area.streets, "side_m": side_m}


def list_turns(
    connection: Connection,
    since: datetime,
    until: datetime | None,
    body: str | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """One page of the turns in force that touch a period and that the asker may see. Raises CursorRefused.

    Args:
        until: None: a week after `since`. body: code of one; None: of all.
    """
    after = read_cursor(cursor, datetime, int)
    values = {
        "from_at": since,
        "to_at": until,
        "body": body,
        "after_at": after[0] if after else None,
        "after_id": after[1] if after else None,
        "rows": limit + 1,
    }
    rows = SQL["list_roster"].run(connection, values).mappings().all()
    items = [
        {
            **{name: row[name] for name in ("id", "account", "username", "name", "body", "sample")},
            "on_from": wire_time(row["on_from"]),
            "on_to": wire_time(row["on_to"]),
            "team": team_ref(dict(row)),
            "area": area_ref(dict(row)),
        }
        for row in rows[:limit]
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": items,
        "next": write_cursor(last["on_from"].isoformat(), last["id"]) if last else None,
    }


def list_teams(connection: Connection, today: date, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of teams with their members of today. Raises CursorRefused."""
    rows, following = _by_id(connection, SQL["list_duty_teams"], {"day": today.isoformat()}, cursor, limit)
    items = [
        {
            **{name: row[name] for name in ("id", "name", "body", "sample")},
            "members": orjson.loads(row["members"]),
        }
        for row in rows
    ]
    return {"items": items, "next": following}


def list_areas(connection: Connection, cursor: str | None, limit: int) -> dict[str, Any]:
    """One page of the areas of duty in force, as GeoJSON. Raises CursorRefused."""
    rows, following = _by_id(connection, SQL["list_duty_areas"], {}, cursor, limit)
    features = [
        {
            "type": "Feature",
            "id": str(row["id"]),
            "geometry": orjson.loads(row["geometry"]),
            "properties": {
                **{name: row[name] for name in ("code", "name", "body")},
                "made_at": wire_time(row["made_at"]),
            },
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", "features": features, "next": following}


def _by_id(
    connection: Connection, statement: Statement, values: Mapping[str, Any], cursor: str | None, limit: int
) -> tuple[Iterable[Mapping[Any, Any]], str | None]:
    after = read_cursor(cursor, int)
    given = {**values, "after": after[0] if after else None, "rows": limit + 1}
    rows = statement.run(connection, given).mappings().all()
    return rows[:limit], write_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
