"""How often a match is right: fixes with known truth over the demo streets, beside the plain nearest zone.

`python -m bench.calibration` prints the table; the figures of geo.observation were chosen with it. The model
of the officers is stated below in `Officers` and printed under the table: it is a model, and no trial in a
real street.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import shapely
from rich.console import Console
from rich.table import Table
from shapely.geometry.base import BaseGeometry

from geo.match import match
from geo.metric import MetricPlane
from geo.observation import Candidate, CategoryWeights, HintHow, Kind, MatchSettings, Observation, ZoneHint
from geo.samples import sigma_m
from geo.verdict import Verdict

DEMO = Path(__file__).resolve().parent.parent / "demo" / "tongzhou"
DEMO_SRID = 4549
ACCURACIES_M = (3.0, 5.0, 10.0, 20.0)
WANTED_CERTAIN_RIGHT = 0.95
# Fewer certain answers than this decide nothing: one wrong one in twenty is chance.
ENOUGH_CERTAIN = 100

Layer: TypeAlias = tuple[dict[str, Any], BaseGeometry]


@dataclass(frozen=True)
class Officers:
    """The model of officers and their phones; every figure is an assumption and may be changed.

    A thing lies in a shop's strip, anywhere in it: the shop is drawn by lot, or, for `by_area` of them, the
    spot of ground is. For `in_none` of the things it lies within `in_none_within_m` of a strip, but in none
    and in no building. The officer stands at a log-normal distance from it, cut to `nearest_m`..`farthest_m`,
    in any direction from which no building hides it, and looks at it. The fix errs by a Gaussian of the
    accuracy told, the compass by `compass_spread_deg`; `wild_share` of each err `wild_times` as much without
    knowing. A picked zone is right in `picked_right`, a scanned one in `qr_right`, else it is a neighbour;
    for a thing in no strip nobody names one.
    """

    by_area: float = 0.5
    in_none: float = 0.10
    in_none_within_m: float = 8.0
    standoff_mean_m: float = 7.0
    standoff_spread_m: float = 4.0
    nearest_m: float = 1.5
    farthest_m: float = 25.0
    compass_spread_deg: float = 12.0
    wild_share: float = 0.05
    wild_times: float = 3.0
    picked_right: float = 0.93
    qr_right: float = 0.99


@dataclass(frozen=True)
class World:
    """The zones and buildings of the simulation, in metres, with their trees."""

    source: str
    candidates: tuple[Candidate, ...]
    frontages: tuple[BaseGeometry, ...]
    buildings: tuple[BaseGeometry, ...]
    zone_tree: shapely.STRtree = field(repr=False)
    frontage_tree: shapely.STRtree = field(repr=False)
    building_tree: shapely.STRtree = field(repr=False)


@dataclass(frozen=True)
class Trial:
    """One report with its truth: code of the strip the thing lies in, or None."""

    truth: str | None
    fix: tuple[float, float]
    bearing_deg: float
    neighbour: str
    luck: float


@dataclass
class Score:
    """Counts of one row of the table."""

    trials: int = 0
    in_zone: int = 0
    nearest_right: int = 0
    first_right: int = 0
    three_right: int = 0
    said: dict[Verdict, int] = field(default_factory=dict)
    right: dict[Verdict, int] = field(default_factory=dict)

    def right_of(self, verdict: Verdict) -> float:
        """Share of answers of this verdict that named the true strip; NaN when it was never said."""
        said = self.said.get(verdict, 0)
        return self.right.get(verdict, 0) / said if said else math.nan


def demo_world(folder: Path = DEMO) -> World:
    """The demo district's strips, parking areas and buildings, or a generated street while there are none."""
    if not (folder / "zones" / "frontage.geojson").exists():
        return street_world()
    frontages = _read(folder / "zones" / "frontage.geojson")
    parking = _read(folder / "zones" / "parking.geojson")
    buildings = [shape for _, shape in _read(folder / "buildings.geojson")]
    return _world(str(folder.name), frontages, parking, buildings)


def street_world(shops: int = 120, seed: int = 1) -> World:
    """A made-up straight street, 11 m wide, shops 4 to 16 m wide, strips 4 to 6 m deep on both sides."""
    random = np.random.default_rng(seed)
    frontages: list[Layer] = []
    buildings: list[BaseGeometry] = []
    for side in (1.0, -1.0):
        x = 601000.0
        for number in range(shops):
            width_m, depth_m = float(random.uniform(4.0, 16.0)), float(random.uniform(4.0, 6.0))
            kerb_y, wall_y = 3550000.0 + side * 5.5, 3550000.0 + side * (5.5 + depth_m)
            frontages.append(({"code": f"{side:+.0f}-{number}"}, shapely.box(x, kerb_y, x + width_m, wall_y)))
            buildings.append(shapely.box(x, wall_y, x + width_m, wall_y + side * 12.0))
            x += width_m + (4.0 if number % 8 == 7 else 0.0)
    return _world("generated street", frontages, [], buildings)


def trials(world: World, officers: Officers, accuracy_m: float, count: int, seed: int) -> Iterator[Trial]:
    """`count` reports of officers drawn from the model; the same seed gives the same reports."""
    random = np.random.default_rng(seed)
    areas = shapely.area(np.array(world.frontages))
    areas /= areas.sum()
    while count:
        by_area = random.random() < officers.by_area
        index = int(random.choice(len(world.frontages), p=areas if by_area else None))
        in_none = random.random() < officers.in_none
        thing = _thing(world, officers, index, in_none, random)
        spot = None if thing is None else _stand(world, officers, thing, random)
        if thing is None or spot is None:
            continue
        count -= 1
        wild = [officers.wild_times if random.random() < officers.wild_share else 1.0 for _ in range(2)]
        spread_m, turn_deg = sigma_m(accuracy_m) * wild[0], officers.compass_spread_deg * wild[1]
        bearing_deg = math.degrees(math.atan2(thing[0] - spot[0], thing[1] - spot[1]))
        near = world.frontage_tree.query(shapely.Point(thing), predicate="dwithin", distance=15.0)
        others = [int(i) for i in near if int(i) != index]
        neighbour = others[int(random.integers(len(others)))] if others else index
        yield Trial(
            truth=None if in_none else world.candidates[index].code,
            fix=(spot[0] + spread_m * random.normal(), spot[1] + spread_m * random.normal()),
            bearing_deg=bearing_deg + turn_deg * random.normal(),
            neighbour=world.candidates[neighbour].code,
            luck=float(random.random()),
        )


def score(
    world: World,
    accuracy_m: float,
    *,
    bearing: bool,
    hint: HintHow | None = None,
    officers: Officers | None = None,
    weights: CategoryWeights | None = None,
    settings: MatchSettings | None = None,
    count: int = 2000,
    seed: int = 7,
) -> Score:
    """Match `count` simulated reports and count what was said and what was right; about 0.6 ms a report."""
    officers, settings = officers or Officers(), settings or MatchSettings()
    total = Score()
    for trial in trials(world, officers, accuracy_m, count, seed):
        observation = Observation(
            *trial.fix, accuracy_m, trial.bearing_deg if bearing else None, _hint(trial, hint, officers)
        )
        rows = candidates_near(world, trial.fix, settings.near_m(accuracy_m))
        found = match(observation, rows, weights, settings)
        strips = [row for row in rows if row.kind is Kind.FRONTAGE]
        nearest = min(strips, key=lambda row: (row.distance_m, row.code), default=None)
        ranked = [zone.code for zone in found.candidates if zone.kind is Kind.FRONTAGE]
        total.trials += 1
        said = found.frontage.verdict
        total.said[said] = total.said.get(said, 0) + 1
        if trial.truth is None:
            continue
        total.in_zone += 1
        total.nearest_right += nearest is not None and nearest.code == trial.truth
        total.first_right += ranked[:1] == [trial.truth]
        total.three_right += trial.truth in ranked[:3]
        total.right[said] = total.right.get(said, 0) + (found.frontage.code == trial.truth)
    return total


def candidates_near(world: World, fix: tuple[float, float], limit_m: float) -> list[Candidate]:
    """Every zone within `limit_m` of the fix, with its distance."""
    point = shapely.Point(fix)
    found = world.zone_tree.query(point, predicate="dwithin", distance=limit_m)
    zones = [world.candidates[int(index)] for index in found]
    distances = shapely.distance(np.array([zone.geometry for zone in zones], dtype=object), point).tolist()
    return [
        Candidate(z.kind, z.code, z.name, z.version, z.township, d, z.geometry)
        for z, d in zip(zones, distances, strict=True)
    ]


def main(count: int = 3000) -> int:
    """Print the table; 1 when a row with enough `certain` answers is right less often than wanted."""
    world, officers = demo_world(), Officers()
    table = Table(
        title=f"匹配校准 / calibration of the match: {world.source}, {len(world.frontages)} frontages, "
        f"{count} reports a row",
        caption=f"Model (an assumption): {officers}",
    )
    for column in (
        "精度 accuracy_m", "依据 evidence", "最近区 nearest right", "首选 first right", "前三 in first 3",
        "certain 占比 said", "certain 正确 right", "likely 占比 said", "likely 正确 right",
    ):  # fmt: skip
        table.add_column(column, justify="right")
    low = 0
    rows = [(bearing, None) for bearing in (False, True)] + [(True, how) for how in HintHow]
    for bearing, how in rows:
        for accuracy_m in ACCURACIES_M:
            result = score(world, accuracy_m, bearing=bearing, hint=how, count=count)
            label = " + ".join(["fix", *["bearing"] * bearing, *([how.value] if how else [])])
            table.add_row(f"{accuracy_m:g}", label, *_cells(result))
            enough = result.said.get(Verdict.CERTAIN, 0) >= ENOUGH_CERTAIN
            low += enough and result.right_of(Verdict.CERTAIN) < WANTED_CERTAIN_RIGHT
        table.add_section()
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    return 1 if low else 0


def _cells(result: Score) -> list[str]:
    certain, likely = result.right_of(Verdict.CERTAIN), result.right_of(Verdict.LIKELY)
    verdict = "≥" if certain >= WANTED_CERTAIN_RIGHT else "<"
    return [
        f"{result.nearest_right / result.in_zone:.1%}",
        f"{result.first_right / result.in_zone:.1%}",
        f"{result.three_right / result.in_zone:.1%}",
        f"{result.said.get(Verdict.CERTAIN, 0) / result.trials:.1%}",
        "-" if math.isnan(certain) else f"{certain:.1%} {verdict} {WANTED_CERTAIN_RIGHT:.0%}",
        f"{result.said.get(Verdict.LIKELY, 0) / result.trials:.1%}",
        "-" if math.isnan(likely) else f"{likely:.1%}",
    ]


def _hint(trial: Trial, how: HintHow | None, officers: Officers) -> ZoneHint | None:
    if how is None or trial.truth is None:
        return None
    right = trial.luck < (officers.qr_right if how is HintHow.QR else officers.picked_right)
    return ZoneHint(trial.truth if right else trial.neighbour, how)


def _thing(
    world: World, officers: Officers, index: int, in_none: bool, random: np.random.Generator
) -> tuple[float, float] | None:
    """A point in the strip, or beside it in no strip and no building; None when this throw met neither."""
    margin_m = officers.in_none_within_m if in_none else 0.0
    shape = world.frontages[index]
    west, south, east, north = shape.bounds
    for _ in range(60):
        x = float(random.uniform(west - margin_m, east + margin_m))
        y = float(random.uniform(south - margin_m, north + margin_m))
        point = shapely.Point(x, y)
        if not in_none and shape.contains(point):
            return x, y
        if in_none and not (len(world.frontage_tree.query(point, predicate="intersects"))
                            or len(world.building_tree.query(point, predicate="intersects"))):  # fmt: skip
            return x, y
    return None


def _stand(
    world: World, officers: Officers, thing: tuple[float, float], random: np.random.Generator
) -> tuple[float, float] | None:
    """Where the officer stands: at the drawn distance, with no building on the line to the thing."""
    log_variance = math.log1p((officers.standoff_spread_m / officers.standoff_mean_m) ** 2)
    log_mean = math.log(officers.standoff_mean_m) - log_variance / 2.0
    away_m = float(random.lognormal(log_mean, math.sqrt(log_variance)))
    away_m = min(max(away_m, officers.nearest_m), officers.farthest_m)
    for _ in range(60):
        angle = float(random.uniform(0.0, 2.0 * math.pi))
        spot = (thing[0] + away_m * math.sin(angle), thing[1] + away_m * math.cos(angle))
        sight = shapely.LineString([spot, thing])
        if not len(world.building_tree.query(sight, predicate="intersects")):
            return spot
    return None


def _read(path: Path) -> list[Layer]:
    plane = MetricPlane(DEMO_SRID)
    features = json.loads(path.read_text(encoding="utf-8"))["features"] if path.exists() else []

    def to_plane(points: np.ndarray) -> np.ndarray:
        return np.array([plane.forward(float(lon), float(lat)) for lon, lat in points])

    return [
        (item["properties"], shapely.transform(shapely.geometry.shape(item["geometry"]), to_plane))
        for item in features
    ]


def _world(
    source: str,
    frontages: list[Layer],
    parking: list[Layer],
    buildings: list[BaseGeometry],
) -> World:
    layers = [(Kind.FRONTAGE, frontages), (Kind.PARKING, parking)]
    zones = tuple(
        Candidate(kind, said["code"], said.get("name", said["code"]), 1, said.get("township"), 0.0, shape)
        for kind, layer in layers
        for said, shape in layer
    )
    strips = tuple(shape for _, shape in frontages)
    return World(
        source, zones, strips, tuple(buildings), shapely.STRtree([zone.geometry for zone in zones]),
        shapely.STRtree(strips), shapely.STRtree(buildings),
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000))
