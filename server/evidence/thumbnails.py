"""Pictures made from photos, kept beside the store and never evidence: all of them can be made again.

Key `ab/cd/<sha256>.webp` of a thumbnail under a folder or a bucket's prefix; the digest is the original's. Others have
another ending. Who may see one is decided where reports are read.
"""

from __future__ import annotations

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import ObjectStore, from_url

from server.evidence.faults import StorageBroken, storage_faults
from server.evidence.sweeping import require_digest

THUMBNAIL = ".webp"
ABSENT = (NotFoundError, FileNotFoundError)


class Thumbnails:
    """Derived pictures by the digest of their original. Safe from many threads and processes.

    Args:
        url: `file:///folder` or `s3://bucket/prefix`.
    """

    def __init__(self, url: str) -> None:
        self._store: ObjectStore = from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)

    def put(self, sha256: str, picture: bytes, ending: str = THUMBNAIL) -> None:
        """Keep it, in place of one made before. Errors: StorageFull, StorageBroken."""
        key = _key(sha256, ending)
        with storage_faults("keep a thumbnail"):
            try:
                self._store.put(key, picture, use_multipart=False)
            except BaseError as error:
                raise StorageBroken(f"keep a thumbnail: {_first_line(error)}") from error

    def get(self, sha256: str, ending: str = THUMBNAIL) -> bytes | None:
        """The picture, or None while it is not made. Errors: StorageBroken."""
        with storage_faults("read a thumbnail"):
            try:
                return bytes(self._store.get(_key(sha256, ending)).bytes())
            except ABSENT:
                return None
            except BaseError as error:
                raise StorageBroken(f"read a thumbnail: {_first_line(error)}") from error


def thumbnails_url(photo_store_url: str, folder_url: str) -> str:
    """Where thumbnails go: beside a folder of photos in `folder_url`, in a bucket below `thumbnails/`."""
    return f"{photo_store_url.rstrip('/')}/thumbnails" if photo_store_url.startswith("s3:") else folder_url


def _key(sha256: str, ending: str) -> str:
    require_digest(sha256)
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}{ending}"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
