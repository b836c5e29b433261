"""Features of a layer file as they stand in it: attributes, shapes, and the CRS it claims for itself.

GeoJSON is read by our own JSON reader, so that attributes keep their types and a broken ring keeps its place; all other
formats go through pyogrio (GDAL). Nothing is judged here but whether the file can be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from server.places.foreign.archive import Found
from server.places.foreign.faults import FileRefused
from server.places.gdal import pyogrio

Shapes = NDArray[np.object_]
_WKT_COLUMNS = ("wkt", "geom", "geometry", "the_geom", "geom_wkt", "坐标串", "边界")
_CRS_NAME = re.compile(
    r"(?:urn:ogc:def:crs:)?(?P<authority>EPSG|OGC):(?:[^:]*:)?(?P<code>[A-Za-z0-9]+)", re.IGNORECASE
)
_DRIVERS = {"gpkg": ("GPKG",), "shp": ("ESRI Shapefile",), "kml": ("LIBKML", "KML"), "csv": ("CSV",)}
# What GDAL makes of a KML that is about looks and views, not about the place.
_KML_NOISE = frozenset(
    {
        "timestamp",
        "begin",
        "end",
        "altitudeMode",
        "tessellate",
        "extrude",
        "visibility",
        "drawOrder",
        "icon",
        "snippet",
    }
)


@dataclass(frozen=True)
class Raw:
    """A layer as it stands in its file.

    Attributes:
        attributes: of each feature, by the names of the file; JSON values.
        shapes: shapely geometries in the coordinates of the file, None where there is none or it cannot be built.
        unbuilt: what stood where a shape could not be built, by position; GeoJSON only.
        oversized: vertices of shapes too large to be built at all, by position; GeoJSON only.
        crs: what the file says of itself; None when it says nothing.
    """

    attributes: list[dict[str, Any]]
    shapes: Shapes
    unbuilt: dict[int, Any]
    crs: CRS | None
    encoding: str | None
    layer: str | None
    oversized: dict[int, int] = field(default_factory=dict)


def read(
    found: Found, *, encoding: str | None, layer: str | None, features_max: int, vertices_max: int
) -> Raw:
    """All features of a layer file.

    Raises:
        FileRefused: import_unreadable, import_empty, import_layers_several, import_datum_mixed,
            import_too_many_zones, import_crs_unknown, import_column_unknown (a CSV without WKT).
    """
    if found.format == "geojson":
        raw = _geojson(found.path, vertices_max)
    else:
        raw = _through_gdal(found, encoding, layer, features_max)
    if not raw.attributes:
        raise FileRefused("import_empty")
    if len(raw.attributes) > features_max:
        raise FileRefused("import_too_many_zones", zones=len(raw.attributes), zones_max=features_max)
    return raw


def _geojson(path: Path, vertices_max: int) -> Raw:
    try:
        value = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise FileRefused("import_unreadable", detail=f"not JSON: {error.msg} at byte {error.pos}") from error
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list) or value.get("type") != "FeatureCollection":
        raise FileRefused("import_unreadable", detail="not a GeoJSON FeatureCollection")
    claimed = {name for name in map(_claimed_crs, [value, *features]) if name}
    if len(claimed) > 1:
        raise FileRefused("import_datum_mixed", named=sorted(claimed)[:5])
    attributes, texts = [], []
    for feature in features:
        whole = isinstance(feature, dict)
        given = feature.get("properties") if whole else None
        attributes.append(given if isinstance(given, dict) else {})
        texts.append(feature.get("geometry") if whole else None)
    counts = {n: _positions(text) for n, text in enumerate(texts)}
    oversized = {n: count for n, count in counts.items() if count > vertices_max}
    shapes = _built([None if n in oversized else text for n, text in enumerate(texts)])
    unbuilt = {n: texts[n] for n in range(len(texts)) if shapes[n] is None and texts[n] is not None}
    crs = _crs(next(iter(claimed))) if claimed else CRS.from_epsg(4326)
    return Raw(attributes, shapes, unbuilt, crs, "utf-8", None, oversized)


def _positions(geometry: Any) -> int:
    """How many positions a GeoJSON geometry has: those of its rings, by their lengths alone."""
    told = geometry.get("coordinates") if isinstance(geometry, dict) else None
    rings = told if isinstance(told, list) else []
    if rings and isinstance(rings[0], list) and rings[0] and isinstance(rings[0][0], list):
        polygons = rings if _deep(rings[0][0]) else [rings]
        return sum(
            len(ring)
            for polygon in polygons
            if isinstance(polygon, list)
            for ring in polygon
            if _listed(ring)
        )
    return len(rings)


def _deep(ring: list[Any]) -> bool:
    return bool(ring) and isinstance(ring[0], list)


def _listed(value: Any) -> bool:
    return isinstance(value, list)


def _claimed_crs(part: Any) -> str | None:
    """The `crs` member of GeoJSON before RFC 7946, which desktop programs still write."""
    if not isinstance(part, dict):
        return None
    places = [part, part.get("geometry")]
    for place in places:
        named = place.get("crs") if isinstance(place, dict) else None
        if isinstance(named, dict) and isinstance(named.get("properties"), dict):
            return str(named["properties"].get("name", ""))[:200] or None
    return None


def _crs(name: str) -> CRS:
    found = _CRS_NAME.fullmatch(name.strip())
    if found and found["code"].upper() == "CRS84":
        return CRS.from_epsg(4326)
    try:
        return (
            CRS.from_authority(found["authority"].upper(), found["code"])
            if found
            else CRS.from_user_input(name)
        )
    except CRSError as error:
        raise FileRefused("import_crs_unknown", named=name[:80]) from error


def _built(geometries: list[Any]) -> Shapes:
    texts = np.array(
        [None if one is None else orjson.dumps(one).decode() for one in geometries], dtype=object
    )
    try:
        return np.asarray(shapely.from_geojson(texts, on_invalid="ignore"), dtype=object)
    except (shapely.errors.GEOSException, TypeError, ValueError):
        return np.array([_built_one(text) for text in texts], dtype=object)


def _built_one(text: str | None) -> Any:
    try:
        return None if text is None else shapely.from_geojson(text, on_invalid="ignore")
    except (shapely.errors.GEOSException, TypeError, ValueError):
        return None


def _through_gdal(found: Found, encoding: str | None, layer: str | None, features_max: int) -> Raw:
    try:
        layer = _chosen_layer(found, layer)
        encoding = encoding or _encoding(found)
        told = {"encoding": encoding} if encoding and found.format in ("shp", "csv") else {}
        info = pyogrio.read_info(found.path, layer=layer, **told)
        if info["driver"] not in _DRIVERS[found.format]:
            raise FileRefused("import_unreadable", detail=f"opened as {info['driver']}")
        if info["features"] > features_max:
            raise FileRefused("import_too_many_zones", zones=int(info["features"]), zones_max=features_max)
        meta, _, wkb, columns = pyogrio.raw.read(
            found.path, layer=layer, force_2d=True, datetime_as_string=True, **told
        )
    except FileRefused:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeError, ValueError) as error:
        raise FileRefused(
            "import_unreadable", detail=str(error).replace(str(found.path.parent), "")[:200]
        ) from error
    names = [str(name) for name in meta["fields"]]
    attributes = _rows(names, columns, found.format)
    crs = CRS.from_user_input(meta["crs"]) if meta["crs"] else None
    if wkb is None or found.format == "csv":
        return Raw(attributes, _from_wkt(attributes), {}, None, encoding, layer)
    shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    return Raw(attributes, shapes, {}, crs, encoding or "utf-8", layer)


def _chosen_layer(found: Found, layer: str | None) -> str:
    names = [
        str(name)
        for name, kind in pyogrio.list_layers(found.path)
        if kind is not None or found.format == "csv"
    ]
    if layer is None and len(names) > 1:
        raise FileRefused("import_layers_several", layers=names[:20])
    if layer is not None and layer not in names and found.format != "csv":
        raise FileRefused("import_column_unknown", named=layer, known=names[:20])
    if not names:
        raise FileRefused("import_empty")
    return layer if layer in names else names[0]


def _encoding(found: Found) -> str | None:
    """Of text that does not say: a .cpg beside it is believed, else bytes that are no UTF-8 are GBK (GB 18030)."""
    if found.format not in ("shp", "csv"):
        return None
    claimed = found.path.with_suffix(".cpg")
    if found.format == "shp" and claimed.exists():
        return _codec(claimed.read_text("ascii", "replace").strip())
    data = found.path.with_suffix(".dbf" if found.format == "shp" else ".csv").read_bytes()
    if found.format == "shp":
        # Header and field names are ASCII and flags; a value cut off in the middle of a sign ends in spaces or NUL.
        data = data[int.from_bytes(data[8:10], "little") :]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _codec(claimed: str) -> str:
    named = claimed.lower().replace("cp", "").replace("ansi", "").strip()
    return "gb18030" if named in ("936", "gbk", "gb2312", "gb18030") else "utf-8" if "8" in named else claimed


def _rows(names: list[str], columns: Any, format_: str) -> list[dict[str, Any]]:
    kept = [n for n, name in enumerate(names) if not (format_ == "kml" and name in _KML_NOISE)]
    lists = [[_plain(value) for value in columns[n]] for n in kept]
    rows = (
        zip(*lists, strict=True) if lists else iter(() for _ in range(len(columns[0]) if len(columns) else 0))
    )
    # A column that is empty in this row says nothing about the zone.
    return [
        {names[n]: value for n, value in zip(kept, row, strict=True) if value is not None and value != ""}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return (
            None
            if not np.isfinite(value)
            else int(value)
            if value.is_integer() and abs(value) < 2**53
            else value
        )
    if isinstance(value, bytes):
        return None
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def _from_wkt(attributes: list[dict[str, Any]]) -> Shapes:
    known = {name for row in attributes for name in row}
    column = next((name for name in known if name.lower() in _WKT_COLUMNS), None)
    if column is None:
        raise FileRefused("import_column_unknown", named="wkt", known=sorted(known)[:20])
    texts = [row.pop(column, None) for row in attributes]
    return np.array([_wkt(text) for text in texts], dtype=object)


def _wkt(text: Any) -> Any:
    try:
        return (
            shapely.force_2d(shapely.from_wkt(text, on_invalid="ignore")) if isinstance(text, str) else None
        )
    except shapely.errors.GEOSException:
        return None
