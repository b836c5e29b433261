"""What can go wrong with evidence, as exceptions without any HTTP in them.

Storage faults keep the error of the operating system as `__cause__`. A `PhotoRefused` is the sender's to
mend, the others are the operator's. Which status and which public text belong to each is decided where HTTP
is spoken.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

RefusalCode = Literal[
    "photo_not_an_image",
    "photo_truncated",
    "photo_corrupt",
    "photo_animated",
    "photo_too_many_pixels",
    "photo_decode_limit",
]


class EvidenceFault(Exception):
    """Something about a photo or its storage is not as it must be."""


class PhotoTooLarge(EvidenceFault):
    """The photo has more bytes than this server takes."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"照片超过 {limit_bytes} 字节 / The photo has more than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class PhotoRefused(EvidenceFault):
    """The bytes are no photo this server keeps; `code` is stable, `message` is for people (zh / en)."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PhotoNotHeld(EvidenceFault):
    """No photo with this digest is in the store."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"没有此照片 / No such photo is held: {sha256}")
        self.sha256 = sha256


class InspectorUnavailable(EvidenceFault):
    """Photos cannot be decoded just now; the same photo may be sent again later."""


class StorageBroken(EvidenceFault):
    """The store does not answer or answers wrongly; `__cause__` says how."""


class StorageFull(EvidenceFault):
    """There is no room for another photo; nothing was kept."""


@contextmanager
def storage_faults(doing: str) -> Iterator[None]:
    """Turn every OSError inside into StorageFull or StorageBroken, naming what was being done."""
    try:
        yield
    except OSError as error:
        kind = StorageFull if error.errno in NO_SPACE else StorageBroken
        raise kind(f"{doing}: {error.strerror or str(error).partition(chr(10))[0]}") from error
