"""The dry run: where the reports of the last days would go under another set of rules. Writes nothing.

It reads stored matches and asks the very function an intake asks, with the local time and the category path of each
report's own day; so what it says is what then happens to such reports. The set's own first day does not count, the
days of single rules do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from geo.observation import Kind
from geo.verdict import Verdict, ZoneVerdict
from server.contract import read_cursor, wire_time, write_cursor
from server.places.routing import Asked, Body, Route, route
from server.places.rules.book import chosen_zones
from server.places.rules.evaluation import KIND_ORDER, RuleSet, Spot
from server.places.rules.store import SQL


@dataclass(frozen=True)
class ReplayLimits:
    """What a dry run keeps to.

    Attributes:
        reports_max: the newest so many are looked at. missed_max: as for a trace.
        clock_skew_s: a device clock ahead by more was not believed at intake.
    """

    time_zone: ZoneInfo
    reports_max: int
    missed_max: int
    clock_skew_s: int


@dataclass(frozen=True)
class _Moved:
    """One report under both sets."""

    row: Any
    going: Route

    @property
    def moves(self) -> bool:
        return bool(self.row.body != self.going.body.code)

    @property
    def rule(self) -> str | None:
        decision = self.going.decision
        return decision["won"] if decision else None


def replay(
    connection: Connection,
    rules: RuleSet,
    *,
    days: int,
    now: datetime,
    limits: ReplayLimits,
    everything: bool,
    cursor: str | None,
    page_rows: int,
) -> dict[str, Any]:
    """What a set would make of the reports received in the last `days`.

    Args:
        everything: list reports that stay where they are, too.
    Raises:
        CursorRefused.
    """
    after = read_cursor(cursor, datetime, UUID)
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    received_from = now - timedelta(days=days)
    values = {"received_from": received_from, "rows": limits.reports_max}
    rows = SQL["fetch_routed_reports"].run(connection, values).all()
    every = SQL["count_reports_since"].run(connection, {"received_from": received_from}).scalar_one()
    bodies = {
        row.code: Body(row.id, row.code, row.name, row.kind) for row in SQL["list_bodies"].run(connection)
    }
    looked = [_Moved(row, _then(row, rules, bodies, limits)) for row in rows]
    listed = [one for one in looked if everything or one.moves]
    if after:
        listed = [one for one in listed if (one.row.received_at, one.row.id) < after]
    page = listed[:page_rows]
    items = [_item(one, bodies) for one in page]
    last = page[-1].row if len(listed) > page_rows else None
    return {
        "rule_set": rules.id,
        "days": days,
        "received_from": wire_time(received_from),
        "reports": len(looked),
        "left_out": max(0, every - len(looked)),
        "moved": sum(one.moves for one in looked),
        "totals": _totals(looked, bodies),
        "rules": _uses(looked, rules),
        "items": items,
        "next": write_cursor(last.received_at.isoformat(), str(last.id)) if last else None,
        "map": _map(page, items),
    }


def _then(row: Any, rules: RuleSet, bodies: Mapping[str, Body], limits: ReplayLimits) -> Route:
    zones: Mapping[str, Any] = row.zones or {}
    told = zones.get(Kind.TOWNSHIP.value) or {"code": None, "verdict": Verdict.NONE, "probability": 0.0}
    township = ZoneVerdict(
        Kind.TOWNSHIP, told["code"], None, None, Verdict(told["verdict"]), told["probability"], None
    )
    spot = Spot(
        tuple(row.category_path), chosen_zones(zones, KIND_ORDER), told["code"] or "", _seen_at(row, limits)
    )
    return route(township, bodies, Asked(rules, spot, limits.missed_max))


def _seen_at(row: Any, limits: ReplayLimits) -> datetime:
    """Local time of capture as the intake believed it: its day was kept."""
    captured_at: datetime = row.captured_at.astimezone(limits.time_zone)
    believed = row.captured_at <= row.received_at + timedelta(seconds=limits.clock_skew_s)
    if believed and captured_at.date() == row.judged_on:
        return captured_at
    received_at: datetime = row.received_at.astimezone(limits.time_zone)
    return received_at


def _item(one: _Moved, bodies: Mapping[str, Body]) -> dict[str, Any]:
    row, going = one.row, one.going
    decision = going.decision
    return {
        "report": str(row.id),
        "case": row.case_number,
        "received_at": wire_time(row.received_at),
        "category": row.category,
        "township": going.township.code if going.township else None,
        "body_now": _body(row.body, bodies),
        "body_then": _body(going.body.code, bodies),
        "moves": one.moves,
        "rule": one.rule,
        "reason": going.reason,
        "because": decision["because"] if decision else None,
    }


def _body(code: str, bodies: Mapping[str, Body]) -> dict[str, str | None]:
    return {"code": code, "name": bodies[code].name if code in bodies else None}


def _totals(looked: Sequence[_Moved], bodies: Mapping[str, Body]) -> list[dict[str, Any]]:
    now = Counter(one.row.body for one in looked)
    then = Counter(one.going.body.code for one in looked)
    lost = Counter(one.row.body for one in looked if one.moves)
    gained = Counter(one.going.body.code for one in looked if one.moves)
    return [
        {
            **_body(code, bodies),
            "now": now[code],
            "then": then[code],
            "gained": gained[code],
            "lost": lost[code],
        }
        for code in sorted(now.keys() | then.keys())
    ]


def _uses(looked: Sequence[_Moved], rules: RuleSet) -> list[dict[str, Any]]:
    """How many reports each rule decides; one that decides none is told too."""
    used = Counter(one.rule for one in looked)
    return [{"rule": code, "reports": used[code]} for code in (*(rule.code for rule in rules.rules), None)]


def _map(page: Sequence[_Moved], items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "id": item["report"],
            "geometry": {"type": "Point", "coordinates": [round(one.row.lon, 9), round(one.row.lat, 9)]},
            "properties": item,
        }
        for one, item in zip(page, items, strict=True)
        if one.moves
    ]
    return {"type": "FeatureCollection", "features": features}
