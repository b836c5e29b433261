"""Which zones a campaign is about: by code, by trade, street and township, within an area; and what that comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.patrol.campaigns.wire import CampaignIn, CampaignSelection
from server.problems.request import InputRefused

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
# Streets of a large district; more than that nobody scrolls through.
_CHOICES_MAX = 5000


@dataclass(frozen=True)
class Chosen:
    """A zone that a selection chooses; `shape` is GeoJSON as text, of the first ones only."""

    code: str
    township: str | None
    township_name: str | None
    shape: str | None


def find(
    connection: Connection, kind: str, first: date, selection: CampaignSelection, most: int, shapes: int = 0
) -> list[Chosen]:
    """The zones of a day that a selection chooses, by code: at most `most`, the first `shapes` with their shapes."""
    told = selection.model_dump()
    area = orjson.dumps(told["area"]).decode() if told["area"] else None
    values = {**told, "area": area, "kind": kind, "first": first, "most": most, "shapes": shapes}
    rows = SQL["find_campaign_zones"].run(connection, values)
    return [Chosen(row.code, row.township_code, row.township_name, row.shape) for row in rows]


def parts(chosen: Sequence[Chosen]) -> Mapping[str | None, int]:
    """How many of the zones each township has."""
    return Counter(one.township for one in chosen)


def check(wanted: CampaignIn, chosen: Sequence[Chosen], zones_max: int) -> None:
    """Raises InputRefused: a code that is no zone of that day, no zone at all, or more than `zones_max`."""
    if len(chosen) > zones_max:
        message = f"超过 {zones_max} 个区 / more than {zones_max} zones"
        raise InputRefused(errors=[{"path": "/selection", "message": message}])
    known = {one.code for one in chosen}
    errors = [
        {
            "path": f"/selection/codes/{place}",
            "message": f"{wanted.first} 没有此代码的区 / no zone of that code",
        }
        for place, code in enumerate(wanted.selection.codes)
        if code not in known
    ]
    if not known and not errors:
        errors = [{"path": "/selection", "message": f"{wanted.first} 没有符合的区 / no zone fits"}]
    if errors:
        raise InputRefused(errors=errors)


def preview(
    connection: Connection, kind: str, first: date, selection: CampaignSelection, most: int, shapes: int
) -> dict[str, Any]:
    """What a selection would choose, by township and with shapes for a map; of too many the count tells only that."""
    chosen = find(connection, kind, first, selection, most + 1, shapes)
    known = {one.code for one in chosen}
    names = {one.township: one.township_name for one in chosen}
    drawn = [orjson.loads(one.shape) for one in chosen if one.shape]
    return {
        "zones": len(chosen),
        "most": most,
        "townships": [
            {"township": township, "name": names[township], "zones": zones}
            for township, zones in sorted(parts(chosen).items(), key=lambda part: (part[0] is None, part[0]))
        ],
        # Of too many zones not all are here.
        "unknown_codes": [code for code in selection.codes if code not in known]
        if len(chosen) <= most
        else [],
        "shapes": drawn,
        "drawn": len(drawn),
    }


def choices(connection: Connection, kind: str, first: date) -> dict[str, Any]:
    """Trades, streets and townships that zones of a kind have on a day, those with the most zones first."""
    rows = SQL["campaign_choices"].run(connection, {"kind": kind, "first": first, "rows": _CHOICES_MAX})
    told: dict[str, list[dict[str, Any]]] = {"trade": [], "street": [], "township": []}
    for row in rows:
        if row.by == "township":
            told["township"].append({"township": row.township_code, "name": row.name, "zones": row.zones})
        elif row.value is not None:
            told[row.by].append({"value": row.value, "township": row.township_code, "zones": row.zones})
    return {"trades": told["trade"], "streets": told["street"], "townships": told["township"]}
