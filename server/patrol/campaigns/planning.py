"""Campaigns are made, changed and read. Their zones are chosen once; whoever changes terms adds a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.patrol.campaigns.wire import CampaignIn, CampaignPatch
from server.problems.campaigns import CampaignCancelled, CampaignChanged
from server.problems.request import InputRefused, NotFound

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True)
class Now:
    """The moment of a request, and the local day it falls on."""

    at: datetime
    today: date


def make(connection: Connection, wanted: CampaignIn, zones_max: int, now: Now) -> UUID:
    """Keep a campaign and choose its zones.

    Raises:
        InputRefused: a code that is no zone of that day, no zone at all, or more than `zones_max`.
    """
    campaign_id = uuid4()
    selection = wanted.selection.model_dump()
    values = {
        "id": str(campaign_id),
        "kind": wanted.kind,
        "first": wanted.first,
        "last": wanted.last,
        "name": wanted.name,
        "note": wanted.note,
        "target_visits": wanted.target_visits,
        "selection": orjson.dumps(selection).decode(),
        "checklist": orjson.dumps([item.model_dump() for item in wanted.checklist]).decode(),
        "at": now.at,
    }
    SQL["insert_campaign"].run(connection, values)
    chosen = SQL["choose_campaign_zones"].run(connection, {**values, **selection, "most": zones_max + 1})
    _check_chosen(wanted, set(chosen.scalars()), zones_max)
    return campaign_id


def _check_chosen(wanted: CampaignIn, chosen: set[str], zones_max: int) -> None:
    if len(chosen) > zones_max:
        message = f"more than {zones_max} zones"
        raise InputRefused(errors=[{"path": "/selection", "message": message}])
    errors = [
        {"path": f"/selection/codes/{index}", "message": f"no {wanted.kind} of that code on {wanted.first}"}
        for index, code in enumerate(wanted.selection.codes)
        if code not in chosen
    ]
    if not chosen and not errors:
        errors = [{"path": "/selection", "message": f"no zone fits on {wanted.first}"}]
    if errors:
        raise InputRefused(errors=errors)


def change(connection: Connection, campaign_id: UUID, wanted: CampaignPatch, now: Now) -> None:
    """Add a version of the terms.

    Raises:
        NotFound. CampaignCancelled. CampaignChanged: another version stands. InputRefused: it would end before it
        begins.
    """
    stands = fetch(connection, campaign_id, now)
    if stands["cancelled_because"] is not None:
        raise CampaignCancelled()
    if wanted.last is not None and wanted.last.isoformat() < stands["from"]:
        raise InputRefused(errors=[{"path": "/to", "message": "lies before the first day"}])
    values = {"id": str(campaign_id), "at": now.at, **wanted.model_dump()}
    added = None
    if stands["version"] == wanted.version:
        added = SQL["insert_campaign_terms"].run(connection, values).one_or_none()
    if added is None:
        raise CampaignChanged(version=fetch(connection, campaign_id, now)["version"])


def fetch(connection: Connection, campaign_id: UUID, now: Now) -> dict[str, Any]:
    """A campaign as it stands. Raises NotFound."""
    row = _rows(connection, now, id=str(campaign_id), rows=1).one_or_none()
    if row is None:
        raise NotFound()
    return _told(row)


def list_campaigns(
    connection: Connection, state: str | None, now: Now, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of campaigns, newest first. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    before = {"before_at": after[0], "before": str(after[1])} if after else {}
    rows = _rows(connection, now, state=state, rows=limit + 1, **before).all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_told(row) for row in page],
        "next": write_cursor(wire_time(page[-1]["made_at"]), str(page[-1]["id"])) if more else None,
    }


def _rows(connection: Connection, now: Now, **values: Any) -> Any:
    asked = dict.fromkeys(("id", "state", "before_at", "before")) | {"today": now.today, **values}
    return SQL["list_campaigns"].run(connection, asked).mappings()


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in ("version", "state", "name", "note", "kind", "target_visits")},
        "from": row["from_day"].isoformat(),
        "to": row["to_day"].isoformat(),
        "selection": orjson.loads(row["selection"]),
        "checklist": orjson.loads(row["checklist"]),
        "zones": row["zones"],
        "cancelled_because": row["cancelled_because"],
        "made_at": wire_time(row["made_at"]),
        "decided_at": wire_time(row["decided_at"]),
    }
