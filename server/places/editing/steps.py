"""The story of an edit: the versions it was made from are still the newest, shapes are computed and compared, and the
database takes one version step and records it.

Nobody's work is overwritten: a version that is not the newest is refused with the newest named. Rights and dates are
judged in zone_step_v1, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from server.db import Database, Principal
from server.places.editing import reading
from server.places.editing.reading import SQL
from server.places.editing.shapes import Shapes, refused
from server.places.editing.wire import (
    BorderIn,
    CloseIn,
    DrawIn,
    MergeIn,
    ReplaceIn,
    SplitIn,
    Trimmed,
    UndoIn,
    VersionIn,
    Why,
)
from server.problems.places import ZoneConflict, ZoneShapeRefused, ZoneVersionConflict
from server.problems.request import NotFound, PreconditionMissing

# Kinds that share out the ground: two of one kind never lie on the same square metre.
SHARING = frozenset({"township", "community", "grid", "frontage"})


@dataclass(frozen=True)
class Opening:
    """A version to be made."""

    code: str
    name: str
    township: str | None
    properties: dict[str, Any]
    wkb: str
    sample: bool

    @classmethod
    def like(cls, row: Mapping[Any, Any], **others: Any) -> Opening:
        """One as the row says, but for `others`."""
        given = {
            "code": row["code"],
            "name": row["name"],
            "township": row["township_code"],
            "properties": row["properties"],
            "wkb": row["wkb"],
            "sample": row["sample"],
        }
        return cls(**{**given, **others})


@dataclass(frozen=True)
class Step:
    """What an edit does: versions that end, versions that begin, and the first day it may do so.

    `claims` are those of the new versions that may lie on ground of others.
    """

    action: str
    close: Sequence[Mapping[Any, Any]]
    open: Sequence[Opening]
    claims: Sequence[Opening] = ()
    not_before: date | None = None
    undoes: UUID | None = None


@dataclass(frozen=True)
class Editor:
    """Edits zones. One instance serves all threads."""

    db: Database
    shapes: Shapes
    clock: Callable[[], datetime]
    time_zone: ZoneInfo
    near_m: float
    radius_max_m: float
    gap_width_m: float

    def draw(self, asking: Principal, kind: str, wanted: DrawIn) -> dict[str, Any]:
        """A new zone; its code may have been used by one that ended. Raises ZoneConflict while one holds it."""

        def step(connection: Connection) -> Step:
            if current_versions(connection, kind, [wanted.code]):
                raise ZoneConflict(zones=_versions(current_versions(connection, kind, [wanted.code])))
            township = wanted.code if kind == "township" else wanted.township
            _known_township(connection, township)
            made = Opening(
                wanted.code,
                wanted.name,
                township,
                self.shapes.properties(wanted.properties),
                self.shapes.geometry(kind, wanted.geometry),
                False,
            )
            return Step("draw", [], [made], [] if wanted.allow_overlap else [made])

        return self._take(asking, kind, wanted, step)

    def replace(
        self, asking: Principal, kind: str, code: str, if_match: str | None, wanted: ReplaceIn
    ) -> dict[str, Any]:
        """New geometry or attributes of one zone."""

        def step(connection: Connection) -> Step:
            zone = _matched(connection, kind, code, if_match)
            given: dict[str, Any] = {}
            if wanted.name is not None:
                given["name"] = wanted.name
            if "township" in wanted.model_fields_set and kind != "township":
                _known_township(connection, wanted.township)
                given["township"] = wanted.township
            if wanted.properties is not None:
                given["properties"] = self.shapes.properties(wanted.properties)
            if wanted.geometry is not None:
                given["wkb"] = self.shapes.geometry(kind, wanted.geometry)
            if not given:
                raise refused("", "nothing to change")
            made = Opening.like(zone, **given)
            claims = [made] if "wkb" in given and not wanted.allow_overlap else []
            return Step("replace", [zone], [made], claims)

        return self._take(asking, kind, wanted, step)

    def split(
        self, asking: Principal, kind: str, code: str, if_match: str | None, wanted: SplitIn
    ) -> dict[str, Any]:
        """One zone cut in two by a line: the larger part keeps the code."""
        _must_have_area(kind)

        def step(connection: Connection) -> Step:
            zone = _matched(connection, kind, code, if_match)
            if kind == "township":
                raise refused("/kind", "a township is an organisation and is not split here")
            if current_versions(connection, kind, [wanted.code]):
                raise ZoneConflict(zones=_versions(current_versions(connection, kind, [wanted.code])))
            larger, smaller = self.shapes.compute("split", [zone["wkb"]], [self.shapes.line(wanted.line)])[
                "shapes"
            ]
            new = Opening.like(zone, code=wanted.code, name=wanted.name or zone["name"], wkb=smaller)
            return Step("split", [zone], [Opening.like(zone, wkb=larger), new])

        return self._take(asking, kind, wanted, step)

    def merge(self, asking: Principal, kind: str, wanted: MergeIn) -> dict[str, Any]:
        """Neighbours made one zone, which keeps the attributes of the one whose code stays."""
        _must_have_area(kind)

        def step(connection: Connection) -> Step:
            zones = self._named(connection, kind, wanted.zones)
            kept = next((zone for zone in zones if zone["code"] == wanted.keep), None)
            if kept is None:
                raise refused("/keep", "must be the code of one of the zones")
            (wkb,) = self.shapes.compute("merge", [zone["wkb"] for zone in zones])["shapes"]
            return Step("merge", zones, [Opening.like(kept, wkb=wkb)])

        return self._take(asking, kind, wanted, step)

    def move_border(self, asking: Principal, kind: str, wanted: BorderIn) -> dict[str, Any]:
        """Neighbours share their ground out anew, all in one step: no gap and no overlap, ever."""
        _must_have_area(kind)

        def step(connection: Connection) -> Step:
            zones = self._named(connection, kind, wanted.zones)
            before = [zone["wkb"] for zone in zones]
            shapes = {
                zone.code: self.shapes.geometry(kind, zone.geometry, f"/zones/{number}/geometry")
                for number, zone in enumerate(wanted.zones)
                if zone.geometry is not None
            }
            if wanted.line is not None and not shapes and len(zones) == 2:
                after = self.shapes.compute("border", before, [self.shapes.line(wanted.line)])["shapes"]
            elif wanted.line is None and len(shapes) == len(zones):
                after = [shapes[zone["code"]] for zone in zones]
                self.shapes.compute("reshape", before, after)
            else:
                raise refused("", "either a line between two zones, or a geometry for every zone")
            made = [Opening.like(zone, wkb=wkb) for zone, wkb in zip(zones, after, strict=True)]
            return Step("border", zones, made)

        return self._take(asking, kind, wanted, step)

    def close(
        self, asking: Principal, kind: str, code: str, if_match: str | None, wanted: CloseIn
    ) -> dict[str, Any]:
        """The zone ends."""
        return self._take(
            asking,
            kind,
            wanted,
            lambda connection: Step("close", [_matched(connection, kind, code, if_match)], []),
        )

    def undo(self, asking: Principal, edit_id: UUID, wanted: UndoIn) -> dict[str, Any]:
        """What stood before an edit stands again. Raises NotFound; ZoneConflict when it was built upon since."""
        with self.db.transaction(asking.claim) as (connection, _):
            kind = reading.fetch_edit(connection, edit_id)["kind"]

        def step(connection: Connection) -> Step:
            zones = SQL["fetch_edit_zones"].run(connection, {"edit_id": str(edit_id)}).mappings().all()
            before = [zone for zone in zones if zone["part"] == "before"]
            after = [zone for zone in zones if zone["part"] == "after"]
            newest = current_versions(connection, kind, sorted({zone["code"] for zone in zones}))
            if {zone["id"] for zone in newest} != {zone["id"] for zone in after}:
                raise ZoneConflict(zones=_versions(newest))
            made = [Opening.like(zone) for zone in before]
            ends = [zone["valid_to"] for zone in before if zone["valid_to"]]
            return Step(
                "undo", newest, made, [] if wanted.allow_overlap else made, max(ends, default=None), edit_id
            )

        return self._take(asking, kind, wanted, step)

    def _named(
        self, connection: Connection, kind: str, wanted: Sequence[VersionIn]
    ) -> list[Mapping[Any, Any]]:
        """The zones named, in the order they were named. Raises ZoneConflict when one has another version."""
        codes = [zone.code for zone in wanted]
        if len(set(codes)) < len(codes):
            raise refused("/zones", "a code stands twice")
        if len(codes) > self.shapes.limits.zones_max:
            raise refused("/zones", f"at most {self.shapes.limits.zones_max} zones")
        found = {zone["code"]: zone for zone in current_versions(connection, kind, codes)}
        if {zone.code: zone.version for zone in wanted} != {c: z["version"] for c, z in found.items()}:
            raise ZoneConflict(zones=_versions(list(found.values())))
        return [found[code] for code in codes]

    def _take(
        self, asking: Principal, kind: str, why: Why, build: Callable[[Connection], Step]
    ) -> dict[str, Any]:
        now = self.clock()
        today = now.astimezone(self.time_zone).date()
        with self.db.transaction(asking.claim) as (connection, _):
            SQL["wait_briefly"].run(connection)
            SQL["lock_layer"].run(connection, {"kind": kind})
            step = build(connection)
            begins = [zone["valid_from"] for zone in step.close]
            day = why.valid_from or max(
                [today + timedelta(days=1), *begins, *([step.not_before] if step.not_before else [])]
            )
            if isinstance(why, Trimmed) and why.trim:
                step = self._trimmed(connection, kind, step, day)
            self._refuse_overlaps(connection, kind, step, day)
            edit = {
                "action": step.action,
                "kind": kind,
                "note": why.note,
                "valid_from": day.isoformat(),
                "today": today.isoformat(),
                "at": now.isoformat(),
                "rematch": why.rematch,
                "undoes": str(step.undoes) if step.undoes else None,
                "near_m": self.near_m,
                "radius_max_m": self.radius_max_m,
            }
            values = {
                "edit": orjson.dumps(edit).decode(),
                "close": [zone["id"] for zone in step.close],
                "open": orjson.dumps([vars(zone) for zone in step.open]).decode(),
            }
            made = SQL["take_step"].run(connection, values).scalar_one()
            return reading.fetch_edit(connection, made)

    def _trimmed(self, connection: Connection, kind: str, step: Step, day: date) -> Step:
        """The step with its new shapes cut back to ground that no other has. Raises ZoneShapeRefused."""
        if kind not in SHARING:
            return step
        cut: dict[str, Opening] = {}
        for made in step.open:
            others = others_near(connection, kind, [made.wkb], step.close, day)
            if others:
                (wkb,) = self.shapes.compute("trim", [made.wkb], [other["wkb"] for other in others])["shapes"]
                cut[made.code] = replace(made, wkb=wkb)
        return replace(
            step,
            open=[cut.get(made.code, made) for made in step.open],
            claims=[cut.get(made.code, made) for made in step.claims],
        )

    def _refuse_overlaps(self, connection: Connection, kind: str, step: Step, day: date) -> None:
        """Raises ZoneShapeRefused with what would lie twice, to draw."""
        if kind not in SHARING or not step.claims:
            return
        claimed = [claim.wkb for claim in step.claims]
        others = others_near(connection, kind, claimed, step.close, day)
        if not others:
            return
        found = self.shapes.compute("overlaps", claimed, [other["wkb"] for other in others])["found"]
        if found:
            named = [
                {
                    "zone": step.claims[one["zone"]].code,
                    "other": others[one["other"]]["code"],
                    "other_version": others[one["other"]]["version"],
                    "area_m2": one["area_m2"],
                    "geometry": one["geometry"],
                }
                for one in found
            ]
            raise ZoneShapeRefused(reason="overlaps", overlaps=named)


def others_near(
    connection: Connection,
    kind: str,
    shapes: Sequence[str],
    closing: Sequence[Mapping[Any, Any]],
    day: date,
    reach_deg: float = 0.0,
) -> Sequence[Mapping[Any, Any]]:
    """Zones whose boxes meet those of the shapes, but for those that end with the step."""
    values = {
        "kind": kind,
        "day": day.isoformat(),
        "shapes": list(shapes),
        "closing": [zone["id"] for zone in closing],
        "reach_deg": reach_deg,
    }
    return SQL["fetch_others"].run(connection, values).mappings().all()


def _must_have_area(kind: str) -> None:
    if kind == "service_point":
        raise refused("/kind", "points are neither cut nor united")


def current_versions(connection: Connection, kind: str, codes: Sequence[str]) -> list[Mapping[Any, Any]]:
    values = {"kind": kind, "codes": list(codes)}
    return list(SQL["fetch_current"].run(connection, values).mappings())


def _versions(zones: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    return [{"zone": zone["code"], "version": zone["version"]} for zone in zones]


def _matched(connection: Connection, kind: str, code: str, if_match: str | None) -> Mapping[Any, Any]:
    """The newest version of a zone. Raises PreconditionMissing, NotFound, ZoneVersionConflict."""
    if if_match is None:
        raise PreconditionMissing()
    found = current_versions(connection, kind, [code])
    if not found:
        raise NotFound()
    if if_match.strip() != f'"{found[0]["version"]}"':
        raise ZoneVersionConflict(zone=code, current_version=found[0]["version"])
    return found[0]


def _known_township(connection: Connection, code: str | None) -> None:
    if code is None:
        return
    if not SQL["find_townships"].run(connection, {"codes": [code]}).all():
        raise refused("/township", "no township of this district has this code")
