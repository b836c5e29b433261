"""Proposals to mend a shape, worked out in a fork that is killed when one shape takes too long.

A polygon of ten thousand vertices that cross each other can hold a processor for minutes inside one library call, which
nothing but the end of its process interrupts; the others are mended all the same, and that one has no proposal.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

_HEAD = struct.Struct("<IQ")


def polygonal(shape: BaseGeometry | None) -> BaseGeometry | None:
    """The polygons of a shape as one Polygon or MultiPolygon; None when there are none.

    >>> polygonal(shapely.from_wkt("GEOMETRYCOLLECTION (POINT (0 0), POLYGON ((0 0, 1 0, 1 1, 0 0)))")).geom_type
    'Polygon'
    """
    if shape is None or shape.geom_type in ("Polygon", "MultiPolygon"):
        return None if shape is None or shape.is_empty else shape
    parts = [
        part
        for part in shapely.get_parts(shape)
        if part.geom_type in ("Polygon", "MultiPolygon", "GeometryCollection")
    ]
    flat = [one for part in parts if (found := polygonal(part)) for one in shapely.get_parts(found)]
    if not flat:
        return None
    whole: Any = flat[0] if len(flat) == 1 else MultiPolygon(flat)
    return whole if whole.is_valid or len(flat) == 1 else shapely.union_all(flat)


def mended(shapes: Sequence[BaseGeometry], *, each_s: float, total_s: float) -> list[BaseGeometry | None]:
    """A valid polygon for each shape by shapely.make_valid, None where there is none or it takes too long.

    Args:
        each_s: wall time one shape may take. total_s: of all; what is left over then has no proposal.
    """
    found: list[BaseGeometry | None] = [None] * len(shapes)
    ends_s = time.monotonic() + total_s
    start = 0
    while start < len(shapes) and time.monotonic() < ends_s:
        start = _one_fork(shapes, start, found, each_s, ends_s) + 1
    return found


def _one_fork(
    shapes: Sequence[BaseGeometry], start: int, found: list[BaseGeometry | None], each_s: float, ends_s: float
) -> int:
    """Mend from `start` on; returns the last position that is done with, well or badly."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        _be_fork(shapes, start, into)
    os.close(into)
    position = start
    try:
        with os.fdopen(out, "rb", buffering=0) as stream:
            while position < len(shapes):
                record = _record(stream.fileno(), min(time.monotonic() + each_s, ends_s))
                if record is None:
                    return position
                found[position] = shapely.from_wkb(record) if record else None
                position += 1
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return position


def _be_fork(shapes: Sequence[BaseGeometry], start: int, into: int) -> None:
    try:
        for position in range(start, len(shapes)):
            shape = polygonal(shapely.make_valid(shapes[position]))
            data = b"" if shape is None or not shape.is_valid or shape.area <= 0 else shapely.to_wkb(shape)
            os.write(into, _HEAD.pack(position, len(data)))
            view = memoryview(data)
            while view:
                view = view[os.write(into, view) :]
    finally:
        os._exit(0)


def _record(file: int, deadline_s: float) -> bytes | None:
    head = _exactly(file, _HEAD.size, deadline_s)
    return None if head is None else _exactly(file, _HEAD.unpack(head)[1], deadline_s)


def _exactly(file: int, size: int, deadline_s: float) -> bytes | None:
    data = b""
    while len(data) < size:
        ready, _, _ = select.select([file], [], [], max(0.0, deadline_s - time.monotonic()))
        piece = os.read(file, min(size - len(data), 1 << 20)) if ready else b""
        if not piece:
            return None
        data += piece
    return data


def without_crumbs(shape: BaseGeometry | None, area_min: float) -> BaseGeometry | None:
    """A polygonal shape without parts smaller than `area_min`: what a cut leaves along a border is nobody's zone."""
    whole = polygonal(shape)
    if whole is None:
        return None
    parts = shapely.get_parts(whole)
    large = parts[shapely.area(parts) >= area_min]
    if len(large) == 0:
        return None
    return large[0] if len(large) == 1 else MultiPolygon(list(np.asarray(large, dtype=object)))
