"""What matching is given: the observation, the candidate zones, and the settings and weights that judge them.

Lengths are metres of one metric plane and bearings are grid bearings; `geo.metric` makes both. Values are
checked here once, so the steps behind can trust them. Default figures were tuned with bench/calibration.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

GeometryArray: TypeAlias = NDArray[np.object_]


class Kind(StrEnum):
    """Kinds of zone; the value is what is stored and sent."""

    TOWNSHIP = "township"
    COMMUNITY = "community"
    GRID = "grid"
    FRONTAGE = "frontage"
    PARKING = "parking"
    SITE = "site"
    SERVICE_POINT = "service_point"


COVERING_KINDS = (Kind.TOWNSHIP, Kind.COMMUNITY, Kind.GRID)
"""Kinds that share the whole district out between them: a point beside one is outside, never `near`."""

PLACE_KINDS = (Kind.FRONTAGE, Kind.PARKING, Kind.SITE, Kind.SERVICE_POINT)
"""Kinds a thing may lie in or not, that a hint may name and that appear among the ranked candidates."""

CHOOSING_KINDS = (Kind.FRONTAGE, Kind.PARKING, Kind.SITE)
"""Kinds whose chosen zone decides the township."""


class HintHow(StrEnum):
    """How the officer named a zone: by the QR code at its door, or by picking it on the map."""

    QR = "qr"
    PICKED = "picked"


class MatchInputRefused(ValueError):
    """An observation, weight or setting that cannot be one: stable `code`, `message` for people (zh-CN
    first)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class ZoneHint:
    """The zone the officer named, and how."""

    code: str
    how: HintHow

    def __post_init__(self) -> None:
        object.__setattr__(self, "how", HintHow(self.how))


@dataclass(frozen=True, slots=True)
class Observation:
    """Where the officer's device says it was, in the metric plane.

    Args:
        x_m, y_m: easting and northing of the fix in metres.
        accuracy_m: radius in metres of the circle holding `accuracy_share` of a two-dimensional isotropic
            Gaussian; >= 0.
        bearing_deg: where the camera looked, grid bearing in degrees clockwise from the y axis, or None.
        hint: the zone the officer named, or None.
        accuracy_share: 0.68 unless the device says otherwise; over 0 and under 1.

    Raises:
        MatchInputRefused: `observation_not_finite`, `accuracy_negative`, `accuracy_share_out_of_range`.
    """

    x_m: float
    y_m: float
    accuracy_m: float
    bearing_deg: float | None = None
    hint: ZoneHint | None = None
    accuracy_share: float = 0.68

    def __post_init__(self) -> None:
        numbers = (self.x_m, self.y_m, self.accuracy_m, self.accuracy_share, self.bearing_deg or 0.0)
        if not all(math.isfinite(number) for number in numbers):
            raise MatchInputRefused(
                "observation_not_finite", "观测值不是有限数 / the observation is not finite"
            )
        if self.accuracy_m < 0.0:
            raise MatchInputRefused("accuracy_negative", "定位精度为负 / the accuracy is negative")
        if not 0.0 < self.accuracy_share < 1.0:
            raise MatchInputRefused(
                "accuracy_share_out_of_range",
                "精度置信度须在 0 与 1 之间 / accuracy_share must lie between 0 and 1",
            )


@dataclass(frozen=True, slots=True)
class Candidate:
    """One zone, or one piece of a subdivided zone, near the fix.

    Args:
        kind, code, name, version: the zone's identity; rows equal in kind, code and version are pieces of one
            zone.
        township: code of the township that answers for the zone, or None when unknown.
        distance_m: metres from the fix to the zone, 0 inside; of pieces the smallest counts.
        geometry: shapely geometry in the metric plane; a Point for service points.
    """

    kind: Kind
    code: str
    name: str
    version: int
    township: str | None
    distance_m: float
    geometry: BaseGeometry

    def __post_init__(self) -> None:
        # Looking a member up costs as much as the rest of this; a layer's rows come with members already.
        if type(self.kind) is not Kind:
            object.__setattr__(self, "kind", Kind(self.kind))
        if not (math.isfinite(self.distance_m) and self.distance_m >= 0.0):
            raise MatchInputRefused(
                "distance_invalid", f"{self.code} 的距离无效 / the distance of {self.code} is invalid"
            )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on a verdict is `certain` or `likely`."""

    certain: float = 0.8
    likely: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.likely <= self.certain <= 1.0:
            raise MatchInputRefused(
                "thresholds_disordered",
                "阈值须满足 0 < likely ≤ certain ≤ 1 / need 0 < likely <= certain <= 1",
            )


def _none_weights() -> Mapping[Kind, float]:
    return MappingProxyType({Kind.FRONTAGE: 0.1})


@dataclass(frozen=True, slots=True)
class CategoryWeights:
    """What a category says about the kinds of place its things lie in.

    Args:
        none_weight: for a kind, how likely a square metre outside every zone of the kind holds such a thing,
            against a square metre inside one. 1 says nothing; 0.1 says ten times as likely inside; a kind
            not named has 1. Frontage has 0.1 by default.

    Raises:
        MatchInputRefused: `none_weight_invalid` for a negative or non-finite weight. 0, "surely in one", is
            taken: `MatchSettings.doubt_share` keeps a stray sample from becoming a certainty.
    """

    none_weight: Mapping[Kind, float] = field(default_factory=_none_weights)

    def __post_init__(self) -> None:
        for kind, weight in self.none_weight.items():
            if not (math.isfinite(weight) and weight >= 0.0):
                raise MatchInputRefused(
                    "none_weight_invalid", f"{kind} 的权重无效 / the weight of {kind} is invalid"
                )

    def of(self, kind: Kind) -> float:
        """The weight of "in none of this kind"."""
        return self.none_weight.get(kind, 1.0)


def _no_thresholds() -> Mapping[Kind, Thresholds]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Every limit of matching, with its unit; a kind may override the thresholds.

    Args:
        accuracy_floor_m: a device that claims to be better is not believed.
        standing_spread_m: one-axis spread of the thing around the officer when no bearing tells where the
            camera looked.
        camera_distance_m, camera_distance_spread_m: mean and standard deviation of the log-normal distance
            from the officer to the thing along a bearing.
        bearing_spread_deg: standard deviation of the compass.
        hint_factor_qr, hint_factor_picked: how many times likelier a believed hint makes its zone.
        hint_floor_share: the share a believed hint's zone has at least, since a fix can err by more than it
            says.
        hint_far_m: a hint whose zone lies farther from the fix is not believed.
        near_limit_m, near_accuracies: a zone that was not hit is near within the larger of the limit and so
            many accuracies.
        doubt_share: a share kept for "this reading of fix and category is wrong altogether", so that a few
            stray samples, or a category that excludes everything else, never make a certainty. Not for kinds
            that cover the district.
        hit_min_probability: a zone under it counts as not hit.
        max_candidates: length of the ranked list.
        default_thresholds, thresholds: from where on a verdict is certain or likely; the second by kind.

    Raises:
        MatchInputRefused: `setting_invalid` for a negative or non-finite value, or 0 where 0 has no meaning.
    """

    accuracy_floor_m: float = 1.0
    standing_spread_m: float = 5.0
    camera_distance_m: float = 9.0
    camera_distance_spread_m: float = 6.0
    bearing_spread_deg: float = 15.0
    hint_factor_qr: float = 1000.0
    hint_factor_picked: float = 30.0
    hint_floor_share: float = 0.01
    hint_far_m: float = 300.0
    near_limit_m: float = 50.0
    near_accuracies: float = 3.0
    doubt_share: float = 0.1
    hit_min_probability: float = 0.05
    max_candidates: int = 8
    default_thresholds: Thresholds = Thresholds()
    thresholds: Mapping[Kind, Thresholds] = field(default_factory=_no_thresholds)

    def __post_init__(self) -> None:
        positive = (
            "accuracy_floor_m",
            "camera_distance_m",
            "hint_factor_qr",
            "hint_factor_picked",
            "max_candidates",
        )
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if not isinstance(value, (int, float)):
                continue
            if not math.isfinite(value) or value < 0 or (name in positive and value == 0):
                raise MatchInputRefused("setting_invalid", f"设置 {name} 无效 / setting {name} is invalid")

    def near_m(self, accuracy_m: float) -> float:
        """The distance in metres within which a zone that was not hit is still told."""
        return max(self.near_limit_m, self.near_accuracies * accuracy_m)

    def thresholds_of(self, kind: Kind) -> Thresholds:
        """The kind's own thresholds, else the default ones."""
        return self.thresholds.get(kind, self.default_thresholds)


def geometries_from_wkb(wkb: Sequence[str] | Sequence[bytes]) -> list[BaseGeometry]:
    """Shapely geometries of many WKB values (hex text or bytes) in one vectorised call, in the same order.

    An SRID in EWKB is ignored: the caller asked for the metric plane. Raises shapely.errors.GEOSException for
    damaged WKB.

    >>> [g.wkt for g in geometries_from_wkb(["0101000000000000000000F03F0000000000000040"])]
    ['POINT (1 2)']
    """
    if not len(wkb):
        return []
    parsed: GeometryArray = np.atleast_1d(shapely.from_wkb(np.array(wkb, dtype=object)))
    return list(parsed)
