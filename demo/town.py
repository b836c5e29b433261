"""Lays out the towns: streets with two sides, the blocks between them, and the four sides of each block.

Everything is in a town's own frame (metres from the seat, x along the main street); `demo.plane.Frame` places
it on the map. Shops, bays and cells are drawn by the modules that use these blocks.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from demo.names import town_streets
from demo.plane import FRAME_DIGITS, Frame, Point, to_plane
from demo.townships import Township, townships

MARGIN_M = 62.0
CARRIAGEWAYS_M = {"avenue": 21.0, "main": 14.0, "street": 9.0, "alley": 6.5}


@dataclass(frozen=True)
class Street:
    """A straight drawn street: it runs along x when `level`, at a fixed y (else the other way round)."""

    name: str
    level: bool
    at_m: float
    kind: str

    @property
    def carriageway_m(self) -> float:
        """Width from kerb to kerb."""
        return CARRIAGEWAYS_M[self.kind]


@dataclass(frozen=True)
class Side:
    """One side of a block: `along_m` runs along the kerb, `depth_m` from the kerb towards the houses.

    `street` is None where the block ends in fields. Odd door numbers stand on the north and east sides.
    """

    street: Street | None
    origin: Point
    along: Point
    inward: Point
    length_m: float
    pavement_m: float
    odd: bool

    def at(self, along_m: float, depth_m: float) -> Point:
        """A point of the town's frame from metres along the kerb and metres in from it."""
        return (
            round(self.origin[0] + along_m * self.along[0] + depth_m * self.inward[0], FRAME_DIGITS),
            round(self.origin[1] + along_m * self.along[1] + depth_m * self.inward[1], FRAME_DIGITS),
        )

    def station_m(self, along_m: float) -> float:
        """Where on the street a point of this side lies: door numbers rise with it."""
        x, y = self.at(along_m, 0.0)
        return x if self.street is not None and self.street.level else y


@dataclass(frozen=True)
class Block:
    """A block between kerbs: sides south, east, north, west (each has the next one's kerb at its end)."""

    key: str
    use: str
    sides: tuple[Side, Side, Side, Side]
    low: Point
    high: Point


@dataclass(frozen=True)
class Town:
    """The built-up part of one township."""

    township: Township
    frame: Frame
    along: tuple[Street, ...]
    across: tuple[Street, ...]
    blocks: tuple[Block, ...]

    @property
    def streets(self) -> tuple[Street, ...]:
        """All named streets."""
        return self.along + self.across

    def reach_m(self, level: bool) -> tuple[float, float]:
        """First and last metre a street of that direction runs to (a margin beyond the last crossing)."""
        crossing = self.across if level else self.along
        return crossing[0].at_m - MARGIN_M, crossing[-1].at_m + MARGIN_M


# (streets along, streets across, degrees the main street is turned from east)
_SIZES: dict[str, tuple[int, int, float]] = {
    "320612001": (6, 7, 4.0),
    "320612002": (2, 2, -8.0),
    "320612003": (2, 2, 11.0),
    "320612004": (2, 3, 7.0),
    "320612101": (1, 3, -14.0),
    "320612102": (1, 2, 16.0),
    "320612103": (1, 2, 5.0),
    "320612104": (2, 2, -19.0),
    "320612107": (1, 2, 9.0),
    "320612110": (2, 2, -5.0),
    "320612112": (1, 2, 13.0),
    "320612114": (2, 3, 21.0),
    "320612116": (1, 2, -11.0),
    "320612117": (2, 2, 3.0),
    "320612119": (1, 2, -7.0),
    "320612120": (2, 2, 17.0),
    "320612401": (1, 1, -24.0),
}


@cache
def towns() -> tuple[Town, ...]:
    """The town of every township, in code order."""
    return tuple(_lay_out(unit) for unit in townships())


def town_of(code: str) -> Town:
    """The town of a township by its 9-digit code."""
    return next(town for town in towns() if town.township.code == code)


def _lay_out(unit: Township) -> Town:
    along_count, across_count, turn_deg = _SIZES[unit.code]
    random = Random(f"town {unit.code}")
    seat_x_m, seat_y_m = to_plane(*unit.seat)
    frame = Frame(seat_x_m, seat_y_m, turn_deg, phase=random.uniform(0.0, 6.28))
    names = town_streets(unit.code, along_count, across_count)
    along = _streets(names.along, True, random, (84.0, 118.0))
    across = _streets(names.across, False, random, (112.0, 168.0))
    return Town(unit, frame, along, across, _blocks(along, across, random))


def _streets(
    names: tuple[str, ...], level: bool, random: Random, apart_m: tuple[float, float]
) -> tuple[Street, ...]:
    offsets = [0.0]
    for _ in names[1:]:
        offsets.append(offsets[-1] + random.uniform(*apart_m))
    middle = offsets[-1] / 2.0
    return tuple(
        Street(name, level, round(offset - middle, 1), _kind_of(name, index, len(names)))
        for index, (name, offset) in enumerate(zip(names, offsets, strict=True))
    )


def _kind_of(name: str, index: int, count: int) -> str:
    if name.endswith("大道"):
        return "avenue"
    if name.endswith(("巷", "老街")):
        return "alley"
    return "main" if index == count // 2 else "street"


def _blocks(along: tuple[Street, ...], across: tuple[Street, ...], random: Random) -> tuple[Block, ...]:
    rows, columns = _spans(along), _spans(across)
    inner = [(i, j) for i in range(1, len(columns) - 1) for j in range(1, len(rows) - 1)]
    special = dict(zip(random.sample(inner, min(3, len(inner))), ("market", "works", "park"), strict=False))
    blocks = []
    for i, column in enumerate(columns):
        for j, row in enumerate(rows):
            use = special.get((i, j)) or random.choices(("homes", "school", "park"), (0.84, 0.09, 0.07))[0]
            blocks.append(_block(f"{i}-{j}", use, column, row, random))
    return tuple(blocks)


_Span = tuple[Street | None, float, float, Street | None]


def _spans(streets: tuple[Street, ...]) -> list[_Span]:
    """Kerb to kerb between neighbouring streets, and the strip of building land outside the outer ones."""
    first, last = streets[0], streets[-1]
    spans: list[_Span] = [(None, first.at_m - MARGIN_M, first.at_m - first.carriageway_m / 2, first)]
    for left, right in zip(streets, streets[1:], strict=False):
        spans.append((left, left.at_m + left.carriageway_m / 2, right.at_m - right.carriageway_m / 2, right))
    spans.append((last, last.at_m + last.carriageway_m / 2, last.at_m + MARGIN_M, None))
    return spans


def _block(key: str, use: str, column: _Span, row: _Span, random: Random) -> Block:
    west, x0, x1, east = column
    south, y0, y1, north = row

    def side(street: Street | None, origin: Point, along: Point, length_m: float, odd: bool) -> Side:
        pavement_m = round(random.uniform(3.2, 6.4), 1) if street is not None else 0.0
        return Side(street, origin, along, (-along[1], along[0]), length_m, pavement_m, odd)

    sides = (
        side(south, (x0, y0), (1.0, 0.0), x1 - x0, True),
        side(east, (x1, y0), (0.0, 1.0), y1 - y0, False),
        side(north, (x1, y1), (-1.0, 0.0), x1 - x0, False),
        side(west, (x0, y1), (0.0, -1.0), y1 - y0, True),
    )
    return Block(key, use, sides, (x0, y0), (x1, y1))
