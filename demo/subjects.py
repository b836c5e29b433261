"""Who answers for doors of the demo district: whole streets of each town, its markets and sites; all of it made up.

Surnames stand without given names and telephone numbers begin with 000, so that nobody is meant. Some tenants changed
within the last weeks, and some premises are vacant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from psycopg2.extras import DateRange
from sqlalchemy import Connection, Table, insert

from demo.names import invent_shop
from server.subjects.tables import (
    subject,
    subject_change,
    subject_person,
    subject_phone,
    subject_place,
    subject_version,
)

SINCE = date(2022, 9, 1)
_IDS = UUID("0b6f2c1e-3f0f-4a57-9a3c-6f1f5a0c4501")
_Zone = Mapping[str, Any]
LARGE_TOWN, IN_LARGE_TOWN, IN_TOWN = "320612001", 140, 8
"""So many doors of a town at least, by whole streets; the first has the accounts that the demo names first."""
CHANGED_SHARE, CHANGED_DAYS_MAX = 0.06, 50
_SURNAMES = "周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华"
_KINDS_OF_SITE = {"market": "market", "building_site": "site"}
_CAPACITIES = {"market": "市场负责人", "site": "施工负责人"}


@dataclass(frozen=True)
class Premises:
    """Something with a door, and who has answered for it: `tenants` in order, each with the day it began."""

    zone_kind: str
    zone: str
    township: str
    tenants: tuple[tuple[date, str, str, str | None], ...]


def load_subjects(
    connection: Connection, fronts: Sequence[_Zone], sites: Sequence[_Zone], at: datetime, today: date
) -> int:
    """Write the register as the owner; returns how many records. `fronts`, `sites`: properties of these layers."""
    there = [*_doors(fronts, today), *_sites(sites)]
    records = [(one, nth) for one in there for nth in range(len(one.tenants))]
    ids = {(one.zone, nth): uuid5(_IDS, f"{one.zone}/{nth}") for one, nth in records}
    whole = {"sample": True, "created_at": at}
    connection.execute(
        insert(subject),
        [
            {
                "id": ids[one.zone, nth],
                "township_code": one.township,
                "successor_of": ids.get((one.zone, nth - 1)),
                **whole,
            }
            for one, nth in records
        ],
    )
    rows = [row for one, nth in records for row in _rows(one, nth, ids[one.zone, nth], at)]
    for table in (subject_version, subject_place, subject_change):
        connection.execute(insert(table), [row for of, row in rows if of is table])
    persons = [row for of, row in rows if of is subject_person]
    named = connection.execute(
        insert(subject_person).returning(subject_person.c.id, sort_by_parameter_order=True), persons
    ).all()
    numbers = [
        {"person_id": row[0], "phone": f"000-0612-{number:04d}"} for number, row in enumerate(named, start=1)
    ]
    connection.execute(insert(subject_phone), numbers)
    return len(records)


def _doors(fronts: Sequence[_Zone], today: date) -> Iterator[Premises]:
    taken: dict[str, list[_Zone]] = {}
    street = ""
    for zone in fronts:
        doors = taken.setdefault(zone["township"], [])
        most = IN_LARGE_TOWN if zone["township"] == LARGE_TOWN else IN_TOWN
        # A street that was begun is gone through to its end.
        if len(doors) < most or zone["street"] == street:
            street = zone["street"]
            doors.append(zone)
    for zone in (one for doors in taken.values() for one in doors):
        chance = Random(f"subject {zone['code']}")
        kind = "vacant" if zone["trade"] == "vacant" else "shop"
        name = f"{zone['street']}{zone['number']}号空铺" if kind == "vacant" else zone["shop"]
        now = (name, kind, None if kind == "vacant" else zone["trade"])
        tenants = [(SINCE, *now)]
        if chance.random() < CHANGED_SHARE:
            before, trade = invent_shop(chance)
            changed = today - timedelta(days=chance.randint(3, CHANGED_DAYS_MAX))
            if trade.code != "vacant":
                tenants = [(SINCE, before, "shop", trade.code), (changed, *now)]
        yield Premises("frontage", zone["code"], zone["township"], tuple(tenants))


def _sites(sites: Sequence[_Zone]) -> Iterator[Premises]:
    for site in sites:
        tenants = ((SINCE, site["name"], _KINDS_OF_SITE[site["site_kind"]], None),)
        yield Premises("site", site["code"], site["township"], tenants)


def _rows(one: Premises, nth: int, record: Any, at: datetime) -> Iterator[tuple[Table, dict[str, Any]]]:
    since, name, kind, trade = one.tenants[nth]
    until = one.tenants[nth + 1][0] if nth + 1 < len(one.tenants) else None
    held = {"subject_id": record, "valid": DateRange(since, until), "recorded_at": at}
    licence = None if kind == "vacant" else f"SAMPLE{one.zone.replace('-', '')}{nth or ''}"
    yield subject_version, {**held, "name": name, "kind": kind, "trade": trade, "licence": licence}
    yield subject_place, {**held, "zone_kind": one.zone_kind, "zone_code": one.zone}
    chance = Random(f"persons {one.zone} {nth}")
    surname = chance.choice(_SURNAMES)
    if kind != "vacant":
        capacity = _CAPACITIES.get(kind, "经营者")
        yield subject_person, {**held, "rank": 1, "name": f"{surname}某某", "capacity": capacity}
    # The same owner, whoever the tenant is.
    landlord = Random(f"owner {one.zone}").choice(_SURNAMES)
    yield subject_person, {**held, "rank": 2, "name": f"{landlord}某", "capacity": "产权人"}
    told = {"name": name, "zones": [one.zone], "from_day": since.isoformat()}
    reason = "演示数据:登记造册" if nth == 0 else "演示数据:更换经营者"
    yield (
        subject_change,
        {"subject_id": record, "action": "registered", "reason": reason, "told": told, "at": at},
    )
