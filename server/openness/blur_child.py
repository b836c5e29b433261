"""The child that looks for faces and plates, and blurs: `python -m server.openness.blur_child MEMORY_BYTES CPU_S`.

It limits itself before it reads a byte, answers one request and ends. The picture it gets was made upright and without
metadata by the inspection child; the original never comes here. What the detector finds are proposals for a person.
"""

from __future__ import annotations

import base64
import io
import os
import resource
import sys
from pathlib import Path
from typing import Any

import orjson

LOOKED_AT_PX = 1280
# Of a face or number plate at least so much of the longer side is proposed; what is smaller nobody can read.
LEAST_SHARE = 0.015
MOSAIC_BLOCKS = 6
"""Blocks along the longer side of what is blurred: neither a face nor a letter is left of it."""
_CASCADES = (
    ("face", "haarcascade_frontalface_default.xml", 5),
    ("face", "haarcascade_profileface.xml", 6),
    ("plate", "haarcascade_russian_plate_number.xml", 4),
)


def _limit(memory_bytes: int, cpu_s: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def propose(picture: bytes) -> list[dict[str, Any]]:
    """Where faces and number plates may be: kind and box, shares of width and height."""
    import cv2
    import numpy

    cv2.setNumThreads(1)
    grey = cv2.imdecode(numpy.frombuffer(picture, dtype=numpy.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError("no picture")
    scale = min(1.0, LOOKED_AT_PX / max(grey.shape))
    seen = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    height, width = seen.shape[:2]
    least = int(max(20, LEAST_SHARE * max(width, height)))
    folder = Path(cv2.__file__).parent / "data"
    found = []
    for kind, file, neighbours in _CASCADES:
        cascade = cv2.CascadeClassifier(str(folder / file))
        for left, top, wide, high in cascade.detectMultiScale(
            seen, 1.1, neighbours, minSize=(least, least if kind == "face" else least // 3)
        ):
            box = [left / width, top / height, (left + wide) / width, (top + high) / height]
            found.append({"kind": kind, "box": [round(float(part), 4) for part in box]})
    return found


def blur(picture: bytes, regions: list[list[float]]) -> bytes:
    """The picture with boxes made into a coarse mosaic: a JPEG without any metadata."""
    from PIL import Image

    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as opened:
        made = opened.convert("RGB")
    for left, top, right, bottom in regions:
        box = (
            int(left * made.width),
            int(top * made.height),
            max(int(left * made.width) + 1, round(right * made.width)),
            max(int(top * made.height) + 1, round(bottom * made.height)),
        )
        part = made.crop(box)
        share = MOSAIC_BLOCKS / max(part.size)
        coarse = part.resize(
            (max(1, round(part.width * share)), max(1, round(part.height * share))), Image.Resampling.BOX
        )
        made.paste(coarse.resize(part.size, Image.Resampling.NEAREST), box)
    written = io.BytesIO()
    made.save(written, "JPEG", quality=85)
    return written.getvalue()


def main() -> None:
    """Answer one request."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"
    request = orjson.loads(sys.stdin.buffer.read())
    picture = base64.b64decode(request["picture"])
    answer: dict[str, Any] = (
        {"found": propose(picture)}
        if request["verb"] == "propose"
        else {"picture": base64.b64encode(blur(picture, request["regions"])).decode()}
    )
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
