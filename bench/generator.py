"""`python -m bench.generator [--short]`: the frontage generator on drawn towns of three sizes, and on the demo.

Prints seconds, peak memory and growth beside the targets, then how well it draws the demo's own strips again.
Leaves with 1 when a target is missed. Each size runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import cast

import click
import numpy as np
import shapely
from rich.console import Console
from rich.table import Table
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from bench import machine
from geo.frontage import generate_frontages
from geo.metric import MetricPlane
from geo.streetscape import Building, PropertyLine, Street, Streetscape
from geo.topology import overlapping

SIZES, SHORT_SIZES = (1_000, 10_000, 50_000), (200, 1_000)
TARGET_BUILDINGS, TARGET_S, TARGET_MIB = 10_000, 60.0, 1024.0
# 50,000 buildings may take this many times what five times 10,000 take.
TARGET_GROWTH = 1.5
OVERLAP_TARGET_M2 = 1e-6
DEMO = Path(__file__).resolve().parent.parent / "demo" / "tongzhou"
DEMO_SRID = 4549
BLOCK_M, ROW_M = 130.0, 70.0
WIDTH_WITHOUT_TERMINAL = 150


@dataclass(frozen=True)
class Run:
    """One run: what went in and came out, time by the clock and of the processor, and the most memory the
    process ever held."""

    buildings: int
    streets: int
    strips: int
    findings: int
    overlaps: int
    seconds: float
    processor_s: float
    peak_mib: float


def drawn_town(count: int, seed: int = 7) -> Streetscape:
    """A made-up town of about `count` buildings in metres of a plane: curved streets, gaps, set-backs, corners."""
    random = Random(seed)
    columns = max(2, math.ceil(math.sqrt(count / 30.0)))
    buildings: list[Building] = []
    row = 0
    while len(buildings) < count:
        for column in range(columns):
            for ring in _block(column * BLOCK_M, row * ROW_M, random):
                buildings.append(Building(f"b{len(buildings):06d}", Polygon(_bent(ring))))
        row += 1
    east_m, north_m = columns * BLOCK_M, row * ROW_M
    streets = [
        Street(f"e{k:04d}", _bent_line((0.0, k * ROW_M), (east_m, k * ROW_M)), f"横{k}路", width_m=10.0)
        for k in range(row + 1)
    ]
    streets += [
        Street(f"n{k:04d}", _bent_line((k * BLOCK_M, 0.0), (k * BLOCK_M, north_m)), f"纵{k}路", width_m=14.0)
        for k in range(columns + 1)
    ]
    return Streetscape(buildings[:count], streets)


def _block(x: float, y: float, random: Random) -> Iterator[list[tuple[float, float]]]:
    """Two rows of houses back to back between four streets."""
    for low, sign in ((y + 5.0, 1.0), (y + ROW_M - 5.0, -1.0)):
        at = x + 7.0 + random.uniform(3.0, 6.0)
        pavement_m = random.uniform(3.0, 6.0)
        while True:
            front_m = random.uniform(6.0, 16.0)
            if at + front_m > x + BLOCK_M - 11.0:
                break
            setback_m = pavement_m + (random.uniform(2.0, 5.0) if random.random() < 0.1 else 0.0)
            near, far = low + sign * setback_m, low + sign * (setback_m + random.uniform(8.0, 12.0))
            yield [(at, near), (at + front_m, near), (at + front_m, far), (at, far)]
            at += front_m + random.choice((0.0, 0.0, 0.0, 1.5, 4.0, 7.0))


def _bent(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A gentle wave and a turn, so that nothing lies along an axis."""
    waved = [(x + 12.0 * math.sin(y / 260.0), y + 12.0 * math.sin(x / 260.0)) for x, y in points]
    c, s = math.cos(0.3), math.sin(0.3)
    return [(600_000.0 + c * x - s * y, 3_550_000.0 + s * x + c * y) for x, y in waved]


def _bent_line(start: tuple[float, float], end: tuple[float, float]) -> LineString:
    steps = max(2, round(math.dist(start, end) / 20.0))
    shares = [k / steps for k in range(steps + 1)]
    return LineString(
        _bent([(start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])) for t in shares])
    )


def measure(count: int) -> Run:
    """Generate a drawn town in this process."""
    town = drawn_town(count)
    started, worked = time.perf_counter(), time.process_time()
    made = generate_frontages(town)
    seconds, processor_s = time.perf_counter() - started, time.process_time() - worked
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    overlaps = len(overlapping([strip.polygon for strip in made.strips], OVERLAP_TARGET_M2))
    return Run(
        len(town.buildings),
        len(town.streets),
        len(made.strips),
        len(made.findings),
        overlaps,
        seconds,
        processor_s,
        peak_mib,
    )


def run_apart(count: int) -> Run:
    """Generate in a fresh process, so that nothing done before counts as its memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (count,))


@dataclass(frozen=True)
class Likeness:
    """How well generated zones cover drawn ones: intersection over union with the best partner of each."""

    zones: int
    generated: int
    shares: tuple[float, ...]

    def over(self, share: float) -> float:
        """Share of the drawn zones that are met at least so well."""
        return sum(value >= share for value in self.shares) / len(self.shares)


def demo_likeness(*, property_lines: bool, township: str | None = None) -> Likeness:
    """Draw the demo district, or one township of it, again from its buildings and streets.

    With property lines (taken from the drawn strips' common edges) shop by shop; without them house by
    house, against the drawn strips of each house joined.
    """
    zones = [shape for _, shape in _layer("zones/frontage", township)]
    houses = [shape for _, shape in _layer("buildings", township)]
    streets = [
        Street(f"s{k:04d}", cast(LineString, shape), f"{said['township']}{said['name']}" if said["name"] else None,
               width_m=said["width_m"])
        for k, (said, shape) in enumerate(_layer("streets", township))
    ]  # fmt: skip
    buildings = [Building(f"b{k:05d}", cast(Polygon, shape)) for k, shape in enumerate(houses)]
    lines = _common_edges(zones) if property_lines else []
    made = generate_frontages(Streetscape(buildings, streets, lines))
    drawn = zones if property_lines else _by_house(zones, houses)
    generated = list(made.zones().values())
    return Likeness(len(drawn), len(generated), tuple(_best_shares(drawn, generated)))


def _layer(name: str, township: str | None) -> list[tuple[dict, BaseGeometry]]:
    plane = MetricPlane(DEMO_SRID)
    features = json.loads((DEMO / f"{name}.geojson").read_text(encoding="utf-8"))["features"]

    def to_plane(points: np.ndarray) -> np.ndarray:
        return np.array([plane.forward(float(lon), float(lat)) for lon, lat in points])

    return [
        (item["properties"], shapely.transform(shapely.geometry.shape(item["geometry"]), to_plane))
        for item in features
        if township in (None, item["properties"]["township"])
    ]


def _common_edges(zones: list[BaseGeometry]) -> list[PropertyLine]:
    """Where two drawn strips touch along more than two metres."""
    tree = shapely.STRtree(zones)
    one, other = tree.query(zones, predicate="intersects")
    lines: list[PropertyLine] = []
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        # Published corners are rounded to a centimetre, so strips touch or overlap by as much.
        edge = zones[a].boundary.intersection(zones[b].buffer(0.03)) if a < b else LineString()
        if edge.length > 2.0:
            points = shapely.get_coordinates(edge)
            far = np.argmax(np.hypot(*(points - points[0]).T))
            lines.append(PropertyLine(f"p{len(lines):05d}", LineString([points[0], points[far]])))
    return lines


def _by_house(zones: list[BaseGeometry], houses: list[BaseGeometry]) -> list[BaseGeometry]:
    tree = shapely.STRtree(houses)
    groups: dict[int, list[BaseGeometry]] = defaultdict(list)
    for zone in zones:
        grown = zone.buffer(0.05)
        near = tree.query(grown, predicate="intersects").tolist()
        if near:
            groups[max(near, key=lambda k: grown.intersection(houses[k]).area)].append(zone)
    return [shapely.union_all(group) for group in groups.values()]


def _best_shares(drawn: list[BaseGeometry], generated: list[BaseGeometry]) -> Iterator[float]:
    tree = shapely.STRtree(generated)
    for zone in drawn:
        near = [generated[k] for k in tree.query(zone, predicate="intersects").tolist()]
        yield max((zone.intersection(g).area / zone.union(g).area for g in near), default=0.0)


@click.command(help=__doc__)
@click.option("--short", is_flag=True, help="几秒,数字无意义 / seconds; its figures mean nothing")
def main(short: bool) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
    for line in machine.describe(["python", "-m", "bench.generator", *sys.argv[1:]]):
        console.print(line, highlight=False, soft_wrap=True)
    runs = [run_apart(count) for count in (SHORT_SIZES if short else SIZES)]
    console.print(_growth_table(runs))
    console.print(_likeness_table())
    missed = [] if short else missed_targets(runs)
    if missed:
        console.print("未达到 / missed: " + "; ".join(missed), style="red")
        sys.exit(1)


def missed_targets(runs: list[Run]) -> list[str]:
    """What was promised and not kept."""
    missed = [f"{run.buildings}: {run.overlaps} overlaps" for run in runs if run.overlaps]
    by_size = {run.buildings: run for run in runs}
    middle, largest = by_size[TARGET_BUILDINGS], max(runs, key=lambda run: run.buildings)
    if middle.seconds > TARGET_S:
        missed.append(f"{middle.seconds:.1f} s > {TARGET_S:g} s")
    if middle.peak_mib > TARGET_MIB:
        missed.append(f"{middle.peak_mib:.0f} MiB > {TARGET_MIB:g} MiB")
    if _ms_each(largest) > TARGET_GROWTH * _ms_each(middle):
        missed.append(f"growth {_ms_each(largest) / _ms_each(middle):.2f} > {TARGET_GROWTH:g}")
    return missed


def _ms_each(run: Run) -> float:
    """Processor time: growth is the program's, not that of whatever else the machine does."""
    return run.processor_s / run.buildings * 1000.0


def _growth_table(runs: list[Run]) -> Table:
    table = Table(
        title="门前责任区生成 / frontage generator on drawn towns",
        caption=f"目标 targets: {TARGET_BUILDINGS:,} buildings under {TARGET_S:g} s and {TARGET_MIB:g} MiB; "
        f"ms a building at the largest size at most {TARGET_GROWTH:g} times that; "
        f"no two strips share over {OVERLAP_TARGET_M2:g} m²",
    )
    for column in ("建筑 buildings", "街道 streets", "责任区 strips", "发现 findings", "重叠 overlaps",
                   "秒 s", "处理器毫秒/栋 processor ms each", "峰值内存 peak MiB"):  # fmt: skip
        table.add_column(column, justify="right")
    for run in runs:
        table.add_row(
            f"{run.buildings:,}", f"{run.streets:,}", f"{run.strips:,}", f"{run.findings:,}", f"{run.overlaps}",
            f"{run.seconds:.2f}", f"{_ms_each(run):.3f}", f"{run.peak_mib:.0f}",
        )  # fmt: skip
    return table


def _likeness_table() -> Table:
    table = Table(title="演示区重画 / the demo's own strips drawn again (intersection over union)")
    for column in (
        "依据 from",
        "原有 drawn",
        "生成 generated",
        "中位 median",
        "≥ 0.95",
        "≥ 0.9",
        "≥ 0.5",
        "未遇 none",
    ):
        table.add_column(column, justify="right")
    for lines, label in ((False, "建筑、街道 / houses, streets"), (True, "另加权属线 / and property lines")):
        found = demo_likeness(property_lines=lines)
        table.add_row(
            label, f"{found.zones:,}", f"{found.generated:,}", f"{statistics.median(found.shares):.3f}",
            *(f"{found.over(share):.1%}" for share in (0.95, 0.9, 0.5)), f"{1.0 - found.over(1e-9):.1%}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    main()
