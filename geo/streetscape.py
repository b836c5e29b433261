"""What the frontage generator is given: buildings, streets, property lines, special areas and every limit.

Everything lies in one metric plane (`geo.metric` makes it) and is checked once, all mistakes together, so the
steps behind can trust it. As in `geo.guard` a shape is taken as sent or not at all: nothing is made valid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

GeometryArray: TypeAlias = NDArray[np.object_]

AT_LIMIT_M = 1e-6
"""What is measured at the very limit of a setting is within it, whichever way rounding goes."""


class Pavement(StrEnum):
    """On which sides of a street, looking along its line, there is a pavement."""

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"
    NONE = "none"


class WidthMeans(StrEnum):
    """What a street's width was measured between."""

    KERB_TO_KERB = "kerb_to_kerb"
    WALL_TO_WALL = "wall_to_wall"


class AreaKind(StrEnum):
    """Areas that answer along their whole edge, by one responsible subject each."""

    SITE = "site"
    MARKET = "market"
    PARK = "park"
    SQUARE = "square"
    ESTATE = "estate"


@dataclass(frozen=True, slots=True)
class InputProblem:
    """One reason not to start: stable `code`, `path` such as `buildings[17]`, `message` for people (zh-CN
    first)."""

    code: str
    path: str
    message: str


class GeneratorInputRefused(ValueError):
    """The input cannot be used; `problems` lists what is wrong with it, `code` is that of the first."""

    def __init__(self, problems: Sequence[InputProblem]) -> None:
        self.problems = tuple(problems)
        self.code = self.problems[0].code
        super().__init__("; ".join(f"{p.code} at {p.path}: {p.message}" for p in self.problems[:5]))


@dataclass(frozen=True, slots=True)
class Building:
    """A building footprint. Buildings that name the same `operator` (a market in several halls) answer
    together."""

    id: str
    footprint: Polygon | MultiPolygon
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Street:
    """One stretch of a street's centre line; stretches with the same name that meet are joined.

    Args:
        name: None for a lane: its sides belong to nobody.
        width_m: between kerbs or between walls as `width_means` says; None for the default of
            `street_class`.
        left_kerb, right_kerb: surveyed kerbs, looking along the line; they win over the width.
    """

    id: str
    line: LineString
    name: str | None = None
    street_class: str = ""
    width_m: float | None = None
    width_means: WidthMeans = WidthMeans.KERB_TO_KERB
    pavement: Pavement = Pavement.BOTH
    left_kerb: LineString | None = None
    right_kerb: LineString | None = None


@dataclass(frozen=True, slots=True)
class PropertyLine:
    """A line between two properties; its street end tells where two strips meet."""

    id: str
    line: LineString


@dataclass(frozen=True, slots=True)
class Area:
    """A building site, market, park, square or estate; buildings inside it have no strip of their own."""

    id: str
    kind: AreaKind
    outline: Polygon | MultiPolygon


def _default_carriageways_m() -> Mapping[str, float]:
    return MappingProxyType(
        {
            "trunk": 24.0,
            "primary": 21.0,
            "secondary": 16.0,
            "tertiary": 11.0,
            "residential": 7.0,
            "unclassified": 7.0,
            "living_street": 5.0,
            "pedestrian": 6.0,
        }
    )


@dataclass(frozen=True, slots=True)
class GeneratorSettings:
    """Every limit of the generator, with its unit.

    Args:
        max_setback_m: a wall farther from the kerb has no front there.
        max_gap_m: a wider gap between neighbours is nobody's; 4 m is the width a fire engine needs, so a
            wider one may be a way through.
        min_front_m: a front seen for less is dropped and told.
        min_visible_share: a building of which the street sees a smaller share stands in a second row.
        max_wall_angle_deg: a wall that turns farther from the street's direction is a side wall.
        max_recess_m, max_court_m: a recess deeper than the first is a court; it is bridged where the mouth is
            no wider than the second, and so is a gap between two parts of one subject.
        min_width_m: what is left of contested ground narrower than this is a sliver.
        min_depth_m: a strip less deep than this is none; min_area_m2: a smaller strip is a sliver.
        corner_reach_m: how far a corner building's strip goes on to the kerb of the other street.
        pavement_m: depth of a pavement where only the width between walls is known.
        carriageway_m, default_carriageway_m: width between kerbs by street class where no width is known.
        lane_width_m: width of a lane where none is known.
        property_reach_m: a property line counts when its street end lies no farther behind the front than
            this.
        line_tolerance_m: a street line is simplified by this much; bend_tolerance_m: where a bend is too
            tight for the strip's depth, a vertex this far off the line is left out too.
        max_turn_deg: a street that turns more sharply is treated as two.
        max_joint_deg: stretches of one name that meet at a sharper turn are not joined.
        max_vertices: of one feature. max_features: of one kind. max_coordinate_m: absolute, of any vertex.
        overlap_tolerance_m2: strips that overlap by less do not overlap.

    Raises:
        GeneratorInputRefused: `setting_invalid` for a negative or non-finite value.
    """

    max_setback_m: float = 15.0
    max_gap_m: float = 4.0
    min_front_m: float = 1.5
    min_visible_share: float = 0.5
    max_wall_angle_deg: float = 60.0
    max_recess_m: float = 6.0
    max_court_m: float = 40.0
    min_depth_m: float = 0.1
    min_area_m2: float = 0.5
    min_width_m: float = 0.01
    corner_reach_m: float = 15.0
    pavement_m: float = 3.5
    default_carriageway_m: float = 7.0
    lane_width_m: float = 4.0
    property_reach_m: float = 3.0
    line_tolerance_m: float = 0.001
    bend_tolerance_m: float = 1.0
    max_turn_deg: float = 100.0
    max_joint_deg: float = 60.0
    max_vertices: int = 10_000
    max_features: int = 500_000
    max_coordinate_m: float = 1e8
    overlap_tolerance_m2: float = 1e-7
    carriageway_m: Mapping[str, float] = field(default_factory=_default_carriageways_m)

    def __post_init__(self) -> None:
        named = {
            name: value
            for name in self.__dataclass_fields__
            if isinstance(value := getattr(self, name), (int, float))
        }
        named.update({f"carriageway_m[{key}]": value for key, value in self.carriageway_m.items()})
        wrong = [name for name, value in named.items() if not (math.isfinite(value) and value >= 0.0)]
        if wrong:
            raise GeneratorInputRefused(
                [
                    InputProblem("setting_invalid", name, f"设置 {name} 无效 / setting {name} is invalid")
                    for name in wrong
                ]
            )


@dataclass(frozen=True, slots=True)
class Streetscape:
    """All that one run is about, in any order."""

    buildings: Sequence[Building]
    streets: Sequence[Street]
    property_lines: Sequence[PropertyLine] = ()
    areas: Sequence[Area] = ()


def array_of(shapes: Sequence[BaseGeometry] | GeometryArray) -> GeometryArray:
    """Geometries as the array shapely's vectorised functions want, an empty one too."""
    return np.array(list(shapes), dtype=np.object_)


_Shape = tuple[str, BaseGeometry | None]


def check_streetscape(scape: Streetscape, settings: GeneratorSettings) -> None:
    """Refuse a streetscape that cannot be used; all mistakes are told together, in the order of the input.

    Raises:
        GeneratorInputRefused: `too_many_features`, `id_missing`, `id_duplicate`, `geometry_type`,
            `geometry_empty`, `geometry_too_many_vertices`, `geometry_not_finite`, `geometry_out_of_range`,
            `geometry_invalid` (a ring that crosses itself, a line without length), `street_width_invalid`,
            `street_kerbs_crossed`.

    Error: none. 10,000 footprints take 0.1 s (measured); limits are checked before GEOS judges validity.

    Source: the codes follow `geo.guard`.

    >>> bow_tie = Polygon([(601033, 3550115), (601043, 3550125), (601043, 3550115), (601033, 3550125)])  # Jinsha
    >>> check_streetscape(Streetscape([Building("b1", bow_tie)], []), GeneratorSettings())
    Traceback (most recent call last):
    geo.streetscape.GeneratorInputRefused: geometry_invalid at buildings[b1]: 几何无效 / the geometry is invalid
    """
    polygons, lines = ("Polygon", "MultiPolygon"), ("LineString",)
    problems: list[InputProblem] = []
    layers: list[tuple[str, list[_Shape], tuple[str, ...]]] = [
        ("buildings", [(b.id, b.footprint) for b in scape.buildings], polygons),
        ("streets", [(s.id, s.line) for s in scape.streets], lines),
        ("property_lines", [(p.id, p.line) for p in scape.property_lines], lines),
        ("areas", [(a.id, a.outline) for a in scape.areas], polygons),
    ]
    for layer, shapes, types in layers:
        if len(shapes) > settings.max_features:
            problems.append(_problem("too_many_features", layer, "要素过多", "too many features"))
            continue
        problems += _id_problems(layer, [identity for identity, _ in shapes])
        problems += _shape_problems(layer, shapes, types, settings)
    kerbs: list[_Shape] = [
        (f"{s.id}].{side}_kerb", kerb)
        for s in scape.streets
        for side, kerb in (("left", s.left_kerb), ("right", s.right_kerb))
        if kerb is not None
    ]
    problems += _shape_problems("streets", kerbs, lines, settings)
    problems += _width_problems(scape.streets)
    if not problems:
        problems += _kerb_problems(scape.streets)
    if problems:
        raise GeneratorInputRefused(problems)


def _problem(code: str, path: str, zh: str, en: str) -> InputProblem:
    return InputProblem(code, path, f"{zh} / {en}")


def _path(layer: str, identity: str) -> str:
    return f"{layer}[{identity}" if "]." in identity else f"{layer}[{identity}]"


def _id_problems(layer: str, ids: Iterable[str]) -> list[InputProblem]:
    seen: set[str] = set()
    problems = []
    for place, identity in enumerate(ids):
        if not isinstance(identity, str) or not identity:
            problems.append(_problem("id_missing", f"{layer}[{place}]", "缺少标识", "an id is missing"))
        elif identity in seen:
            problems.append(_problem("id_duplicate", _path(layer, identity), "标识重复", "the id is taken"))
        seen.add(identity)
    return problems


_Test = Callable[[list[BaseGeometry]], Sequence[bool]]


def _shape_problems(
    layer: str, shapes: Sequence[_Shape], types: tuple[str, ...], settings: GeneratorSettings
) -> list[InputProblem]:
    """The first thing wrong with each shape; each test sees only what the tests before it let through."""
    tests: list[tuple[str, str, str, _Test]] = [
        ("geometry_type", "几何类型不符", f"only {', '.join(types)} are taken",
         lambda some: [getattr(shape, "geom_type", "") not in types for shape in some]),
        ("geometry_empty", "几何为空", "the geometry is empty", lambda some: list(shapely.is_empty(some))),
        ("geometry_too_many_vertices", "顶点过多", f"over {settings.max_vertices} vertices",
         lambda some: list(shapely.get_num_coordinates(some) > settings.max_vertices)),
        ("geometry_not_finite", "坐标不是有限数", "a coordinate is not finite",
         lambda some: [not np.isfinite(shapely.get_coordinates(shape)).all() for shape in some]),
        ("geometry_out_of_range", "坐标超出范围", "a coordinate is out of range",
         lambda some: [np.abs(shapely.get_coordinates(s)).max() > settings.max_coordinate_m for s in some]),
        ("geometry_invalid", "几何无效", "the geometry is invalid",
         lambda some: list(~shapely.is_valid(some) | (shapely.length(some) == 0.0))),
    ]  # fmt: skip
    left = list(shapes)
    problems = []
    for code, zh, en, test in tests:
        wrong = test([cast(BaseGeometry, shape) for _, shape in left]) if left else []
        problems += [
            _problem(code, _path(layer, identity), zh, en)
            for (identity, _), bad in zip(left, wrong, strict=True)
            if bad
        ]
        left = [item for item, bad in zip(left, wrong, strict=True) if not bad]
    return problems


def _width_problems(streets: Sequence[Street]) -> list[InputProblem]:
    return [
        _problem("street_width_invalid", f"streets[{s.id}]", "街道宽度无效", "the width is invalid")
        for s in streets
        if s.width_m is not None and not (math.isfinite(s.width_m) and s.width_m > 0.0)
    ]


def _kerb_problems(streets: Sequence[Street]) -> list[InputProblem]:
    return [
        _problem(
            "street_kerbs_crossed", f"streets[{s.id}]", "路缘与中心线相交", "a kerb crosses the centre line"
        )
        for s in streets
        if any(kerb is not None and kerb.crosses(s.line) for kerb in (s.left_kerb, s.right_kerb))
    ]
