"""The district and its townships as the district's administrators keep them; codes are given, never made up.

Runs with the rights of the connection given: the database knows who may, what still needs a body, and notes changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection

from server.contract import wire_time
from server.people.administering import SQL
from server.people.histories import list_changes, said_back
from server.problems.request import NotFound


def list_organisations(connection: Connection) -> dict[str, Any]:
    """Every body, the district first."""
    rows = SQL["list_organisations"].run(connection).mappings()
    items = [{**row, "closed_at": wire_time(row["closed_at"])} for row in rows]
    return {"items": items, "next": None}


def create_organisation(connection: Connection, said: Mapping[str, Any]) -> dict[str, Any]:
    """A new township."""
    SQL["create_organisation"].run(connection, {"said": orjson.dumps(said).decode()})
    return _fetch(connection, said["code"])


def change_organisation(
    connection: Connection, code: str, version: int, said: Mapping[str, Any]
) -> dict[str, Any]:
    """The body as it then is. Raises NotFound; what else stands against it the database says."""
    values = {"code": code, "version": version, "said": orjson.dumps(said).decode()}
    if not SQL["change_organisation"].run(connection, values).scalar_one():
        raise NotFound()
    return _fetch(connection, code)


def list_organisation_changes(
    connection: Connection, code: str, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of a body's history. Raises NotFound, CursorRefused."""
    now = _facts(_fetch(connection, code))
    return list_changes(connection, SQL["list_organisation_changes"], {"code": code}, now, cursor, limit)


def undo_organisation_change(connection: Connection, code: str, version: int) -> dict[str, Any]:
    """The body with one change taken back by a new one. Raises NotFound, ChangeStands."""
    now = _fetch(connection, code)
    said = said_back(connection, SQL["list_organisation_changes"], {"code": code}, _facts(now), version)
    return change_organisation(connection, code, now["version"], said)


def _fetch(connection: Connection, code: str) -> dict[str, Any]:
    found = [one for one in list_organisations(connection)["items"] if one["code"] == code]
    if not found:
        raise NotFound()
    return dict(found[0])


def _facts(organisation: Mapping[str, Any]) -> dict[str, Any]:
    """What a body's history tells of it, as it is now."""
    return {
        **{name: organisation[name] for name in ("name", "body_name", "body_name_en")},
        "closed": organisation["closed_at"] is not None,
    }
