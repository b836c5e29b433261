"""Photo bytes as evidence: kept once, under their SHA-256, never altered, checked again on demand.

`PhotoStore` is all that the rest of the server knows about where photos are. What `keep` has returned for
survives a killed process and, where the medium can promise it, a power cut. Deciding which photos a report
has is not here.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import unquote, urlsplit

from server.evidence.bucket_store import BucketStore
from server.evidence.faults import PhotoNotHeld
from server.evidence.folder_store import FolderStore
from server.evidence.reach import ignore
from server.evidence.staging import StagedPhoto, Staging
from server.evidence.sweeping import Swept

__all__ = ["BucketStore", "FolderStore", "PhotoFault", "PhotoStore", "Swept", "store_from_url", "verify"]


class PhotoStore(Protocol):
    """Content-addressed photos. Digests are 64 lower-case hex digits; everything else is PhotoNotHeld.

    All methods may raise StorageBroken, `keep` StorageFull too. All are safe from many threads and processes.
    """

    def keep(self, staged: StagedPhoto) -> None:
        """Make the photo durable under its digest. Always call it, also when `exists` says yes: it is what
        tells a sweep running at this moment that somebody needs this photo."""

    def open(self, sha256: str) -> Iterator[bytes]:
        """The bytes, in pieces; PhotoNotHeld is raised here and not at the first piece."""

    def size(self, sha256: str) -> int:
        """Length in bytes; PhotoNotHeld."""

    def exists(self, sha256: str) -> bool:
        """Whether the photo is held."""

    def digests(self) -> Iterator[str]:
        """Every photo held, each once, in no order."""

    def remove_orphans(
        self, known: Callable[[Sequence[str]], set[str]], min_age_s: float, now: Callable[[], float]
    ) -> Swept:
        """Remove photos older than min_age_s that no database row knows.

        `known` answers which of the given digests have a committed row; it must look at the database anew
        at each call. min_age_s must be longer than any request may take from `keep` to its commit. Only one
        sweep may run at a time; the caller holds a lock for it.
        """


@dataclass(frozen=True)
class PhotoFault:
    """A photo that a report relies on and that is not there or not what it was."""

    sha256: str
    what: Literal["missing", "altered"]


def verify(
    store: PhotoStore, expected: Iterable[str], progress: Callable[[int], None] = lambda done: None
) -> Iterator[PhotoFault]:
    """Read every expected photo again and compare its digest.

    Args:
        expected: digests the database relies on.
        progress: called with the number of photos done after each.
    Yields: a PhotoFault for each that is missing or altered. StorageBroken ends the run: a store that does
        not answer is no proof that a photo is lost.
    """
    for done, sha256 in enumerate(expected, start=1):
        try:
            digest = hashlib.sha256()
            for piece in store.open(sha256):
                digest.update(piece)
        except PhotoNotHeld:
            yield PhotoFault(sha256, "missing")
        else:
            if digest.hexdigest() != sha256:
                yield PhotoFault(sha256, "altered")
        progress(done)


def store_from_url(
    url: str,
    staging: Staging,
    options: Mapping[str, Any] | None = None,
    reach: Callable[[str], None] = ignore,
) -> PhotoStore:
    """The store a setting names: `file:///folder` or `s3://bucket/prefix`.

    Args:
        options: for buckets only, see BucketStore (endpoint, access_key_id, secret_access_key, region, ...).
        reach: failpoint of the kill tests, see server.evidence.reach.
    Errors: ValueError for any other URL, or options that the store does not know.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        if options:
            raise ValueError(f"a folder store takes no options, got {sorted(options)}")
        return FolderStore(Path(unquote(parts.path)), staging, reach=reach)
    if parts.scheme == "s3" and parts.netloc:
        return BucketStore(url, reach=reach, **dict(options or {}))
    raise ValueError(f"a photo store is file:///folder or s3://bucket/prefix, not {url!r}")
