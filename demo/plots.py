"""Cuts the sides of a block into shops: the strip from building front to kerb, and the houses behind it.

Rules kept: a gap of up to 4 m between houses is shared half and half, a lane belongs to nobody, a corner shop
answers for both streets, and shops that touch share every drawn corner. Names and numbers come later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from demo.plane import Point
from demo.town import Block, Side

FRONT_MIN_M = 5.0
# Narrowest, widest, most usual front.
SHOP_SIZES_M = (FRONT_MIN_M, 14.0, 7.4)
STALL_SIZES_M = (FRONT_MIN_M, 6.0, 5.3)
DEPTH_MIN_M, DEPTH_MAX_M = 3.0, 7.0
LANE_MIN_M, LANE_MAX_M = 4.4, 6.5
WALL_M = (12.0, 34.0)
HOUSE_M = 8.5
CORNER_CLEAR_M = 11.5
KERB_RADIUS_M = 2.6
SAME_PLACE_M = 1e-6


@dataclass(frozen=True)
class Plot:
    """One shop's strip: its place on a side (metres along, metres deep), its outline in the town's frame."""

    side: Side
    start_m: float
    end_m: float
    depth_m: float
    front_m: float
    outline: tuple[Point, ...]
    corner: bool = False

    @property
    def middle_m(self) -> float:
        """Middle of the front, along the kerb of its side."""
        return (self.start_m + self.end_m) / 2.0


@dataclass(frozen=True)
class Frontages:
    """What a block shows to its streets: shop strips, houses (open rings, town frame), lane mouths."""

    plots: tuple[Plot, ...]
    houses: tuple[tuple[Point, ...], ...]
    lanes: tuple["Lane", ...]


@dataclass(frozen=True)
class Lane:
    """A side lane between two houses, by the middle of its mouth along the kerb."""

    side: Side
    middle_m: float
    width_m: float


@dataclass(frozen=True)
class _Unit:
    """A shop before its corners are joined to its neighbours'; the house may stand back inside the strip."""

    start_m: float
    end_m: float
    depth_start_m: float
    depth_end_m: float
    house_start_m: float
    house_end_m: float
    porch_m: float = 0.0


def cut_block(block: Block, random: Random) -> Frontages:
    """Shops and houses along every street side of a block; parks have none, schools on one side only."""
    if block.use == "park":
        return Frontages((), (), ())
    plots: list[Plot] = []
    houses: list[tuple[Point, ...]] = []
    lanes: list[Lane] = []
    corners = [_corner(block, index, random) for index in range(4)]
    for index, side in enumerate(block.sides):
        if side.street is None or (block.use == "school" and index != 0):
            continue
        begin_m, end_m = _row_limits(block, index, corners)
        units = _row(side, begin_m, end_m, block.use, random)
        plots += [_plot(side, units, place) for place in range(len(units))]
        houses += _houses(side, units)
        lanes += _lanes(side, units)
    for corner in corners:
        if corner is not None:
            plots.append(corner[0])
            houses.append(corner[1])
    return Frontages(tuple(plots), tuple(houses), tuple(lanes))


_Corner = tuple[Plot, tuple[Point, ...], float]


def _corner(block: Block, index: int, random: Random) -> _Corner | None:
    """The corner shop where a side begins: an L round the corner, its house, its arm on the side before."""
    side, before = block.sides[index], block.sides[index - 1]
    arm_m, back_arm_m = round(random.uniform(11.2, 13.5), 1), round(random.uniform(11.2, 13.5), 1)
    wanted = random.random() < 0.78 and block.use != "school"
    if side.street is None or before.street is None or not wanted:
        return None
    near, deep = before.pavement_m, side.pavement_m
    radius = KERB_RADIUS_M
    ring = (
        side.at(near + arm_m, 0.0),
        side.at(near + arm_m, deep),
        side.at(near, deep),
        side.at(near, deep + back_arm_m),
        side.at(0.0, deep + back_arm_m),
        side.at(0.0, radius),
        side.at(radius * 0.29, radius * 0.29),
        side.at(radius, 0.0),
    )
    house = (
        side.at(near, deep),
        side.at(near + arm_m, deep),
        side.at(near + arm_m, deep + back_arm_m),
        side.at(near, deep + back_arm_m),
    )
    front_m = round(arm_m + back_arm_m, 1)
    plot = Plot(side, near, near + arm_m, round((near + deep) / 2.0, 1), front_m, ring, corner=True)
    return plot, house, deep + back_arm_m


def _row_limits(block: Block, index: int, corners: Sequence[_Corner | None]) -> tuple[float, float]:
    side, here, after = block.sides[index], corners[index], corners[(index + 1) % 4]
    previous, following = block.sides[index - 1], block.sides[(index + 1) % 4]
    begin_m = here[0].end_m if here else previous.pavement_m + (CORNER_CLEAR_M if previous.street else 3.0)
    taken_m = after[2] if after else following.pavement_m + (CORNER_CLEAR_M if following.street else 3.0)
    # Never flush with the corner shop's other arm: two corners a millimetre apart would round to an overlap.
    return begin_m, side.length_m - taken_m - 0.3


def _row(side: Side, begin_m: float, end_m: float, use: str, random: Random) -> list[_Unit]:
    """Runs of shops under one roof, parted by steps, narrow gaps, lanes and blank walls."""
    units: list[_Unit] = []
    at_m, inset_m, depth_m = begin_m, 0.0, side.pavement_m
    while end_m - at_m >= FRONT_MIN_M + inset_m:
        run = _run(at_m, inset_m, end_m, depth_m, use, random)
        gap_m, shared = _gap(use, random)
        last = run[-1]
        if shared and last.end_m + gap_m < end_m:
            run[-1] = replace(last, end_m=round(last.end_m + gap_m / 2.0, 2))
            at_m, inset_m = run[-1].end_m, gap_m / 2.0
        else:
            at_m, inset_m = round(last.end_m + gap_m, 2), 0.0
        units += run
        depth_m = round(min(DEPTH_MAX_M, max(DEPTH_MIN_M, side.pavement_m + random.uniform(-1.4, 1.4))), 1)
    return units


def _gap(use: str, random: Random) -> tuple[float, bool]:
    """Metres to the next house and whether its neighbours share them: step, passage, lane or blank wall."""
    kind = random.choices(("step", "passage", "lane", "wall"), (0.42, 0.24, 0.2, 0.14))[0]
    if kind == "step" or use == "market":
        return 0.0, True
    if kind == "passage":
        return round(random.uniform(1.0, 3.8), 1), True
    width_m = random.uniform(LANE_MIN_M, LANE_MAX_M) if kind == "lane" else random.uniform(*WALL_M)
    return round(width_m, 1), False


def _run(at_m: float, inset_m: float, end_m: float, depth_m: float, use: str, random: Random) -> list[_Unit]:
    sizes = STALL_SIZES_M if use == "market" else SHOP_SIZES_M
    fronts: list[float] = []
    for _ in range(random.randint(3, 8)):
        front_m = round(random.triangular(*sizes), 1)
        if at_m + inset_m + sum(fronts) + front_m > end_m:
            break
        fronts.append(front_m)
    fronts = fronts or [FRONT_MIN_M]
    lean_m = random.uniform(-1.6, 1.6) if random.random() < 0.12 else 0.0
    total_m, units, start_m = sum(fronts), [], at_m
    for place, front_m in enumerate(fronts):
        house_start_m = start_m + (inset_m if place == 0 else 0.0)
        stop_m = round(house_start_m + front_m, 2)
        depths = [
            round(min(DEPTH_MAX_M, max(DEPTH_MIN_M, depth_m + lean_m * (m - at_m) / total_m)), 2)
            for m in (start_m, stop_m)
        ]
        porch_m = 0.9 if random.random() < 0.05 and front_m > 7.5 else 0.0
        units.append(_Unit(start_m, stop_m, depths[0], depths[1], house_start_m, stop_m, porch_m))
        start_m = stop_m
    return units


def _lanes(side: Side, units: Sequence[_Unit]) -> list[Lane]:
    found = []
    for unit, after in zip(units, units[1:], strict=False):
        width_m = after.start_m - unit.end_m
        if LANE_MIN_M <= width_m <= LANE_MAX_M:
            found.append(Lane(side, (unit.end_m + after.start_m) / 2.0, round(width_m, 1)))
    return found


def _plot(side: Side, units: Sequence[_Unit], place: int) -> Plot:
    """A strip whose ring also carries the corners its neighbours put on the common edge."""
    unit = units[place]
    ring = [side.at(unit.start_m, 0.0), side.at(unit.end_m, 0.0)]
    after = units[place + 1] if place + 1 < len(units) else None
    if after and abs(after.start_m - unit.end_m) < SAME_PLACE_M and after.depth_start_m < unit.depth_end_m:
        ring.append(side.at(unit.end_m, after.depth_start_m))
    ring.append(side.at(unit.end_m, unit.depth_end_m))
    if unit.porch_m:
        third_m, depth_m = (unit.end_m - unit.start_m) / 3.0, (unit.depth_start_m + unit.depth_end_m) / 2.0
        for along_m, deep_m in ((2, 0.0), (2, unit.porch_m), (1, unit.porch_m), (1, 0.0)):
            ring.append(side.at(unit.start_m + along_m * third_m, depth_m - deep_m))
    ring.append(side.at(unit.start_m, unit.depth_start_m))
    before = units[place - 1] if place else None
    if before and abs(before.end_m - unit.start_m) < SAME_PLACE_M and before.depth_end_m < unit.depth_start_m:
        ring.append(side.at(unit.start_m, before.depth_end_m))
    depth_m = round((unit.depth_start_m + unit.depth_end_m) / 2.0, 1)
    return Plot(side, unit.start_m, unit.end_m, depth_m, round(unit.end_m - unit.start_m, 1), tuple(ring))


def _houses(side: Side, units: Sequence[_Unit]) -> list[tuple[Point, ...]]:
    """One house for each run of shops with no gap and no step between them."""
    houses: list[tuple[Point, ...]] = []
    first = 0
    for place, unit in enumerate(units):
        after = units[place + 1] if place + 1 < len(units) else None
        joined = after is not None and after.house_start_m - unit.house_end_m < SAME_PLACE_M
        if after is not None and joined and after.depth_start_m == unit.depth_end_m:
            continue
        start, back_m = units[first], max(units[first].depth_start_m, unit.depth_end_m) + HOUSE_M
        houses.append(
            (
                side.at(start.house_start_m, start.depth_start_m),
                side.at(unit.house_end_m, unit.depth_end_m),
                side.at(unit.house_end_m, back_m),
                side.at(start.house_start_m, back_m),
            )
        )
        first = place + 1
    return houses
