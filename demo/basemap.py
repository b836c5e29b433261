"""Draws what lies under the zones for the later base map: streets, side lanes, country roads and houses.

Country roads join the towns along a shortest tree; blocks are filled by their use. Nothing here is matched
against: these layers are for the eye.
"""

from random import Random

from shapely import LineString, Polygon, get_parts, unary_union
from shapely.geometry import Point as ShapelyPoint

from demo.cells import inside, ring_between
from demo.features import Feature, line_feature, polygon_feature
from demo.frontages import cut_town
from demo.plane import Point, to_degrees
from demo.plots import HOUSE_M
from demo.town import Block, Street, Town, towns

STREET_STEP_M = 20.0
LANE_LENGTH_M = 24.0
YARD_M = 7.0
SLAB_DEPTH_M, SLAB_APART_M, SLAB_MAX_M = 10.0, 13.0, 46.0
ROAD_STEP_M = 180.0
ROAD_WIDTH_M = 12.0
REAL_ROAD_NAME = "通掘路"


def street_features() -> list[Feature]:
    """Centre lines with name, kind and width; country roads first, so that town streets lie on top."""
    features = _country_roads()
    for town in towns():
        features += [_street(town, street) for street in town.streets]
        features += _lanes(town)
    return features


def building_features() -> list[Feature]:
    """House outlines: shops' houses along the streets, then what stands inside the blocks."""
    features = []
    for town in towns():
        code = town.township.code
        random = Random(f"houses {code}")
        for block, cut in zip(town.blocks, cut_town(town), strict=True):
            rings = [(ring, "shops") for ring in cut.houses]
            rings += [(tuple(ring), block.use) for ring in _inside_houses(block, random)]
            for ring, use in rings:
                properties = {"township": code, "sample": True, "use": use}
                features.append(polygon_feature(town.frame.to_degrees(ring), properties))
    return features


def _street(town: Town, street: Street) -> Feature:
    start, end = town.reach_m(street.level)
    count = max(2, round((end - start) / STREET_STEP_M))
    stations = [start + (end - start) * step / count for step in range(count + 1)]
    points = [(along, street.at_m) if street.level else (street.at_m, along) for along in stations]
    road = _road(street.name, street.kind, street.carriageway_m, town.township.code)
    return line_feature(town.frame.to_degrees(points), road)


def _road(name: str | None, kind: str, width_m: float, township: str | None) -> dict[str, object]:
    return {"name": name, "kind": kind, "width_m": width_m, "township": township, "sample": True}


def _lanes(town: Town) -> list[Feature]:
    features = []
    for cut in cut_town(town):
        for lane in cut.lanes:
            ends = [lane.side.at(lane.middle_m, depth_m) for depth_m in (0.0, LANE_LENGTH_M)]
            road = _road(None, "lane", round(lane.width_m - 1.0, 1), town.township.code)
            features.append(line_feature(town.frame.to_degrees(ends), road))
    return features


def _inside_houses(block: Block, random: Random) -> list[list[Point]]:
    (x0, y0), (x1, y1) = inside(block, HOUSE_M + YARD_M)
    if block.use == "park" or block.use == "works" or x1 - x0 < 14.0 or y1 - y0 < SLAB_DEPTH_M:
        return []
    if block.use == "market":
        return [ring_between((x0 + 4.0, y0 + 4.0), (x1 - 4.0, y1 - 4.0))]
    rings = []
    y = y0
    while y + SLAB_DEPTH_M <= y1:
        x = x0
        while x1 - x >= 14.0:
            length_m = min(random.uniform(22.0, SLAB_MAX_M), x1 - x)
            rings.append(ring_between((x, y), (x + length_m, y + SLAB_DEPTH_M)))
            x += length_m + random.uniform(6.0, 10.0)
        y += SLAB_DEPTH_M + (SLAB_APART_M if block.use == "homes" else 2.2 * SLAB_APART_M)
    return rings


def _country_roads() -> list[Feature]:
    built_up = {town.township.code: _built_up(town) for town in towns()}
    features = []
    for index, (start, end) in enumerate(_tree()):
        line = LineString(_wander(start, end, Random(f"road {index}")))
        outside = line.difference(unary_union([built_up[town.township.code] for town in (start, end)]))
        longest = max(get_parts(outside), key=lambda part: float(part.length))
        codes = {start.township.code, end.township.code}
        named = codes == {"320612104", "320612107"}
        name = REAL_ROAD_NAME if named else f"{start.township.name[0]}{end.township.name[0]}线"
        features.append(line_feature(to_degrees(longest.coords), _road(name, "country", ROAD_WIDTH_M, None)))
    return features


def _built_up(town: Town) -> Polygon:
    (x0, x1), (y0, y1) = town.reach_m(True), town.reach_m(False)
    return Polygon([town.frame.to_plane(point) for point in ring_between((x0, y0), (x1, y1))])


def _seat(town: Town) -> ShapelyPoint:
    return ShapelyPoint(town.frame.seat_x_m, town.frame.seat_y_m)


def _tree() -> list[tuple[Town, Town]]:
    joined, left = [towns()[0]], list(towns()[1:])
    edges = []
    while left:
        start, end = min(
            ((known, new) for known in joined for new in left),
            key=lambda pair: (round(_seat(pair[0]).distance(_seat(pair[1]))), pair[1].township.code),
        )
        edges.append((start, end))
        joined.append(end)
        left.remove(end)
    return edges


def _wander(start: Town, end: Town, random: Random) -> list[Point]:
    a, b = _seat(start), _seat(end)
    length_m = a.distance(b)
    count = max(4, round(length_m / ROAD_STEP_M))
    push_m = random.uniform(-0.07, 0.07) * length_m
    side = (-(b.y - a.y) / length_m, (b.x - a.x) / length_m)
    points = []
    for step in range(count + 1):
        share = step / count
        bow_m = push_m * 4.0 * share * (1.0 - share)
        x, y = a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share
        points.append((x + side[0] * bow_m, y + side[1] * bow_m))
    return points
