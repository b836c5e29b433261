"""Reading coverage: fronts with how they stand, sums of them, hours of visits, and streets ordered by how overdue.

Nobody is named here but where one officer is asked for; that look is noted by the database in the same transaction.
What may be known is decided by row-level security: a township's people know of their township, the district of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from server import sqltext
from server.contract import read_cursor, wire_time, write_cursor
from server.patrol.coverage.asked import Area, Asked, Calendar
from server.sqltext import Statement

SQL = sqltext.load(Path(__file__).with_name("queries.sql"))
_SUM_OF_WEEK = SQL["sum_standing"].over("seen", f"({SQL['seen_in_week'].text})", "sum_standing_week")
_SUM_OF_PERIOD = SQL["sum_standing"].over("seen", f"({SQL['seen_in_period'].text})", "sum_standing_period")
GAP_ZONES_MAX = 100
"""Fronts that are told of one street of the gaps list."""
_CM = 2
_COUNTS = ("zones", "due", "visited", "late", "never", "visits")
_METRES = ("length_m", "seen_m", "certain_m", "due_m", "due_seen_m", "due_certain_m")


@dataclass(frozen=True)
class Seen:
    """What was seen of one front: shares of its metres, and visits. `last_at` only where one officer is asked for."""

    certain: float
    probable: float
    visits: int
    last_at: Any = None


class Coverage:
    """Answers questions on one connection, in the transaction of who asks.

    Args:
        timeout_ms: how long each statement may take.
    """

    def __init__(self, connection: Connection, calendar: Calendar, asked: Asked, timeout_ms: int) -> None:
        self._connection, self._calendar, self._asked = connection, calendar, asked
        day = asked.period.last.isoformat()
        limits = SQL["coverage_limits"].run(connection, {"timeout_ms": timeout_ms, "day": day}).one()
        self._kept = bool(limits.kept)
        self._where = {
            "day": day,
            "weeks": _days(asked.period.weeks),
            "days": _days(asked.period.days),
            "kind": asked.kind,
            "team_id": asked.team,
            **area_values(asked.area),
        }

    @property
    def day(self) -> str:
        """The local day it is about, as a statement takes it."""
        return str(self._where["day"])

    def _of_day(self, statement: Statement) -> Statement:
        """A statement over how fronts stand: as it is kept, or of a day that is not, as it is worked out."""
        source = "front_standing_on_v1(CAST(:day AS date))"
        return (
            statement
            if self._kept
            else statement.over("front_standing", source, f"{statement.name}_worked_out")
        )

    def page(self, cursor: str | None, limit: int) -> dict[str, Any]:
        """One page of fronts in order of kind and code. Raises CursorRefused."""
        rows, following = self._fronts(cursor, limit, shapes=False)
        return {**self._span(), "items": [item for item, _ in rows], "next": following}

    def features(self, cursor: str | None, limit: int) -> dict[str, Any]:
        """The same as GeoJSON."""
        rows, following = self._fronts(cursor, limit, shapes=True)
        return {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": f"{item['zone']['kind']}:{item['zone']['code']}:{item['zone']['version']}",
                    "geometry": geometry,
                    "properties": item,
                }
                for item, geometry in rows
            ],
            "next": following,
        }

    def every_front(self, most: int) -> list[dict[str, Any]] | None:
        """All of them at once; None when there are more than `most`."""
        rows, following = self._fronts(None, most, shapes=False)
        return None if following else [item for item, _ in rows]

    def _fronts(
        self, cursor: str | None, limit: int, *, shapes: bool
    ) -> tuple[list[tuple[dict[str, Any], Any]], str | None]:
        after = read_cursor(cursor, str, str) or (None, None)
        seen = self._of_officer() if self._asked.officer else None
        values = {
            **self._where,
            "status": self._asked.status,
            "only": None if seen is None else list(seen),
            "after_kind": after[0],
            "after_code": after[1],
            "shapes": shapes,
            "rows": limit + 1,
        }
        rows = self._of_day(SQL["list_standing"]).run(self._connection, values).mappings().all()
        page = rows[:limit]
        by_zone = self._seen(page) if seen is None else seen
        told = [
            (self._item(row, by_zone.get(row["zone_id"])), orjson.loads(row["geometry"]) if shapes else None)
            for row in page
        ]
        following = write_cursor(page[-1]["kind"], page[-1]["code"]) if len(rows) > limit else None
        return told, following

    def _of_officer(self) -> dict[int, Seen]:
        period = self._asked.period
        values = {
            "officer": str(self._asked.officer),
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "time_zone": self._calendar.time_zone.key,
            "at": self._calendar.now(),
        }
        rows = SQL["seen_by_officer"].run(self._connection, values)
        return {row.zone_id: Seen(row.certain, row.probable, row.visits, row.last_at) for row in rows}

    def _seen(self, page: Sequence[Mapping[Any, Any]]) -> dict[int, Seen]:
        values = {**self._where, "zones": [row["zone_id"] for row in page]}
        rows = SQL["seen_of_fronts"].run(self._connection, values)
        return {row.zone_id: Seen(row.certain, row.probable, int(row.visits)) for row in rows}

    def _item(self, row: Mapping[Any, Any], seen: Seen | None) -> dict[str, Any]:
        length_m = row["length_m"]
        last_at = seen.last_at if seen and self._asked.officer else row["seen_at"]
        return {
            "zone": {
                "kind": row["kind"],
                "code": row["code"],
                "version": row["version"],
                "name": row["name"],
                "township": row["township_code"],
                "street": row["street"],
            },
            "length_m": round(length_m, _CM),
            "seen_m": round(length_m * seen.probable, _CM) if seen else 0.0,
            "certain_m": round(length_m * seen.certain, _CM) if seen else 0.0,
            "visits": seen.visits if seen else 0,
            "last_at": wire_time(last_at),
            "status": row["status"],
            "overdue_s": self._overdue_s(row["overdue_since"]),
            "plan": row["plan"],
        }

    def _overdue_s(self, since: date | None) -> int | None:
        return int((self._asked.at - self._calendar.midnight(since)).total_seconds()) if since else None

    def _span(self) -> dict[str, Any]:
        period = self._asked.period
        return {"first": period.first.isoformat(), "last": period.last.isoformat()}

    def summary(self, by: str) -> dict[str, Any]:
        """Sums by township, street or team, and of all, in order of their codes and names."""
        week = self._asked.period.one_week
        values = {**self._where, "by": by, "one_week": week.isoformat() if week else None}
        statement = self._of_day(_SUM_OF_WEEK if week else _SUM_OF_PERIOD)
        rows = statement.run(self._connection, values).mappings().all()
        teams = self._teams([row["team_id"] for row in rows])
        items = [_sums(row, teams.get(row["team_id"])) for row in sorted(rows, key=_by_name)]
        total = {name: round(sum(item[name] for item in items), _CM) for name in (*_COUNTS, *_METRES)}
        total |= {"township": None, "street": None, "team": None}
        return {**self._span(), "by": by, "total": total, "items": items}

    def _teams(self, ids: Iterable[int | None]) -> dict[int, dict[str, str]]:
        named = sorted({team for team in ids if team is not None})
        rows = SQL["list_teams"].run(self._connection, {"teams": named}) if named else ()
        return {row.id: {"name": row.name, "body": row.body} for row in rows}

    def hours(self) -> dict[str, Any]:
        """Visits of the period by weekday and hour of their beginning."""
        area, period = self._asked.area, self._asked.period
        values = {
            **self._where,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "time_zone": self._calendar.time_zone.key,
            "box": list(area.bbox) if area.bbox else None,
        }
        rows = SQL["coverage_hours"].run(self._connection, values).mappings()
        return {**self._span(), "items": [dict(row) for row in rows]}

    def gaps(self, cursor: str | None, limit: int) -> dict[str, Any]:
        """One page of streets, never visited ones first, then the longest overdue. Raises CursorRefused."""
        rows = self.gap_streets(read_cursor(cursor, int, int, str, str), limit + 1)
        page = rows[:limit]
        of_street = self.gap_fronts(page)
        zones = self._items_of([zone for found in of_street for zone in found])
        last = page[-1] if len(rows) > limit else None
        return {
            **self._span(),
            "items": [
                {
                    "township": row["township"] or None,
                    "street": row["street"] or None,
                    "never": row["never"],
                    "late": row["late"],
                    "length_m": round(row["length_m"], _CM),
                    "overdue_s": self._overdue_s(row["overdue_since"]),
                    "zones": [zones[zone] for zone in found],
                }
                for row, found in zip(page, of_street, strict=True)
            ],
            "next": write_cursor(last["seen_all"], last["order_day"], last["township"], last["street"])
            if last
            else None,
        }

    def gap_streets(
        self, after: tuple[Any, ...] | None, limit: int, walker_id: int | None = None
    ) -> Sequence[Mapping[Any, Any]]:
        """Rows of streets with gaps, the most overdue first. `after`: the order key of the last one that is known;
        `walker_id`: the team that is to walk, only fronts whose plan asks for it or for none."""
        keys = after or (None, None, None, None)
        values = {
            **self._where,
            "walker_id": walker_id,
            "after_seen": keys[0],
            "after_day": keys[1],
            "after_township": keys[2],
            "after_street": keys[3],
            "rows": limit,
        }
        return self._of_day(SQL["list_coverage_gaps"]).run(self._connection, values).mappings().all()

    def gap_fronts(
        self, streets: Sequence[Mapping[Any, Any]], walker_id: int | None = None
    ) -> list[list[int]]:
        """Ids of the fronts of gaps of each of these streets, the longest overdue first, GAP_ZONES_MAX at most."""
        if not streets:
            return []
        values = {
            **self._where,
            "walker_id": walker_id,
            "zones_max": GAP_ZONES_MAX,
            "townships": [row["township"] for row in streets],
            "streets": [row["street"] for row in streets],
        }
        found: list[list[int]] = [[] for _ in streets]
        for row in self._of_day(SQL["list_fronts_of_gaps"]).run(self._connection, values):
            found[row.place - 1].append(row.zone_id)
        return found

    def codes_of(self, zones: list[int]) -> dict[int, str]:
        """Codes of fronts by the ids of their zones."""
        return {zone: item["zone"]["code"] for zone, item in self._items_of(zones).items()}

    def _items_of(self, zones: list[int]) -> dict[int, dict[str, Any]]:
        if not zones:
            return {}
        values = {
            **self._where,
            "status": None,
            "only": zones,
            "after_kind": None,
            "after_code": None,
            "shapes": False,
            "rows": len(zones),
        }
        rows = self._of_day(SQL["list_standing"]).run(self._connection, values).mappings().all()
        seen = self._seen(rows)
        return {row["zone_id"]: self._item(row, seen.get(row["zone_id"])) for row in rows}


def area_values(area: Area) -> dict[str, Any]:
    """An area as the statements take it."""
    west, south, east, north = area.bbox or (None, None, None, None)
    return {
        "township": area.township,
        "street": area.street,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
    }


def _days(days: Iterable[date]) -> str:
    # As a literal: its type is then that of the parameter, also for an array of none.
    return "{" + ",".join(day.isoformat() for day in days) + "}"


def _by_name(row: Mapping[Any, Any]) -> list[tuple[bool, Any]]:
    """Order of codes and names; what has none comes last."""
    return [(row[name] is None, row[name]) for name in ("township", "street", "team_id")]


def _sums(row: Mapping[Any, Any], team: dict[str, str] | None) -> dict[str, Any]:
    return {
        "township": row["township"],
        "street": row["street"],
        "team": team,
        **{name: int(row[name]) for name in _COUNTS},
        **{name: round(row[name], _CM) for name in _METRES},
    }
