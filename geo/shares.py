"""How many samples lie in which zone, for all candidates at once.

Pieces of one zone are put together first, and a sample that several zones of a kind claim, on a shared edge
or in an overlap, is split evenly between them, so the shares of a kind and the share of "in none" always make
1. What a share means is judged in `geo.verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.observation import Candidate, Kind
from geo.samples import Samples

BoolArray: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ZoneShare:
    """A zone, put together from its pieces, with the share (0 to 1) of samples in it and its distance from
    the fix."""

    kind: Kind
    code: str
    name: str
    version: int
    township: str | None
    distance_m: float
    share: float


@dataclass(frozen=True, slots=True)
class KindShares:
    """All zones of one kind, in the order of code and version, and the share of samples in none of them."""

    kind: Kind
    zones: tuple[ZoneShare, ...]
    none_share: float


def share_out(candidates: Sequence[Candidate], samples: Samples) -> dict[Kind, KindShares]:
    """Share the samples out between the zones, kind by kind.

    A sample on a zone's edge is in the zone; claimed by n zones of a kind it counts 1/n for each. An empty
    geometry and a Point hold no sample. The order of the candidates does not matter.

    Returns:
        One entry for each kind that has a candidate.

    >>> from geo.observation import MatchSettings, Observation
    >>> from geo.samples import place_samples
    >>> west = shapely.box(601000, 3550000, 601033, 3550200)
    >>> east = shapely.box(601033, 3550000, 601066, 3550200)
    >>> pair = [Candidate(Kind.TOWNSHIP, c, c, 1, None, 0.0, g) for c, g in (("a", west), ("b", east))]
    >>> on_the_edge = Observation(601033, 3550115, 3.0)  # Jinsha
    >>> found = share_out(pair, place_samples(on_the_edge, MatchSettings()))
    >>> [zone.share for zone in found[Kind.TOWNSHIP].zones], found[Kind.TOWNSHIP].none_share
    ([0.5, 0.5], 0.0)
    """
    if not candidates:
        return {}
    hits = _hits(candidates, samples)
    pieces: dict[tuple[Kind, str, int], list[int]] = {}
    for row, candidate in enumerate(candidates):
        pieces.setdefault((candidate.kind, candidate.code, candidate.version), []).append(row)
    by_kind: dict[Kind, list[list[int]]] = {}
    for key in sorted(pieces):
        by_kind.setdefault(key[0], []).append(pieces[key])
    return {kind: _share_kind(kind, zones, candidates, hits) for kind, zones in by_kind.items()}


def _share_kind(
    kind: Kind, zones: list[list[int]], candidates: Sequence[Candidate], hits: BoolArray
) -> KindShares:
    if all(len(rows) == 1 for rows in zones):
        inside = hits[[rows[0] for rows in zones]]
    else:
        inside = np.array([hits[rows].any(axis=0) for rows in zones])
    counts, none = _counts(inside)
    total = hits.shape[1]
    shares = [
        _zone_share([candidates[row] for row in rows], count / total)
        for rows, count in zip(zones, counts, strict=True)
    ]
    return KindShares(kind, tuple(shares), none / total)


def _counts(inside: BoolArray) -> tuple[list[float], int]:
    """Samples of each zone, one claimed by n zones counting 1/n, and samples in none."""
    if len(inside) == 1:
        alone = int(np.count_nonzero(inside))
        return [float(alone)], inside.size - alone
    claims = inside.sum(axis=0)
    most, none = int(claims.max()), inside.shape[1] - int(np.count_nonzero(claims))
    if most <= 1:
        return [float(count) for count in inside.sum(axis=1).tolist()], none
    # Whole samples are added up by number of claims, so no order of floating additions can change a digit.
    by_claims = [(n, (inside & (claims == n)).sum(axis=1).tolist()) for n in range(1, most + 1)]
    return [sum(counts[row] / n for n, counts in by_claims) for row in range(len(inside))], none


def _zone_share(pieces: list[Candidate], share: float) -> ZoneShare:
    nearest = pieces[0] if len(pieces) == 1 else min(pieces, key=lambda piece: piece.distance_m)
    return ZoneShare(
        nearest.kind, nearest.code, nearest.name, nearest.version, nearest.township, nearest.distance_m, share
    )


def _hits(candidates: Sequence[Candidate], samples: Samples) -> BoolArray:
    """Which sample lies in or on which candidate, shape (candidates, samples)."""
    geometries = np.array([candidate.geometry for candidate in candidates], dtype=object)
    x, y = samples.x_m, samples.y_m
    hull = shapely.box(x.min(), y.min(), x.max(), y.max())
    # Three steps, cheapest first, leave GEOS a twentieth of the pairs: a zone around all samples (the
    # township, nearly always), a sample outside a zone's box, and only then the rings. An empty geometry
    # meets nothing. Geometries are not prepared: that would change objects of the caller, who may share them
    # between threads.
    whole = shapely.covers(geometries, hull)
    hits: BoolArray = np.repeat(whole[:, None], len(x), axis=1)
    crossed = np.flatnonzero(shapely.intersects(geometries, hull) & ~whole)
    west, south, east, north = shapely.bounds(geometries[crossed]).T[:, :, None]
    rows, columns = np.nonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    rows = crossed[rows]
    hits[rows, columns] = shapely.intersects_xy(geometries[rows], x[columns], y[columns])
    return hits
