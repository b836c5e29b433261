"""A month of cases and three days of walks, planned: the same for the same seed, with times before a given moment.

Only a plan: who does what when; demo.month_live lets it happen. Time is counted back in minutes of duty, so that which
cases there are, where, and how far each has come does not depend on the hour at which somebody looks. Places are
fronts of the drawn district; every township gets some. Some reports stand between two fronts, some declare the wrong
datum: those wait for a person to judge them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from math import dist
from random import Random
from typing import Any

import shapely
from shapely import Polygon

from demo.calls import complaint
from demo.load import read_json
from demo.plane import Point, bearing_deg
from demo.walking import PLANE
from geo.datum import Datum, Position, convert

CASES = 280
OPENS, SHUTS = time(8, 30), time(17, 30)
DUTY_MIN = 540
"""Minutes of duty a day, every day of the week: people are out on Sundays too."""
WALKED_DAYS, STREETS_WALKED = 3, 7
ACCEPTOR, DISPATCHER, CHECKER, HANDLER = "acceptor01", "dispatcher01", "checker06", "handler"
HINTED_SHARE = 0.85
# Half of the cases lie in the towns in the middle; the first has the accounts that the demo names first.
CENTRE, CENTRE_SHARE = 4, 3

_Matter = tuple[str, str, tuple[str, ...], int]
"""Category, the scene that shows it (demo.draw_month), what officers write, how often."""
_MATTERS: tuple[_Matter, ...] = (
    ("goods_on_pavement", "fruit", ("水果筐占道", "货物摆出门外", ""), 5),
    ("goods_on_pavement", "goods", ("纸箱堆在门前", "货物摆出门外", ""), 5),
    ("stall_outdoors", "stall", ("流动摊占道", ""), 4),
    ("bikes_outside_bay", "ebikes", ("电动车停在盲道", ""), 4),
    ("exposed_waste", "waste", ("垃圾未清运", "门前垃圾袋"), 4),
    ("work_outdoors", "repair", ("店外修车", ""), 2),
    ("shop_front_dirty", "oil", ("门前油污", ""), 2),
    ("construction_waste", "soil", ("渣土未覆盖",), 1),
)
# Closing these is a step of its own, see deadlines.json.
_CLOSED_APART = "construction_waste"
_JOINT = ("goods_on_pavement", "stall", ("市场外流动摊,与相邻镇街交界",), 1)
_BUILDING = ("illegal_building", "build", ("店外加砌砖墙",), 1)
_GAS = ("gas_hazard", "gas", ("店内门前存放多只燃气瓶",), 1)
_CARS = ("cars_on_pavement", "cars", ("车停在店门前",), 1)
_BUILDING_SITES = frozenset({("site_kind", "building_site")})
_FREE_BAYS = frozenset({("vehicle", "car"), ("legal_hours", "00:00-24:00")})
_DUST = ("construction_waste", "soil", ("工地渣土未覆盖",), 1)
_BEGUN = (("register", ACCEPTOR), ("dispatch", DISPATCHER), ("accept", HANDLER), ("start", HANDLER))
_DONE = (*_BEGUN, ("reply", HANDLER))


@dataclass(frozen=True)
class _Fate:
    """What becomes of some cases.

    Attributes:
        often: of CASES. least_min, most_min: how long ago they were reported, in minutes of duty.
        odd: what a person has to judge first: `between` two fronts, or the wrong `datum`.
        matter: the only one it is about. layer, only: of the drawn district, in which zones they lie: those whose
            properties are so. accuracy_m: of the phones, from and to.
    """

    often: int
    least_min: float
    most_min: float
    way: tuple[tuple[str, str], ...] = ()
    odd: str = ""
    matter: _Matter | None = None
    layer: str = "frontage"
    accuracy_m: tuple[float, float] = (3, 9)
    only: frozenset[tuple[str, str]] = frozenset()


_FATES: Mapping[str, _Fate] = {
    "closed": _Fate(149, 220, 30 * DUTY_MIN, (*_DONE, ("pass", CHECKER))),
    "reworked": _Fate(
        10, 1500, 27 * DUTY_MIN, (*_DONE, ("rework", CHECKER), ("reply", HANDLER), ("pass", CHECKER))
    ),
    "refused": _Fate(7, 600, 28 * DUTY_MIN, (("refuse", ACCEPTOR),)),
    "cancelled": _Fate(4, 1500, 26 * DUTY_MIN, (*_BEGUN[:2], ("cancel", DISPATCHER))),
    "checked": _Fate(3, 600, 1600, (*_DONE, ("pass", CHECKER))),
    "suspended": _Fate(8, 700, 20 * DUTY_MIN, (*_BEGUN[:3], ("suspend", DISPATCHER))),
    "lost": _Fate(6, 1100, 4500, _BEGUN[:2]),
    "late": _Fate(6, 1100, 3500, _BEGUN),
    "extended": _Fate(5, 400, 800, (*_BEGUN, ("request_extension", HANDLER), ("approve_extension", DISPATCHER))),
    "asking": _Fate(3, 150, 320, (*_BEGUN, ("request_extension", HANDLER))),
    "returned": _Fate(4, 60, 400, (*_BEGUN[:2], ("return", HANDLER))),
    "sent_back": _Fate(4, 400, 900, (*_DONE, ("rework", CHECKER))),
    "replied": _Fate(10, 200, 800, _DONE),
    "handling": _Fate(10, 90, 330, _BEGUN),
    "accepted": _Fate(7, 60, 240, _BEGUN[:3]),
    "dispatched": _Fate(7, 25, 150, _BEGUN[:2]),
    "registered": _Fate(5, 15, 70, _BEGUN[:1]),
    "between": _Fate(7, 4, 160, odd="between"),
    "datum": _Fate(5, 4, 160, odd="datum"),
    "reported": _Fate(6, 2, 55),
    "joint": _Fate(3, 150, 330, _BEGUN, matter=_JOINT),
    "building": _Fate(3, 1100, 3000, (*_BEGUN, ("milestone", HANDLER)), matter=_BUILDING),
    "gas": _Fate(3, 600, 9000, (*_BEGUN[:2], ("transfer", DISPATCHER)), matter=_GAS),
    "dust": _Fate(3, 30, 100, _BEGUN[:1], matter=_DUST, layer="site", only=_BUILDING_SITES),
    "parked": _Fate(3, 4, 160, matter=_CARS, layer="parking", accuracy_m=(1, 2), only=_FREE_BAYS),
}  # fmt: skip
_INPUTS: Mapping[str, Mapping[str, Any]] = {
    "refuse": {"reason": "现场未见问题,照片不足以立案"},
    "cancel": {"reason": "与当日集中整治重复,由专项处理"},
    "suspend": {"reason": "等待道路施工结束"},
    "return": {"reason": "属于园区物业管理范围,请重新派遣"},
    "rework": {"reason": "照片中仍有货物未清"},
    "milestone": {"clock": "stop"},
    "transfer": {"reason": "燃气瓶存放不符合要求,移送主管部门处理", "department": "区燃气主管部门(示例)"},
    "request_extension": {"amount": 1, "unit": "work_day", "reason": "店主外出,已约定时间"},
}
# Minutes of duty that pass before a step, at least and at most.
_PAUSES: Mapping[str, tuple[int, int]] = {
    "register": (4, 35), "refuse": (10, 55), "dispatch": (4, 40), "accept": (8, 110), "start": (5, 50),
    "reply": (30, 330), "pass": (20, 220), "rework": (20, 200), "close": (20, 200), "cancel": (60, 400),
    "suspend": (60, 300), "request_extension": (60, 200), "approve_extension": (20, 120), "return": (15, 120),
    "milestone": (30, 200), "transfer": (3, 12),
}  # fmt: skip
# A step is taken before this share of the time there was, so that what has just happened is not the newest always.
_LAST_SHARE = 0.95
# Somebody complains of every so manieth of these.
_COMPLAINED, _COMPLAINED_EVERY, _COMPLAINED_AFTER_MIN = ("closed", "handling", "registered"), 12, 3
# A case that is suspended waits on beyond today.
_SUSPENDED_D = (4, 30)


@dataclass(frozen=True)
class Step:
    """One thing somebody does with a case. who: an account, or `handler` for one of the body that has it."""

    at: datetime
    case: int
    nth: int
    action: str
    who: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Complaint:
    """Somebody complains of what a case is about already."""

    at: datetime
    case: int
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """The first report of a case, as a phone sends it but for the photo of its scene."""

    at: datetime
    case: int
    officer: str
    scene: str
    told: Mapping[str, Any]


Happening = Report | Step | Complaint


def before(scene: str) -> str:
    """File name of a scene as it was found."""
    return f"month_{scene}.jpg"


def after(scene: str) -> str:
    """File name of the same place, tidied up."""
    return f"month_{scene}_after.jpg"


def plan(now: datetime, officers: Mapping[str, str], *, cases: int = CASES, seed: int = 1) -> list[Happening]:
    """Everything that happens until `now`, in order. Cases are numbered in the order of their reports.

    Args:
        now: aware, in the district's zone. officers: account -> code of the body.
    """
    drawn = [
        (Random(f"{seed}/{name}/{nth}"), name, nth)
        for name, many in _shares(cases).items()
        for nth in range(many)
    ]
    aged = sorted(
        ((_age_min(chance, _FATES[name]), name, nth, chance) for chance, name, nth in drawn), reverse=True
    )
    happened: list[tuple[float, int, Happening]] = []
    for case, (age_min, name, nth, chance) in enumerate(aged):
        zones = _zones(_FATES[name].layer, _FATES[name].only)
        township = _township(sorted(zones), name, nth, chance)
        own = sorted(officer for officer, body in officers.items() if body == township)
        officer = _one_of(own or sorted(one for one, body in officers.items() if len(body) == 6), nth, chance)
        report = _report(case, back(now, age_min), officer, chance.choice(zones[township]), name, chance)
        happened.append((age_min, case, report))
        if nth % _COMPLAINED_EVERY == 0 and name in _COMPLAINED:
            left_min = age_min - _COMPLAINED_AFTER_MIN
            at = back(now, left_min)
            happened.append((left_min, case, Complaint(at, case, complaint(report.told, at, chance))))
        for left_min, step in _steps(case, now, age_min, name, report.told["category"], chance):
            if name == "joint" and step.action == "dispatch":
                step = replace(step, inputs={"assisting": [_other(sorted(zones), township)]})
            happened.append((left_min, case, step))
    return [one for _, _, one in sorted(happened, key=lambda one: (-one[0], one[1]))]


def back(now: datetime, duty_min: float) -> datetime:
    """The moment that lies so many minutes of duty before `now`; the later of two for fewer minutes."""
    opens, shuts = (datetime.combine(now.date(), at, now.tzinfo) for at in (OPENS, SHUTS))
    today_min = (min(max(now, opens), shuts) - opens) / timedelta(minutes=1)
    if duty_min < today_min:
        return opens + timedelta(minutes=today_min - duty_min)
    days, rest_min = divmod(duty_min - today_min, DUTY_MIN)
    return shuts - timedelta(days=1 + days, minutes=rest_min)


def walks(now: datetime, officers: Mapping[str, str], *, seed: int = 1) -> list[dict[str, Any]]:
    """A walk for each officer on each of the last days, as demo.walking takes them, with `officer` and `started_at`.

    Args: as of `plan`.
    """
    found = []
    for ago in range(WALKED_DAYS, 0, -1):
        day = now - timedelta(days=ago)
        for number, (officer, body) in enumerate(sorted(officers.items())):
            chance = Random(f"{seed}/{officer}/{ago}")
            begins = datetime.combine(day.date(), OPENS, day.tzinfo) + timedelta(
                minutes=chance.randint(0, 240)
            )
            found.append(
                {
                    "officer": officer,
                    **way_for(body, number + ago, chance),
                    "seed": chance.randrange(2**31),
                    "datum": "wgs84",
                    "started_at": begins.isoformat(),
                }
            )
    return found


def way_for(body: str, nth: int, chance: Random) -> dict[str, Any]:
    """A township and streets of it to walk, from end to end; an officer of the district goes to the nth of all."""
    streets = _streets()
    township = body if body in streets else sorted(streets)[nth % len(streets)]
    chosen = chance.sample(streets[township], min(STREETS_WALKED, len(streets[township])))
    return {"township": township, "way": [(street, 0.0, 1.0) for street in chosen]}


def _streets() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for feature in read_json("streets.geojson")["features"]:
        if feature["properties"]["township"]:
            found.setdefault(feature["properties"]["township"], []).append(feature["properties"]["name"])
    return found


@cache
def _zones(layer: str, only: frozenset[tuple[str, str]]) -> Mapping[str, list[Mapping[str, Any]]]:
    """Zones of a layer by township."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for feature in read_json(f"zones/{layer}.geojson")["features"]:
        if all(feature["properties"][name] == value for name, value in only):
            found.setdefault(feature["properties"]["township"], []).append(feature)
    return found


def _other(townships: list[str], than: str) -> str:
    """The next township, which helps."""
    return townships[(townships.index(than) + 1) % len(townships)]


def _shares(cases: int) -> dict[str, int]:
    """How many cases have which fate; a small month has some of every one as long as there are enough."""
    many = {name: max(1, round(fate.often * cases / CASES)) for name, fate in _FATES.items()}
    while (over := sum(many.values()) - cases) != 0:
        most = max(many, key=lambda name: many[name])
        many[most] -= min(over, many[most])
    return many


def _age_min(chance: Random, fate: _Fate) -> float:
    """A little more of what is new: people look at this week most."""
    return fate.least_min + (fate.most_min - fate.least_min) * chance.random() ** 1.2


def _township(townships: list[str], fate: str, nth: int, chance: Random) -> str:
    """The first of every fate is in the first township; of those that are closed every township has one."""
    if nth == 0 or (fate == "closed" and nth < len(townships)):
        return townships[nth]
    return chance.choice(townships + townships[:CENTRE] * CENTRE_SHARE)


def _one_of(officers: list[str], nth: int, chance: Random) -> str:
    return officers[0] if nth == 0 else chance.choice(officers)


def _along(bay: Polygon) -> tuple[Point, float]:
    """One end of it, lon and lat, and the true bearing to the other: how a row of cars is photographed."""
    around = shapely.get_exterior_ring(bay.minimum_rotated_rectangle)
    a, b, c, d = shapely.get_coordinates(around)[:4].tolist()
    if dist(a, b) > dist(b, c):
        a, b, c, d = b, c, d, a
    start, end = (((p[0] + q[0]) / 2, (p[1] + q[1]) / 2) for p, q in ((a, b), (c, d)))
    return start, bearing_deg(start, end)


def _report(
    case: int, at: datetime, officer: str, front: Mapping[str, Any], fate: str, chance: Random
) -> Report:
    told_of = _FATES[fate]
    drawn = [one for one in _MATTERS if fate != "checked" or one[0] == _CLOSED_APART]
    matters = [told_of.matter] if told_of.matter else drawn
    category, scene, notes, _ = chance.choices(matters, [often for *_, often in matters])[0]
    odd = told_of.odd
    outline = Polygon(front["geometry"]["coordinates"][0])
    corner = outline.exterior.coords[chance.randrange(4)]
    lon, lat = corner if odd == "between" else outline.representative_point().coords[0]
    bearing = None
    if told_of.layer == "parking":
        (lon, lat), bearing = _along(outline)
    x, y = PLANE.forward(lon, lat)
    off_m = told_of.accuracy_m[0] / 2
    lon, lat = PLANE.inverse(x + chance.gauss(0, off_m), y + chance.gauss(0, off_m))
    if odd == "datum":
        shifted = convert(Position(lon, lat, Datum.WGS84), Datum.GCJ02)
        lon, lat = shifted.lon, shifted.lat
    accuracy_m = chance.uniform(18, 30) if odd == "between" else chance.uniform(*told_of.accuracy_m)
    captured_at = at - timedelta(seconds=chance.randint(15, 120))
    told: dict[str, Any] = {
        "captured_at": captured_at.replace(microsecond=0).isoformat(),
        "position": {
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "datum": "wgs84",
            "accuracy_m": round(accuracy_m, 1),
            "source": "device",
            **({"bearing_deg": bearing} if bearing is not None else {}),
        },
        "category": category,
        "app_version": "demo",
    }
    if not odd and told_of.layer == "frontage" and chance.random() < HINTED_SHARE:
        # As officers do: they tap the front on the phone, or scan the code on its door.
        how = chance.choices(("picked", "qr"), (3, 1))[0]
        told["zone_hint"] = {"code": front["properties"]["code"], "how": how}
    if note := chance.choice(notes):
        told["note"] = note
    return Report(at, case, officer, scene, told)


def _steps(
    case: int, now: datetime, age_min: float, fate: str, category: str, chance: Random
) -> Iterator[tuple[float, Step]]:
    """Every step of its way, and how many minutes of duty before `now` it is taken."""
    way = list(_FATES[fate].way)
    if category == _CLOSED_APART and fate in ("closed", "reworked"):
        way.append(("close", DISPATCHER))
    pauses = [chance.triangular(*_PAUSES[action], _PAUSES[action][0]) for action, _ in way]
    faster = min(1.0, age_min * _LAST_SHARE / sum(pauses)) if pauses else 1.0
    left_min = age_min
    for nth, ((action, who), pause_min) in enumerate(zip(way, pauses, strict=True)):
        left_min -= pause_min * faster
        inputs = dict(_INPUTS.get(action, {}))
        if action == "suspend":
            inputs["until"] = (now + timedelta(days=chance.randint(*_SUSPENDED_D))).isoformat()
        yield left_min, Step(back(now, left_min), case, nth, action, who, inputs)
