"""Photo bytes on their way in: written to a temporary file while they are hashed and counted.

A staged file has a random name, so nothing a client sends ever becomes part of a path. It is thrown away
unless a store keeps it; what a killed process leaves behind is removed by `Staging.sweep`.
"""

import hashlib
import io
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from server.evidence.faults import PhotoTooLarge, storage_faults

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SUFFIX = ".part"


class StagedPhoto(io.RawIOBase):
    """One photo being received: a binary file to write, then to read, that knows its digest and size.

    Writing is by appending only; after `seek(0)` it can be read again. Used as a context manager it removes
    its file at the end, unless a store has kept it. Errors: PhotoTooLarge, StorageFull, StorageBroken from
    `write`.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        super().__init__()
        self.path = path
        self.max_bytes = max_bytes
        self.size_bytes = 0
        self.kept = False
        self._hash = hashlib.sha256()
        with storage_faults("open a staged photo"):
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            self._fd = os.open(path, flags, 0o600)

    @property
    def sha256(self) -> str:
        """Lower-case hex digest of all bytes written so far."""
        return self._hash.hexdigest()

    def write(self, data: "ReadableBuffer", /) -> int:
        view = memoryview(data).cast("B")
        if self.size_bytes + len(view) > self.max_bytes:
            raise PhotoTooLarge(self.max_bytes)
        with storage_faults("write a staged photo"):
            if os.lseek(self._fd, 0, os.SEEK_CUR) != self.size_bytes:
                raise ValueError("a staged photo is only ever appended to: its digest counts every byte once")
            written = 0
            while written < len(view):
                written += os.write(self._fd, view[written:])
        self._hash.update(view)
        self.size_bytes += len(view)
        return len(view)

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        with storage_faults("read a staged photo"):
            return os.readv(self._fd, [buffer])

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return os.lseek(self._fd, offset, whence)

    def tell(self) -> int:
        return os.lseek(self._fd, 0, os.SEEK_CUR)

    def fileno(self) -> int:
        if self.closed:
            raise ValueError("the staged photo is closed")
        return self._fd

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
        super().close()

    def mark_kept(self) -> None:
        """Called by a store once the file at `path` is its own: from here on nothing is removed."""
        self.kept = True

    def discard(self) -> None:
        """Close and remove the file; harmless when that has happened already or a store has kept it."""
        self.close()
        if not self.kept:
            with storage_faults("remove a staged photo"):
                self.path.unlink(missing_ok=True)

    def __enter__(self) -> "StagedPhoto":
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()


class Staging:
    """The folder of staged photos. `open` is safe from many threads and processes.

    As a multipart parser's stream factory, so that nothing is left when the parser gives up half-way:

        with ExitStack() as staged:
            def stream_factory(*_): return staged.enter_context(staging.open())
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        with storage_faults("make the staging folder"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def open(self) -> StagedPhoto:
        """A new empty staged photo. Errors: StorageFull, StorageBroken."""
        return StagedPhoto(self.folder / (secrets.token_hex(16) + SUFFIX), self.max_bytes)

    def sweep(self, older_than_s: float, now: Callable[[], float]) -> int:
        """Remove staged files last written more than older_than_s before now(); returns how many.

        `now` gives seconds since 1970, as time.time does. A file that a request has just kept or discarded
        under our hands is not an error.
        """
        removed = 0
        with storage_faults("sweep the staging folder"):
            limit_s = now() - older_than_s
            for path in self.folder.glob("*" + SUFFIX):
                try:
                    if path.stat().st_mtime < limit_s:
                        path.unlink()
                        removed += 1
                except FileNotFoundError:
                    continue
        return removed
