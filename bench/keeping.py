"""The limit of an intake with a photo: threads that hash, read EXIF, write and fsync to new files, and nothing else.

With `decoding` they also decode the photo as the server's decoding process does, in this very process: without the
limits, the fork and the pipe that make it safe.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import threading
import time
from mmap import ACCESS_READ, mmap
from pathlib import Path

from PIL import Image

from bench.load import in_threads
from bench.photos import PhotoMaker
from server.evidence import decode

THREADS = 4
_LIMITS = decode.DecodeLimits(max_pixels=50_000_000, free_bytes=2**30)
_ASIDE = {"exif": 0x8769, "gps": 0x8825}


def photos_per_s(folder: Path, maker: PhotoMaker, *, seconds: float, decoding: bool) -> float:
    """Photos a second over THREADS threads; the folder is made for it and removed afterwards."""
    folder.mkdir()
    lock = threading.Lock()
    kept = [0] * THREADS
    faults: list[Exception] = []
    begin = time.monotonic()

    def run(number: int) -> None:
        try:
            while time.monotonic() - begin < seconds:
                with lock:
                    tail = maker.tail()
                _keep(folder, maker.common + tail, decoding)
                kept[number] += 1
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread that asked
            faults.append(error)

    try:
        in_threads(THREADS, run)
        took_s = time.monotonic() - begin
    finally:
        shutil.rmtree(folder)
    if faults:
        raise faults[0]
    return sum(kept) / took_s


def _keep(folder: Path, photo: bytes, decoding: bool) -> None:
    digest = hashlib.sha256(photo).hexdigest()
    if not decoding:
        _read_exif(photo)
    file = os.open(folder / digest, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(file, photo)
        os.fsync(file)
        if decoding:
            with mmap(file, 0, access=ACCESS_READ) as data:
                decode.inspect(data, _LIMITS)
    finally:
        os.close(file)


def _read_exif(photo: bytes) -> None:
    with Image.open(io.BytesIO(photo)) as image:
        exif = image.getexif()
        for ifd in _ASIDE.values():
            exif.get_ifd(ifd)
