"""One photo as a phone takes it, made once, and any number of others that differ from it in a remark only.

The remark is a comment segment before the end of the file: other bytes and another digest, the same picture, and next
to no work for the load generator, which never hashes or copies the common part again.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np
from PIL import Image

from bench.load import Message
from bench.patrol import Walk

END_OF_IMAGE = b"\xff\xd9"
_COMMENT = b"\xff\xfe"
_BOUNDARY = b"frontage-bench-boundary"
_QUALITIES = range(20, 98)


@dataclass(frozen=True)
class PhotoMaker:
    """Endless photos around one common part."""

    common: bytes
    _hash: hashlib._Hash = field(repr=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)
    _run: str = field(default_factory=lambda: uuid4().hex, repr=False)

    @classmethod
    def make(cls, size_px: tuple[int, int], size_bytes: int) -> PhotoMaker:
        """A JPEG of that many pixels with EXIF time and position, as near to the size as a quality comes."""
        picture, exif = _picture(size_px), _exif()
        low, high = _QUALITIES.start, _QUALITIES.stop
        while high - low > 1:
            middle = (low + high) // 2
            if len(_encoded(picture, exif, middle)) <= size_bytes:
                low = middle
            else:
                high = middle
        common = _encoded(picture, exif, low).removesuffix(END_OF_IMAGE)
        return cls(common, hashlib.sha256(common))

    def tail(self) -> bytes:
        """What ends a photo nobody has seen yet. Call from one thread."""
        remark = f"{self._run} {next(self._numbers):09d}".encode()
        return _COMMENT + struct.pack(">H", len(remark) + 2) + remark + END_OF_IMAGE

    def digest(self, tail: bytes) -> str:
        hashed = self._hash.copy()
        hashed.update(tail)
        return hashed.hexdigest()

    def messages(self, given: Iterable[Walk]) -> Iterator[Message]:
        """Reports with one photo each, as multipart."""
        common = memoryview(self.common)
        for walk in given:
            tail = self.tail()
            head = _parts_before(walk.body((self.digest(tail),)))
            end = tail + b"\r\n--" + _BOUNDARY + b"--\r\n"
            content_type = f"multipart/form-data; boundary={_BOUNDARY.decode()}"
            yield Message(
                f"/api/v1/reports/{walk.report_id}", walk.officer, content_type, (head, common, end)
            )


def _parts_before(report: str) -> bytes:
    return b"".join(
        [
            b"--" + _BOUNDARY + b"\r\n",
            b'Content-Disposition: form-data; name="report"\r\nContent-Type: application/json\r\n\r\n',
            report.encode() + b"\r\n",
            b"--" + _BOUNDARY + b"\r\n",
            b'Content-Disposition: form-data; name="photo"; filename="IMG.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
        ]
    )


def _picture(size_px: tuple[int, int]) -> Image.Image:
    """Large soft shapes under fine grain: compresses about as a photo of a street does."""
    random = np.random.default_rng(1)
    soft = Image.fromarray(random.integers(40, 216, (48, 64, 3), dtype=np.uint8)).resize(
        size_px, Image.Resampling.BICUBIC
    )
    grain = random.integers(-9, 10, (size_px[1], size_px[0], 1), dtype=np.int16)
    return Image.fromarray((np.asarray(soft, dtype=np.int16) + grain).clip(0, 255).astype(np.uint8))


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Bench", "Generated"
    exif.get_ifd(0x8769)[0x9003] = "2026:09:01 10:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (32.0, 4.0, 12.0), 3: "E", 4: (121.0, 4.0, 12.0)})
    return exif


def _encoded(picture: Image.Image, exif: Image.Exif, quality: int) -> bytes:
    into = io.BytesIO()
    picture.save(into, "JPEG", quality=quality, exif=exif)
    return into.getvalue()
