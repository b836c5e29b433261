"""A month of cases and three days of walks, planned: the same for the same seed, with times before a given moment.

Only a plan: who does what when. demo.month_live lets it happen. Places are fronts of the drawn district; every township
gets some. Some reports stand between two fronts, some declare the wrong datum: those wait for a person to judge them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from shapely import Polygon

from demo.load import read_json
from demo.walking import PLANE
from geo.datum import Datum, Position, convert

DAYS = 30
CASES = 204
OPENS, SHUTS = time(8, 30), time(17, 30)
WALKED_DAYS, STREETS_WALKED = 3, 7
FRESH, SETTLING = timedelta(days=3), timedelta(days=9)
ACCEPTOR, DISPATCHER, CHECKER, HANDLER = "acceptor01", "dispatcher01", "checker06", "handler"

# category, photos that show it, what officers write, how often.
_MATTERS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], int], ...] = (
    (
        "goods_on_pavement",
        ("drawn_01_fruit.jpg", "drawn_04_goods.jpg"),
        ("货物摆出门外", "水果筐占道", ""),
        8,
    ),
    ("stall_outdoors", ("drawn_10_stall.jpg",), ("流动摊占道", ""), 4),
    ("bikes_outside_bay", ("drawn_11_ebikes.jpg",), ("电动车停在盲道", ""), 4),
    ("exposed_waste", ("drawn_08_waste.jpg",), ("垃圾未清运", "门前垃圾袋"), 3),
    ("construction_waste", ("drawn_09_soil.jpg",), ("渣土未覆盖",), 1),
    ("work_outdoors", ("drawn_06_row.jpg",), ("店外修车",), 2),
    ("shop_front_dirty", ("drawn_08_waste.jpg",), ("门前油污",), 2),
)
# How far a case of some age has come: steps by name, and how often.
_OLD = (("closed", 74), ("reworked", 8), ("refused", 5), ("cancelled", 3), ("suspended", 4), ("stuck", 6))
_SETTLING = (
    ("closed", 44),
    ("replied", 14),
    ("handling", 16),
    ("extended", 6),
    ("returned", 6),
    ("suspended", 6),
    ("stuck", 8),
)
_FRESH = (
    ("reported", 24),
    ("registered", 16),
    ("dispatched", 22),
    ("accepted", 16),
    ("handling", 14),
    ("replied", 8),
)
_BEGUN = (("register", ACCEPTOR), ("dispatch", DISPATCHER), ("accept", HANDLER), ("start", HANDLER))
_DONE = (*_BEGUN, ("reply", HANDLER))
_WAYS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "reported": (),
    "registered": _BEGUN[:1],
    "dispatched": _BEGUN[:2],
    "stuck": _BEGUN[:2],
    "accepted": _BEGUN[:3],
    "handling": _BEGUN,
    "replied": _DONE,
    "closed": (*_DONE, ("pass", CHECKER)),
    "reworked": (*_DONE, ("rework", CHECKER), ("reply", HANDLER), ("pass", CHECKER)),
    "refused": (("refuse", ACCEPTOR),),
    "cancelled": (*_BEGUN[:2], ("cancel", DISPATCHER)),
    "suspended": (*_BEGUN[:3], ("suspend", DISPATCHER)),
    "extended": (*_BEGUN, ("request_extension", HANDLER), ("approve_extension", DISPATCHER)),
    "returned": (*_BEGUN[:2], ("return", HANDLER)),
}
_INPUTS: Mapping[str, Mapping[str, Any]] = {
    "refuse": {"reason": "现场未见问题,照片不足以立案"},
    "cancel": {"reason": "与当日集中整治重复,由专项处理"},
    "suspend": {"reason": "等待道路施工结束"},
    "return": {"reason": "属于园区物业管理范围,请重新派遣"},
    "rework": {"reason": "照片中仍有货物未清"},
    "request_extension": {"amount": 1, "unit": "work_day", "reason": "店主外出,已约定时间"},
}
# Minutes that pass before a step, at least and at most; nights come on top.
_PAUSES: Mapping[str, tuple[int, int]] = {
    "register": (5, 40), "refuse": (10, 60), "dispatch": (5, 45), "accept": (10, 150), "start": (5, 60),
    "reply": (40, 600), "pass": (30, 500), "rework": (30, 300), "cancel": (60, 600), "suspend": (60, 400),
    "request_extension": (60, 300), "approve_extension": (20, 200), "return": (20, 200),
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One thing somebody does with a case. who: an account, or `handler` for one of the body that has it."""

    at: datetime
    case: int
    action: str
    who: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The first report of a case, as a phone sends it but for the digest of its photo."""

    at: datetime
    case: int
    officer: str
    photo: str
    told: Mapping[str, Any]


@dataclass(frozen=True)
class _Fate:
    """What becomes of one case: its way, and whether its report is one a person has to judge first."""

    way: str
    odd: str = ""


def plan(
    now: datetime, officers: Mapping[str, str], *, cases: int = CASES, seed: int = 1
) -> list[Report | Step]:
    """Everything that happens until `now`, in order.

    Args:
        now: aware, in the district's zone. officers: account -> code of the body.
    """
    chance, fronts = Random(seed), _fronts()
    townships = sorted(fronts)
    happened: list[Report | Step] = []
    for case in range(cases):
        # Every township has its turn, and those in the middle of the district more often.
        township = townships[case % len(townships)] if case % 3 else townships[case // 3 % 4]
        # More of what is new: people look at this week most.
        at = _in_hours(now - timedelta(days=DAYS) * chance.random() ** 1.7, chance)
        if at >= now:
            at = now - timedelta(minutes=chance.randint(3, 90))
        fate = _fate(now - at, chance)
        own = [name for name, body in officers.items() if body == township]
        officer = chance.choice(own or sorted(name for name, body in officers.items() if len(body) == 6))
        happened.append(_report(case, at, officer, chance.choice(fronts[township]), fate, chance))
        happened += [step for step in _steps(case, at, fate, chance) if step.at < now]
    return sorted(happened, key=lambda one: one.at)


def walks(now: datetime, officers: Mapping[str, str], *, seed: int = 1) -> list[dict[str, Any]]:
    """A walk for each officer on each of the last days, as demo.walking takes them, with `officer` and `started_at`.

    Args: as of `plan`.
    """
    chance, streets = Random(seed), _streets()
    townships = sorted(streets)
    found = []
    for ago in range(WALKED_DAYS, 0, -1):
        for number, (officer, body) in enumerate(sorted(officers.items())):
            township = body if body in streets else townships[(number + ago) % len(townships)]
            ways = chance.sample(streets[township], min(STREETS_WALKED, len(streets[township])))
            day = now - timedelta(days=ago)
            begins = datetime.combine(day.date(), OPENS, day.tzinfo) + timedelta(
                minutes=chance.randint(0, 240)
            )
            found.append(
                {
                    "officer": officer,
                    "township": township,
                    "way": [(street, 0.0, 1.0) for street in ways],
                    "seed": chance.randrange(2**31),
                    "datum": "wgs84",
                    "started_at": begins.isoformat(),
                }
            )
    return found


def _streets() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for feature in read_json("streets.geojson")["features"]:
        if feature["properties"]["township"]:
            found.setdefault(feature["properties"]["township"], []).append(feature["properties"]["name"])
    return found


def _fronts() -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for feature in read_json("zones/frontage.geojson")["features"]:
        found.setdefault(feature["properties"]["township"], []).append(feature)
    return found


def _fate(age: timedelta, chance: Random) -> _Fate:
    ways = _FRESH if age < FRESH else _SETTLING if age < SETTLING else _OLD
    odd = chance.choices(("", "between", "datum"), (78, 14, 8))[0] if age < FRESH else ""
    if odd:
        return _Fate("reported", odd)
    return _Fate(chance.choices([way for way, _ in ways], [often for _, often in ways])[0])


def _report(
    case: int, at: datetime, officer: str, front: Mapping[str, Any], fate: _Fate, chance: Random
) -> Report:
    category, photos, notes, _ = chance.choices(_MATTERS, [often for *_, often in _MATTERS])[0]
    outline = Polygon(front["geometry"]["coordinates"][0])
    corner = outline.exterior.coords[chance.randrange(4)]
    lon, lat = corner if fate.odd == "between" else outline.representative_point().coords[0]
    x, y = PLANE.forward(lon, lat)
    lon, lat = PLANE.inverse(x + chance.gauss(0, 1.5), y + chance.gauss(0, 1.5))
    if fate.odd == "datum":
        shifted = convert(Position(lon, lat, Datum.WGS84), Datum.GCJ02)
        lon, lat = shifted.lon, shifted.lat
    accuracy_m = chance.uniform(18, 30) if fate.odd == "between" else chance.uniform(3, 9)
    captured_at = at - timedelta(seconds=chance.randint(15, 120))
    told = {
        "captured_at": captured_at.replace(microsecond=0).isoformat(),
        "position": {
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "datum": "wgs84",
            "accuracy_m": round(accuracy_m, 1),
            "source": "device",
        },
        "category": category,
        "app_version": "demo",
    }
    note = chance.choice(notes)
    return Report(at, case, officer, chance.choice(photos), told | ({"note": note} if note else {}))


def _steps(case: int, at: datetime, fate: _Fate, chance: Random) -> Iterator[Step]:
    for action, who in _WAYS[fate.way]:
        least, most = _PAUSES[action]
        at = _in_hours(at + timedelta(minutes=chance.triangular(least, most, least)), chance)
        yield Step(at, case, action, who, _INPUTS.get(action, {}))


def _in_hours(at: datetime, chance: Random) -> datetime:
    """The same moment, or the next morning when nobody works then."""
    while not OPENS <= at.time() < SHUTS:
        later = at if at.time() < OPENS else at + timedelta(days=1)
        at = datetime.combine(later.date(), OPENS, at.tzinfo) + timedelta(minutes=chance.randint(1, 90))
    return at
