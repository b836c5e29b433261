"""Places service points in every town: kiosks, toilets, waste points and restaurants, with made-up hours.

A few a town on the pavement's outer edge, so that the nearest open one differs by the hour; a building site has its
gate. Nothing here changes what other layers draw.
"""

from functools import cache
from random import Random

from demo.cells import inside
from demo.features import Feature, point_feature
from demo.frontages import street_of
from demo.plots import HOUSE_M
from demo.town import Side, Town, towns
from demo.townships import VALID_FROM

EDGE_M = 0.8
# service, what people call it, hours, how many a town has at most
KINDS: tuple[tuple[str, str, tuple[str, ...], int], ...] = (
    ("kiosk", "便民服务亭", ("1-7 07:00-19:00", "1-5 08:00-17:30; 6,7 09:00-16:00"), 2),
    ("toilet", "公共厕所", ("00:00-24:00", "05:00-23:00"), 1),
    ("waste_point", "垃圾分类投放点", ("06:30-08:30; 18:00-21:00",), 2),
    ("restaurant", "餐饮店", ("10:00-14:00; 16:30-21:30", "17:00-02:00"), 2),
)


@cache
def service_features() -> tuple[Feature, ...]:
    """The layer of service points, in code order."""
    return tuple(feature for town in towns() for feature in _of_town(town))


def _of_town(town: Town) -> list[Feature]:
    random = Random(f"services {town.township.code}")
    sides = [side for block in town.blocks for side in block.sides if side.street and side.length_m > 30.0]
    found: list[Feature] = []
    for service, label, hours, count in KINDS:
        for _ in range(min(count, len(sides))):
            side = random.choice(sides)
            along_m = round(random.uniform(15.0, side.length_m - 15.0), 1)
            found.append(_feature(town, len(found) + 1, service, label, random.choice(hours), side, along_m))
    for block in (block for block in town.blocks if block.use == "works"):
        (x, y), _ = inside(block, HOUSE_M)
        properties = _properties(town, len(found) + 1, "building_site", "建筑工地大门", "06:00-22:00", None)
        found.append(point_feature(town.frame.to_degrees([(x, y)])[0], properties))
    return found


def _feature(
    town: Town, number: int, service: str, label: str, hours: str, side: Side, along_m: float
) -> Feature:
    place = town.frame.to_degrees([side.at(along_m, EDGE_M)])[0]
    return point_feature(place, _properties(town, number, service, label, hours, street_of(side).name))


def _properties(
    town: Town, number: int, service: str, label: str, hours: str, street: str | None
) -> dict[str, object]:
    return {
        "code": f"{town.township.code}-V{number:04d}",
        "name": f"{street or town.township.name}示例{label} {number:02d}",
        "township": town.township.code,
        "valid_from": VALID_FROM,
        "sample": True,
        "street": street,
        "service": service,
        "hours": hours,
    }
