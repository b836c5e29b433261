"""What strips are drawn from: the features of one file in metres of the district's plane, as any format told them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from shapely.geometry.base import BaseGeometry

from server.places.foreign import archive, formats
from server.places.foreign.formats import Shapes
from server.places.foreign.placing import Placing, Plane, declare


@dataclass(frozen=True)
class Features:
    """One file.

    Attributes:
        attributes: of each feature, by the names of the file. shapes: metres of the plane; None where there is none.
    """

    attributes: Sequence[Mapping[str, Any]]
    shapes: Shapes

    def each(self) -> Iterator[tuple[int, Mapping[str, Any], BaseGeometry | None]]:
        """Position, attributes and shape of every feature."""
        yield from zip(range(len(self.attributes)), self.attributes, self.shapes, strict=True)


def read_features(
    file: IO[bytes], folder: Path, plane: Plane, *, datum: str | None, limits: Mapping[str, Any]
) -> Features:
    """The features of a file in any format an import reads.

    Args:
        folder: empty, to unpack into. datum: declared; None for what the file says.
        limits: unpacked_max_bytes, features_max, vertices_max.
    Raises:
        FileRefused.
    """
    found = archive.unpack(file, folder, bytes_max=limits["unpacked_max_bytes"])
    raw = formats.read(
        found,
        encoding=None,
        layer=None,
        features_max=limits["features_max"],
        vertices_max=limits["vertices_max"],
    )
    plain = raw.crs is None or raw.crs.to_epsg() == 4326
    declared = declare(raw.crs, crs=None, datum=datum, rfc7946=found.format in ("geojson", "kml") and plain)
    placing = Placing(declared)
    return Features(raw.attributes, plane.metric(placing.wgs84(placing.degrees(raw.shapes))))
