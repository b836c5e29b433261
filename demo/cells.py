"""Draws grid cells (blocks from street centre to street centre) and sites (markets, building sites).

Cell codes follow a sample template, `{township}-G{number}`: the national layout of cell codes is not at hand
and none is invented here.
"""

import math
from functools import cache

from demo.features import Feature, polygon_feature
from demo.plane import Point
from demo.plots import HOUSE_M
from demo.town import Block, Street, Town, towns
from demo.townships import VALID_FROM

CELL_CODE_TEMPLATE = "{township}-G{number:04}"
STEP_M = 24.0
SITE_CLEAR_M = 4.0
SITE_LABELS = {"market": ("农贸市场", "market operator"), "works": ("建筑工地", "developer")}


@cache
def cell_features() -> tuple[Feature, ...]:
    """The grid layer: cells of one town share their edges exactly and cover all its streets."""
    features = []
    for town in towns():
        columns, rows = _lines(town.across, town.reach_m(True)), _lines(town.along, town.reach_m(False))
        corners = [
            ((x0, y0), (x1, y1))
            for y0, y1 in zip(rows, rows[1:], strict=False)
            for x0, x1 in zip(columns, columns[1:], strict=False)
        ]
        for number, (low, high) in enumerate(corners, start=1):
            features.append(_cell(town, number, low, high))
    return tuple(features)


@cache
def site_features() -> tuple[Feature, ...]:
    """The site layer: markets and building sites inside their blocks, behind the houses."""
    features: list[Feature] = []
    for town in towns():
        sites = [block for block in town.blocks if block.use in SITE_LABELS]
        for number, block in enumerate(sites, start=1):
            label, answers = SITE_LABELS[block.use]
            features.append(
                polygon_feature(
                    town.frame.to_degrees(ring_between(*inside(block, HOUSE_M + SITE_CLEAR_M))),
                    {
                        "code": f"{town.township.code}-S{number:04d}",
                        "name": f"{town.township.name[:2]}示例{label}",
                        "township": town.township.code,
                        "valid_from": VALID_FROM,
                        "sample": True,
                        "site_kind": "market" if block.use == "market" else "building_site",
                        "answers": answers,
                    },
                )
            )
    return tuple(features)


def cell_code_template() -> dict[str, object]:
    """The template as a file that the product imports."""
    return {
        "template": CELL_CODE_TEMPLATE,
        "valid_from": VALID_FROM,
        "sample": True,
        "note_zh": "示例模板：非国家或地方标准编码，仅供演示。",
        "note_en": "Sample template, neither a national nor a local standard.",
        "source": "Written for the demo.",
    }


def inside(block: Block, behind_m: float) -> tuple[Point, Point]:
    """Low and high corner of what is left of a block `behind_m` metres behind its building lines."""
    south, east, north, west = (side.pavement_m + behind_m for side in block.sides)
    return (block.low[0] + west, block.low[1] + south), (block.high[0] - east, block.high[1] - north)


def ring_between(low: Point, high: Point) -> list[Point]:
    """Open ring of a rectangle with a corner every 24 m: the same corners from either side of an edge."""
    (x0, y0), (x1, y1) = low, high
    xs, ys = _stations(x0, x1), _stations(y0, y1)
    return [
        *((x, y0) for x in xs[:-1]),
        *((x1, y) for y in ys[:-1]),
        *((x, y1) for x in reversed(xs[1:])),
        *((x0, y) for y in reversed(ys[1:])),
    ]


def _stations(start: float, end: float) -> list[float]:
    pieces = max(1, math.ceil((end - start) / STEP_M))
    return [start + (end - start) * step / pieces for step in range(pieces)] + [end]


def _lines(streets: tuple[Street, ...], reach_m: tuple[float, float]) -> list[float]:
    return [reach_m[0], *(street.at_m for street in streets), reach_m[1]]


def _cell(town: Town, number: int, low: Point, high: Point) -> Feature:
    code = CELL_CODE_TEMPLATE.format(township=town.township.code, number=number)
    return polygon_feature(
        town.frame.to_degrees(ring_between(low, high)),
        {
            "code": code,
            "name": f"{town.township.name}示例网格{number:02d}",
            "township": town.township.code,
            "valid_from": VALID_FROM,
            "sample": True,
            "code_template": CELL_CODE_TEMPLATE,
        },
    )
