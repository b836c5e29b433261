"""The fronts of every zone version that is patrolled: made where they are missing, held in memory to be looked up.

A front is made once and never changes, as a zone version does. Which version of the layers was read is one number
(`fronts_version_v1`): whoever relies on what is held compares it first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import shapely

from geo.sight import FOREVER, Fronts, cell_count, front_axis
from server.patrol.covering.wire import literal, ordinal

FRONTS_A_STEP = 5_000
"""Fronts made in one transaction: under a second, and others may write zones in between."""


@dataclass(frozen=True)
class HeldFronts:
    """All fronts as of one version of the layers. `lengths_m`: of the axis, by zone id."""

    version: int
    fronts: Fronts
    lengths_m: dict[int, float]


def make_missing(connection: psycopg.Connection[Any], street_within_m: float) -> int:
    """Make the front of every zone version that has none; returns how many.

    Args:
        connection: of the worker's role or the owner's, in autocommit.
        street_within_m: a street farther from a zone is not its street.
    """
    made = 0
    while rows := connection.execute(
        "SELECT zone_id, street, area, street_line FROM fronts_missing_v1(%s, %s)",
        (FRONTS_A_STEP, street_within_m),
        binary=True,
    ).fetchall():
        areas = shapely.from_wkb([row[2] for row in rows])
        streets = shapely.from_wkb([row[3] for row in rows])
        axes = [front_axis(area, street) for area, street in zip(areas, streets, strict=True)]
        lengths_m = [axis.length for axis in axes]
        connection.execute(
            "SELECT fronts_put_v1(%s, %s, %s, %s, %s)",
            (
                literal(row[0] for row in rows),
                [row[1] for row in rows],
                [shapely.to_wkb(axis) for axis in axes],
                literal(lengths_m),
                literal(cell_count(length_m) for length_m in lengths_m),
            ),
        )
        made += len(rows)
    return made


def load(connection: psycopg.Connection[Any]) -> HeldFronts:
    """All fronts, in the transaction of `connection` that also tells their version."""
    with connection.transaction():
        told = connection.execute("SELECT fronts_version_v1()").fetchone()
        rows = connection.execute(
            "SELECT zone_id, axis, length_m, valid_from, valid_to FROM fronts_v1()", binary=True
        ).fetchall()
    zone_ids = [row[0] for row in rows]
    fronts = Fronts(
        np.array(zone_ids, dtype=np.int64),
        shapely.from_wkb(np.array([row[1] for row in rows], dtype=object)),
        np.array([ordinal(row[3]) for row in rows], dtype=np.int64),
        np.array([ordinal(row[4]) or FOREVER for row in rows], dtype=np.int64),
    )
    lengths_m = dict(zip(zone_ids, (row[2] for row in rows), strict=True))
    return HeldFronts(told[0] if told else 0, fronts, lengths_m)
