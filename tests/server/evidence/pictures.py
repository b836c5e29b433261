"""Pictures the evidence tests send, good and nasty, and asking a decoding process about bytes in memory."""

import contextlib
import io
import os
import struct
import zlib
from collections.abc import Iterator

import pillow_heif
from PIL import Image

from server.evidence.facts import PhotoFacts
from server.evidence.inspector import PhotoInspector

pillow_heif.register_heif_opener()


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def noise(width: int = 160, height: int = 120) -> Image.Image:
    return Image.effect_noise((width, height), 60).convert("RGB")


def flat_png(width: int, height: int, bits: int = 1, colour: int = 0) -> bytes:
    """A PNG of one colour, a few kilobytes for any number of pixels: a pixel flood."""
    row_bytes = (width * bits * (3 if colour == 2 else 1) + 7) // 8
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 + row_bytes)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@contextlib.contextmanager
def memory_file(data: bytes) -> Iterator[int]:
    file = os.memfd_create("photo")
    try:
        os.write(file, data)
        yield file
    finally:
        os.close(file)


def asked(inspector: PhotoInspector, data: bytes) -> PhotoFacts:
    with memory_file(data) as photo:
        return inspector.inspect(photo)


@contextlib.contextmanager
def inspector_with(**limits: float) -> Iterator[PhotoInspector]:
    made = PhotoInspector(**limits)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()
