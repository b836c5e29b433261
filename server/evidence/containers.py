"""Recognises the four photo formats by their bytes and tells whether a file ends before its container does.

Decoders are asked only for the format found here, so nothing else Pillow could open is ever tried. Names,
endings and media types that a client claims are not looked at.
"""

import struct
from collections.abc import Iterator
from typing import Protocol

from server.evidence.facts import PhotoFormat

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
HEIC_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)


class Bytes(Protocol):
    """What is needed of bytes, bytearray or mmap."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: slice, /) -> bytes: ...
    def rfind(self, mark: bytes, start: int, /) -> int: ...


def sniff(data: Bytes) -> PhotoFormat | None:
    """The format the first bytes say, or None when it is none of ours."""
    head = bytes(data[:16])
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(PNG_MAGIC):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return "heic"
    return None


def is_cut_off(data: Bytes, kind: PhotoFormat) -> bool:
    """Whether the container says that it is longer than the file.

    For JPEG only the part before the picture data can say so; the decoder finds every later cut.
    """
    walk = {"jpeg": _jpeg_cut, "png": _png_cut, "webp": _webp_cut, "heic": _heic_cut}[kind]
    return walk(data)


def lacks_end(data: Bytes) -> bool:
    """Whether nothing after the first picture data of a JPEG marks an end; what headers look like is not judged."""
    place = 2
    while place + 4 <= len(data):
        mark, kind, length = struct.unpack(">BBH", data[place : place + 4])
        if mark != 0xFF:
            return False
        if kind == 0xDA:
            return data.rfind(b"\xff\xd9", place) < 0
        place += 1 if kind == 0xFF else 2 + length
    return False


def webp_size(data: Bytes) -> tuple[int, int] | None:
    """Width and height a WebP header says, since its decoder allocates while opening; None if unreadable."""
    head = bytes(data[:30])
    chunk = head[12:16]
    if len(head) < 30:
        return None
    if chunk == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if chunk == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_cut(data: Bytes) -> bool:
    place = 2
    while place + 4 <= len(data):
        mark, kind, length = struct.unpack(">BBH", data[place : place + 4])
        if mark != 0xFF or kind == 0xDA:
            return False
        place += 1 if kind == 0xFF else 2 + length
    return True


def _png_cut(data: Bytes) -> bool:
    place = len(PNG_MAGIC)
    while place + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        place += 12 + length
        if kind == b"IEND":
            return False
    return True


def _webp_cut(data: Bytes) -> bool:
    return len(data) < 8 + int.from_bytes(data[4:8], "little")


def _heic_cut(data: Bytes) -> bool:
    return any(end > len(data) for end in _box_ends(data))


def _box_ends(data: Bytes) -> Iterator[int]:
    place = 0
    while place < len(data):
        head = data[place : place + 16]
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if len(head) < 8 or (length and length < 8):
            # Too short to be a box: the rest of a cut header, or bytes after the last box.
            yield len(data) + 1
            return
        place = place + length if length else len(data)
        yield place
