"""Paints parking places: car bays on the carriageway along the kerb, bike bays on the pavement's outer edge.

Bays keep clear of corners and lane mouths and of each other. A bike bay may lie inside a shop's strip, as in
real streets: the two kinds answer different questions.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from demo.features import Feature, polygon_feature
from demo.frontages import cut_town, street_of
from demo.plane import Point
from demo.plots import Lane
from demo.town import Side, Town, towns
from demo.townships import VALID_FROM

CAR_LENGTH_M, CAR_WIDTH_M = 6.0, 2.2
BIKE_PITCH_M, BIKE_DEPTH_M = 0.6, 1.8
CORNER_CLEAR_M = 13.0
LANE_CLEAR_M = 4.0
CONDITIONS = ("完好", "完好", "完好", "标线磨损")
CAR_HOURS = ("00:00-24:00", "07:00-22:00", "19:00-07:00")


@dataclass(frozen=True)
class Bay:
    """One painted row of places: where it lies on its side, its vehicle, how many fit, when it is legal."""

    town: Town
    side: Side
    code: str
    vehicle: str
    capacity: int
    legal_hours: str
    start_m: float
    end_m: float
    near_m: float
    far_m: float

    @property
    def outline(self) -> tuple[Point, ...]:
        """Open ring in the town's frame, with a corner at least every car length to follow a bent kerb."""
        pieces = max(1, round((self.end_m - self.start_m) / CAR_LENGTH_M))
        stations = [self.start_m + (self.end_m - self.start_m) * step / pieces for step in range(pieces + 1)]
        near = [self.side.at(along_m, self.near_m) for along_m in stations]
        far = [self.side.at(along_m, self.far_m) for along_m in reversed(stations)]
        return (*near, *far)


@cache
def bays() -> tuple[Bay, ...]:
    """All parking areas of the district in code order."""
    return tuple(bay for town in towns() for bay in _paint_town(town))


def parking_features() -> list[Feature]:
    """The parking layer."""
    return [_feature(bay) for bay in bays()]


def _paint_town(town: Town) -> list[Bay]:
    random = Random(f"parking {town.township.code}")
    found: list[Bay] = []
    for block, cut in zip(town.blocks, cut_town(town), strict=True):
        for side in block.sides:
            if side.street is None or side.length_m < 3 * CORNER_CLEAR_M:
                continue
            lanes = [lane for lane in cut.lanes if lane.side is side]
            for vehicle in _wanted(side, random):
                code = f"{town.township.code}-P{len(found) + 1:04d}"
                bay = _paint(town, side, vehicle, code, lanes, random)
                if bay is not None:
                    found.append(bay)
    return found


def _wanted(side: Side, random: Random) -> list[str]:
    kind = street_of(side).kind
    cars = ["car"] if kind in ("main", "street") and random.random() < 0.4 else []
    bikes = ["bike"] if kind != "alley" and random.random() < 0.55 else []
    return cars + bikes


def _paint(
    town: Town, side: Side, vehicle: str, code: str, lanes: list[Lane], random: Random, tries: int = 6
) -> Bay | None:
    for _ in range(tries):
        capacity = random.randint(3, 6) if vehicle == "car" else random.randint(8, 18)
        length_m = capacity * (CAR_LENGTH_M if vehicle == "car" else BIKE_PITCH_M)
        room_m = side.length_m - 2 * CORNER_CLEAR_M - length_m
        if room_m <= 0.0:
            continue
        start_m = round(CORNER_CLEAR_M + random.uniform(0.0, room_m), 1)
        clear_m = [abs(lane.middle_m - start_m - length_m / 2) - length_m / 2 for lane in lanes]
        if min(clear_m, default=LANE_CLEAR_M) < LANE_CLEAR_M:
            continue
        near_m, far_m = (-CAR_WIDTH_M, -0.05) if vehicle == "car" else (0.3, 0.3 + BIKE_DEPTH_M)
        hours = random.choice(CAR_HOURS) if vehicle == "car" else CAR_HOURS[0]
        return Bay(town, side, code, vehicle, capacity, hours, start_m, start_m + length_m, near_m, far_m)
    return None


def _feature(bay: Bay) -> Feature:
    street = street_of(bay.side).name
    label = "非机动车停车位" if bay.vehicle == "bike" else "机动车停车区"
    # A draw of its own, so that what else is drawn stays where it was.
    random = Random(f"sign of {bay.code}")
    sign = random.choice((f"{street}停车标志", f"{street}停车标志", None))
    return polygon_feature(
        bay.town.frame.to_degrees(bay.outline),
        {
            "code": bay.code,
            "name": f"{street}{label} {bay.code[-4:]}",
            "township": bay.town.township.code,
            "valid_from": VALID_FROM,
            "sample": True,
            "street": street,
            "vehicle": bay.vehicle,
            "capacity": bay.capacity,
            "legal_hours": bay.legal_hours,
            "sign": sign,
            "condition": random.choice(CONDITIONS),
            "inspected_on": f"2026-{random.randint(6, 10):02d}-{random.randint(1, 28):02d}",
        },
    )
