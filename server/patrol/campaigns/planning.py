"""Campaigns are made, changed and read. Their zones are chosen once; whoever changes terms adds a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection

from server.contract import read_cursor, wire_time, write_cursor
from server.patrol.campaigns import choosing
from server.patrol.campaigns.choosing import SQL
from server.patrol.campaigns.wire import CampaignGoal, CampaignIn, CampaignPatch
from server.problems.campaigns import CampaignCancelled, CampaignChanged
from server.problems.request import InputRefused, NotFound


@dataclass(frozen=True)
class Now:
    """The moment of a request, and the local day it falls on."""

    at: datetime
    today: date


def make(connection: Connection, wanted: CampaignIn, zones_max: int, now: Now) -> UUID:
    """Keep a campaign and choose its zones.

    Raises:
        InputRefused: a code that is no zone of that day, no zone at all, more than `zones_max`, or a goal that is none.
    """
    campaign_id = uuid4()
    chosen = choosing.find(connection, wanted.kind, wanted.first, wanted.selection, zones_max + 1)
    choosing.check(wanted, chosen, zones_max)
    check_goals(wanted.goals, choosing.parts(chosen))
    values = {
        "id": str(campaign_id),
        "kind": wanted.kind,
        "first": wanted.first,
        "last": wanted.last,
        "name": wanted.name,
        "note": wanted.note,
        "target_visits": wanted.target_visits,
        "goals": _goals(wanted.goals),
        "selection": orjson.dumps(wanted.selection.model_dump()).decode(),
        "checklist": orjson.dumps([item.model_dump() for item in wanted.checklist]).decode(),
        "at": now.at,
    }
    SQL["insert_campaign"].run(connection, values)
    zones = {"codes": [one.code for one in chosen], "townships": [one.township for one in chosen]}
    SQL["insert_campaign_zones"].run(connection, {"id": str(campaign_id), **zones})
    return campaign_id


def check_goals(goals: Sequence[CampaignGoal], zones: Mapping[str | None, int]) -> None:
    """Raises InputRefused: a township without a zone of the campaign, or a goal beyond all of them."""
    errors = [
        {
            "path": f"/goals/{place}",
            "message": f"该镇街在本次专项有 {zones.get(goal.township, 0)} 个区 / so many zones it has there",
        }
        for place, goal in enumerate(goals)
        if goal.zones > zones.get(goal.township, 0)
    ]
    if errors:
        raise InputRefused(errors=errors)


def _goals(goals: Sequence[CampaignGoal]) -> str:
    return orjson.dumps({goal.township: goal.zones for goal in goals}).decode()


def change(connection: Connection, campaign_id: UUID, wanted: CampaignPatch, now: Now) -> None:
    """Add a version of the terms.

    Raises:
        NotFound. CampaignCancelled. CampaignChanged: another version stands. InputRefused: it would end before it
        begins, or a goal is none.
    """
    stands = fetch(connection, campaign_id, now)
    if stands["cancelled_because"] is not None:
        raise CampaignCancelled()
    if wanted.last is not None and wanted.last.isoformat() < stands["from"]:
        raise InputRefused(errors=[{"path": "/to", "message": "lies before the first day"}])
    goals = None
    if wanted.goals is not None:
        parts = SQL["campaign_parts"].run(connection, {"id": str(campaign_id)})
        check_goals(wanted.goals, {row.township_code: row.zones for row in parts})
        goals = _goals(wanted.goals)
    values = {"id": str(campaign_id), "at": now.at, **wanted.model_dump(), "goals": goals}
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
    connection: Connection, state: str | None, mine: bool, now: Now, cursor: str | None, limit: int
) -> dict[str, Any]:
    """One page of campaigns, newest first; `mine`: those with zones of the asker's body. Raises CursorRefused."""
    after = read_cursor(cursor, datetime, UUID)
    before = {"before_at": after[0], "before": str(after[1])} if after else {}
    rows = _rows(connection, now, state=state, mine=mine, rows=limit + 1, **before).all()
    page = rows[:limit]
    more = len(rows) > limit
    return {
        "items": [_told(row) for row in page],
        "next": write_cursor(wire_time(page[-1]["made_at"]), str(page[-1]["id"])) if more else None,
    }


def _rows(connection: Connection, now: Now, **values: Any) -> Any:
    asked = dict.fromkeys(("id", "state", "before_at", "before")) | {
        "mine": False,
        "today": now.today,
        **values,
    }
    return SQL["list_campaigns"].run(connection, asked).mappings()


def _told(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in ("version", "state", "name", "note", "kind", "target_visits")},
        "from": row["from_day"].isoformat(),
        "to": row["to_day"].isoformat(),
        # Campaigns of before they could have an area, or questions answers.
        "selection": {"area": None, **orjson.loads(row["selection"])},
        "checklist": [{"answers": [], **item} for item in orjson.loads(row["checklist"])],
        "goals": [
            {"township": township, "zones": zones} for township, zones in orjson.loads(row["goals"]).items()
        ],
        "zones": row["zones"],
        "cancelled_because": row["cancelled_because"],
        "made_at": wire_time(row["made_at"]),
        "decided_at": wire_time(row["decided_at"]),
    }
