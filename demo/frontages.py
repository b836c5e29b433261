"""Gives each shop strip its street, door number, invented shop and sample code; writes the frontage layer.

Door numbers rise along the street, odd on one side and even on the other, with a number left out here and
there as in any real street. The geometry comes from `demo.plots` unchanged.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from random import Random

from demo.features import Feature, polygon_feature
from demo.names import Trade, invent_shop
from demo.plots import Frontages, Plot, cut_block
from demo.town import Side, Street, Town, towns
from demo.townships import VALID_FROM


@dataclass(frozen=True)
class Frontage:
    """One frontage zone of the demo with everything its feature says."""

    town: Town
    plot: Plot
    code: str
    street: str
    number: int
    shop: str
    trade: Trade

    @property
    def name(self) -> str:
        """What people call it: street, door number, shop."""
        return f"{self.street}{self.number}号 {self.shop}"


@cache
def cut_town(town: Town) -> tuple[Frontages, ...]:
    """The frontages of each block of a town, in the order of its blocks."""
    return tuple(cut_block(block, Random(f"plots {town.township.code} {block.key}")) for block in town.blocks)


@cache
def frontages() -> tuple[Frontage, ...]:
    """All frontage zones of the district in code order."""
    return tuple(zone for town in towns() for zone in _name_town(town))


def frontage_features() -> list[Feature]:
    """The frontage layer."""
    return [_feature(zone) for zone in frontages()]


def street_of(side: Side) -> Street:
    """The street a side looks at; sides towards fields carry nothing and are never asked."""
    if side.street is None:
        raise ValueError("a side without a street has no frontage")
    return side.street


def _name_town(town: Town) -> list[Frontage]:
    plots = [plot for cut in cut_town(town) for plot in cut.plots]
    numbered = sorted(_number(plots, Random(f"doors {town.township.code}")), key=lambda item: item[:2])
    order = {street.name: place for place, street in enumerate(town.streets)}
    numbered.sort(key=lambda item: (order[item[0]], item[1]))
    random = Random(f"shops {town.township.code}")
    zones = []
    for place, (street, number, plot) in enumerate(numbered, start=1):
        shop, trade = invent_shop(random)
        code = f"{town.township.code}-F{place:04d}"
        zones.append(Frontage(town, plot, code, street, number, shop, trade))
    return zones


def _number(plots: Iterable[Plot], random: Random) -> list[tuple[str, int, Plot]]:
    rows: dict[tuple[str, bool], list[Plot]] = defaultdict(list)
    for plot in plots:
        rows[street_of(plot.side).name, plot.side.odd].append(plot)
    numbered = []
    for (street, odd), row in sorted(rows.items(), key=lambda item: item[0]):
        number = 1 if odd else 2
        for plot in sorted(row, key=lambda plot: plot.side.station_m(plot.middle_m)):
            numbered.append((street, number, plot))
            number += 4 if random.random() < 0.06 else 2
    return numbered


def _feature(zone: Frontage) -> Feature:
    return polygon_feature(
        zone.town.frame.to_degrees(zone.plot.outline),
        {
            "code": zone.code,
            "name": zone.name,
            "township": zone.town.township.code,
            "valid_from": VALID_FROM,
            "sample": True,
            "street": zone.street,
            "number": zone.number,
            "shop": zone.shop,
            "trade": zone.trade.code,
            "trade_zh": zone.trade.label_zh,
            "front_m": zone.plot.front_m,
            "depth_m": zone.plot.depth_m,
            "corner": zone.plot.corner,
        },
    )
