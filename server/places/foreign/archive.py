"""What a file is, judged by its bytes and never by its name, and how an archive is unpacked into an empty folder.

Members are written under names of our own, so no path in an archive means anything; sizes are counted while unpacking,
because what an archive says of itself is part of the attack. GDAL is asked only for a format found here: a file that
pretends to be a virtual layer naming other files is text without a meaning.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from server.places.foreign.faults import FileRefused

MEMBERS_MAX = 200
_HEAD_BYTES = 4096
_PIECE_BYTES = 1024 * 1024
_SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
_SUFFIXES = {"geojson": ".geojson", "gpkg": ".gpkg", "kml": ".kml", "csv": ".csv", "shp": ".shp"}
_LAYER_ENDINGS = {
    ".shp": "shp",
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "geojson",
    ".kml": "kml",
    ".csv": "csv",
}


@dataclass(frozen=True)
class Found:
    """One layer file in our own folder, and what it is: geojson, gpkg, shp, kml or csv."""

    format: str
    path: Path
    archive: bool


def unpack(file: IO[bytes], folder: Path, *, bytes_max: int) -> Found:
    """Put the one layer of a file into `folder` under a name of ours.

    Args:
        file: at any position, seekable. folder: empty and our own. bytes_max: of everything unpacked.
    Raises:
        FileRefused: import_empty, import_format_unknown, import_archive_refused, import_layers_several.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if not head.strip():
        raise FileRefused("import_empty")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _unzip(file, folder, bytes_max)
    kind = _format_of(head)
    path = folder / f"layer{_SUFFIXES[kind]}"
    file.seek(0)
    _copy(file, path, bytes_max)
    return Found(kind, path, archive=False)


def _format_of(head: bytes) -> str:
    if head.startswith(b"SQLite format 3\x00") and head[68:72] in _GEOPACKAGE_IDS:
        return "gpkg"
    if head[:4] == b"\x00\x00\x27\x0a":
        # Without its .dbf a shapefile has no codes.
        raise FileRefused("import_format_unknown", hint="shapefile_parts_in_a_zip")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "geojson"
    if text[:1] == b"<":
        if b"<kml" in text or b":kml" in text:
            return "kml"
        raise FileRefused("import_format_unknown", hint="xml")
    first = text.partition(b"\n")[0]
    if b"\x00" in head or not any(mark in first for mark in (b",", b";", b"\t")):
        raise FileRefused("import_format_unknown", hint="binary_or_text")
    return "csv"


def _unzip(file: IO[bytes], folder: Path, bytes_max: int) -> Found:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _look_at(members, bytes_max)
            layer = _the_layer(members)
            return _take(archive, members, layer, folder, bytes_max)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, FileRefused):
            raise
        # zlib.error is no OSError everywhere; what it says is of no use to anybody.
        raise FileRefused("import_archive_refused", why="damaged") from error


def _look_at(members: list[zipfile.ZipInfo], bytes_max: int) -> None:
    if not members:
        raise FileRefused("import_empty")
    if len(members) > MEMBERS_MAX:
        raise FileRefused("import_archive_refused", why="too_many_members")
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name or ".." in name.split("/") or "\x00" in member.orig_filename:
            raise FileRefused("import_archive_refused", why="path")
        if member.flag_bits & 0x1:
            raise FileRefused("import_archive_refused", why="encrypted")
    if sum(member.file_size for member in members) > bytes_max:
        raise FileRefused("import_archive_refused", why="too_large_unpacked")


def _the_layer(members: Iterable[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    layers = [
        member
        for member in members
        if _ending(member) in _LAYER_ENDINGS and not member.filename.startswith("__MACOSX/")
    ]
    # A KMZ names its document by convention; others in it are only linked to.
    documents = [member for member in layers if member.filename == "doc.kml"]
    layers = documents or layers
    if not layers:
        raise FileRefused("import_format_unknown", hint="archive_without_layer")
    if len(layers) > 1:
        raise FileRefused("import_layers_several", layers=sorted(one.filename[-80:] for one in layers)[:20])
    return layers[0]


def _ending(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).suffix.lower()


def _take(
    archive: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    layer: zipfile.ZipInfo,
    folder: Path,
    bytes_max: int,
) -> Found:
    kind = _LAYER_ENDINGS[_ending(layer)]
    wanted = {_SUFFIXES[kind]: layer}
    if kind == "shp":
        stem = layer.filename[: -len(".shp")]
        beside = {_ending(one): one for one in members if one.filename[: -len(_ending(one)) or None] == stem}
        wanted = {ending: beside[ending] for ending in _SHAPE_PARTS if ending in beside}
        missing = {".shp", ".dbf"} - set(wanted)
        if missing:
            raise FileRefused("import_archive_refused", why="shapefile_parts_missing", parts=sorted(missing))
    left = bytes_max
    for ending, member in wanted.items():
        with archive.open(member) as source:
            left -= _copy(source, folder / f"layer{ending}", left)
    path = folder / f"layer{_SUFFIXES[kind]}"
    if kind != "shp":
        with path.open("rb") as inside:
            head = inside.read(_HEAD_BYTES)
        if not head.strip():
            raise FileRefused("import_empty")
        if _format_of(head) != kind:
            raise FileRefused("import_format_unknown", hint="name_and_content_differ")
    return Found(kind, path, archive=True)


def _copy(source: IO[bytes], path: Path, bytes_max: int) -> int:
    size = 0
    with path.open("xb") as into:
        while piece := source.read(_PIECE_BYTES):
            size += len(piece)
            if size > bytes_max:
                raise FileRefused("import_archive_refused", why="too_large_unpacked")
            into.write(piece)
    return size
