"""The generated ground of the database parts: streets of shops, townships with long outlines, grid cells.

Made up and regular, so that only the number of zones changes from table to table: the district and the density along
a street stay. A block is 64 strips of 8 x 30 m on each side of a street 12 m wide; blocks are spread evenly
over 24 x 24 km. Lengths in metres of EPSG:4549, made by the database itself.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
import shapely

from geo.metric import MetricPlane

SRID = 4549
DISTRICT_CODE = "320612"
WEST_M, SOUTH_M = 588_000.0, 3_538_000.0
EXTENT_M = 24_000.0
STRIP_WIDTH_M, STRIP_DEPTH_M = 8.0, 30.0
STREET_HALF_M = 6.0
STRIPS_A_SIDE = 64
STRIPS_A_BLOCK = 2 * STRIPS_A_SIDE
PITCH_EAST_M, PITCH_NORTH_M = 600.0, 120.0
COLUMNS = int(EXTENT_M // PITCH_EAST_M)
BLOCKS_MAX = COLUMNS * int(EXTENT_M // PITCH_NORTH_M)
TOWNSHIPS_A_SIDE = 7
CATEGORY = "goods_on_pavement"
VALID_FROM = "2024-01-01"

# Built anew after the rows are in: row by row they cost more than everything else.
_LATER = {
    "zone_geom": "CREATE INDEX zone_geom ON zone USING gist (geom)",
    "zone_geom_3857": "CREATE INDEX zone_geom_3857 ON zone USING gist (geom_3857)",
    "zone_piece_piece": "CREATE INDEX zone_piece_piece ON zone_piece USING gist (piece)",
    "zone_piece_zone_id": "CREATE INDEX zone_piece_zone_id ON zone_piece (zone_id)",
}
BEFORE_FILLING = [
    "ALTER TABLE zone DROP CONSTRAINT zone_one_version_at_a_time",
    *(f"DROP INDEX {name}" for name in _LATER),
]
# Without the exclusion constraint, which only a change of zones asks: none happens here.
AFTER_FILLING = [*_LATER.values(), "VACUUM (ANALYZE) zone", "VACUUM (ANALYZE) zone_piece"]

# ORDER BY a geometry is along a Hilbert curve: neighbours lie on the same pages, as the import does it.
FILL_FRONTAGES = """
INSERT INTO zone (kind, code, version, name, township_code, valid, geom, source, sample)
SELECT 'frontage', 'F' || lpad(CAST(s.n AS text), 7, '0'), 1, '门前 ' || s.n,
  %(district)s || lpad(CAST(1
    + CAST(floor((s.x - %(west)s) * %(side)s / %(extent)s) AS integer)
    + %(side)s * CAST(floor((s.y - %(south)s) * %(side)s / %(extent)s) AS integer) AS text), 3, '0'),
  daterange(%(valid_from)s, NULL), s.geom, 'generated', true
FROM (
  SELECT b.n, b.x, b.y + CASE WHEN b.north THEN %(half)s ELSE -%(half)s - %(depth)s END AS y,
    ST_Transform(ST_MakeEnvelope(b.x, b.y + CASE WHEN b.north THEN %(half)s ELSE -%(half)s - %(depth)s END,
      b.x + %(width)s, b.y + CASE WHEN b.north THEN %(half)s + %(depth)s ELSE -%(half)s END, %(srid)s), 4326) AS geom
  FROM (
    SELECT i.n, i.n %% 2 = 0 AS north,
      %(west)s + %(pitch_east)s * (i.cell %% %(columns)s) + %(width)s * ((i.n %% %(per_block)s) / 2) AS x,
      %(south)s + %(pitch_north)s * (i.cell / %(columns)s + 0.5) AS y
    FROM (
      SELECT n, CAST(floor((n / %(per_block)s + 0.5) * %(blocks_max)s / %(blocks)s) AS integer) AS cell
      FROM generate_series(0, %(zones)s - 1) AS n) i) b) s
ORDER BY s.geom
"""
FILL_GRID = """
INSERT INTO zone (kind, code, version, name, township_code, valid, geom, source, sample)
SELECT 'grid', 'G' || e || '-' || n, 1, '网格 ' || e || '-' || n, NULL, daterange(%(valid_from)s, NULL),
  ST_Transform(ST_MakeEnvelope(%(west)s + %(pitch_east)s * e, %(south)s + %(pitch_east)s * n,
    %(west)s + %(pitch_east)s * (e + 1), %(south)s + %(pitch_east)s * (n + 1), %(srid)s), 4326), 'generated', true
FROM generate_series(0, %(columns)s - 1) AS e, generate_series(0, %(columns)s - 1) AS n
"""
FILL_TOWNSHIP = """
INSERT INTO zone (kind, code, version, name, township_code, valid, geom, source, sample)
VALUES ('township', %(code)s, 1, '镇街 ' || %(code)s, %(code)s, daterange(%(valid_from)s, NULL),
  ST_Transform(ST_SetSRID(ST_GeomFromWKB(%(wkb)s), %(srid)s), 4326), 'generated', true)
"""
FILL_CATEGORY = """
INSERT INTO category (code, name, name_en, duty, none_weights, list_id, list_version, valid, source, sample)
VALUES (%(category)s, '占道经营', 'goods on the pavement', 'order', '{"frontage": 0.05, "parking": 0.5}', 'bench', '1',
  daterange(%(valid_from)s, NULL), 'generated', true)
"""


def values(zones: int) -> dict[str, object]:
    """Parameters of the FILL statements for a table of `zones` frontage zones."""
    return {
        "zones": zones,
        "district": DISTRICT_CODE,
        "west": WEST_M,
        "south": SOUTH_M,
        "extent": EXTENT_M,
        "side": TOWNSHIPS_A_SIDE,
        "valid_from": VALID_FROM,
        "half": STREET_HALF_M,
        "depth": STRIP_DEPTH_M,
        "width": STRIP_WIDTH_M,
        "srid": SRID,
        "pitch_east": PITCH_EAST_M,
        "pitch_north": PITCH_NORTH_M,
        "columns": COLUMNS,
        "per_block": STRIPS_A_BLOCK,
        "blocks_max": BLOCKS_MAX,
        "blocks": blocks_of(zones),
        "category": CATEGORY,
    }


def blocks_of(zones: int) -> int:
    """Blocks that hold `zones` strips.

    Raises:
        ValueError: more than the ground has room for.
    """
    blocks = math.ceil(zones / STRIPS_A_BLOCK)
    if blocks > BLOCKS_MAX:
        raise ValueError(f"room for {BLOCKS_MAX * STRIPS_A_BLOCK} zones, not for {zones}")
    return blocks


def township_codes() -> list[str]:
    return [f"{DISTRICT_CODE}{number:03d}" for number in range(1, TOWNSHIPS_A_SIDE**2 + 1)]


def townships(vertices: int) -> dict[str, bytes]:
    """Outlines as WKB in the metric plane by code; neighbours share their wavy borders to the last bit.

    Args:
        vertices: of each ring, the closing one included: a multiple of four, and one.
    """
    along = np.arange((vertices - 1) // 4) / ((vertices - 1) // 4)
    found = {}
    for index, code in enumerate(township_codes()):
        row, column = divmod(index, TOWNSHIPS_A_SIDE)
        ring: list[np.ndarray] = [
            _border(along, column, row),
            _border(along, row, column + 1)[:, ::-1],
            _far_corner(column, row),
            _border(along, column, row + 1)[:0:-1],
            _far_corner(column - 1, row),
            _border(along, row, column)[:0:-1, ::-1],
            _far_corner(column - 1, row - 1),
        ]
        found[code] = shapely.to_wkb(shapely.Polygon(np.vstack(ring) + [WEST_M, SOUTH_M]))
    return found


def _border(along: np.ndarray, step: int, line: int) -> np.ndarray:
    """The border on grid line `line` from corner `step` to the next, without its end: metres along, metres across."""
    side_m = EXTENT_M / TOWNSHIPS_A_SIDE
    # Waves of 20 m that vanish at the corners, so that four borders meet in one point.
    wave_m = 14.0 * np.sin(2 * np.pi * 7 * along) + 6.0 * np.sin(2 * np.pi * 61 * along)
    return np.column_stack([(step + along) * side_m, line * side_m + wave_m])


def _far_corner(column: int, row: int) -> np.ndarray:
    side_m = EXTENT_M / TOWNSHIPS_A_SIDE
    return np.array([[(column + 1) * side_m, (row + 1) * side_m]])


@dataclass(frozen=True)
class Spot:
    """A place an officer stands at: metres of the plane, degrees of WGS-84."""

    x_m: float
    y_m: float
    lon: float
    lat: float


class Streets:
    """Places in the streets of a table of `zones` strips, at random or one after another."""

    def __init__(self, zones: int) -> None:
        self._blocks = blocks_of(zones)
        self._plane = MetricPlane(SRID)

    def at(self, block: int, along_m: float, across_m: float) -> Spot:
        """A place `along_m` east of the start of a block and `across_m` north of the middle of its street."""
        cell = int((block % self._blocks + 0.5) * BLOCKS_MAX / self._blocks)
        x_m = WEST_M + PITCH_EAST_M * (cell % COLUMNS) + along_m
        y_m = SOUTH_M + PITCH_NORTH_M * (cell // COLUMNS + 0.5) + across_m
        return Spot(x_m, y_m, *self._plane.inverse(x_m, y_m))

    def anywhere(self, random_: random.Random) -> Spot:
        """A place in a block drawn by lot, in the street or up to 9 m into a strip."""
        half_m = STREET_HALF_M + 9.0
        length_m = STRIPS_A_SIDE * STRIP_WIDTH_M
        return self.at(
            random_.randrange(self._blocks), random_.uniform(0, length_m), random_.uniform(-half_m, half_m)
        )
