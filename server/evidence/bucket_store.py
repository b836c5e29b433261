"""A bucket of photos in any S3-compatible store: `ab/cd/<sha256>` below the prefix of its URL.

A photo is put with "create only", so an existing one is never overwritten; a put that is retried after a
lost answer succeeds. A bucket can neither rename nor delete on a condition, so a sweep copies to `trash/`
first and reading falls back on the trash: a photo leaves the trash only a whole min_age_s later, if still
nobody knows it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from server.evidence.faults import PhotoNotHeld, StorageBroken, storage_faults
from server.evidence.reach import ignore
from server.evidence.staging import StagedPhoto
from server.evidence.sweeping import DIGEST, Swept, batches, require_digest

if TYPE_CHECKING:
    from obstore import BytesStream

PIECE_BYTES = 256 * 1024
# obstore raises the builtin one for some stores and operations.
ABSENT = (NotFoundError, FileNotFoundError)
TRASH = "trash"


class BucketStore:
    """PhotoStore in a bucket.

    Args:
        url: `s3://bucket/prefix`.
        timeout_s: for one request to the bucket, retries not counted.
        retries: how often a request is tried again after a 5xx or a lost connection, within 3 x timeout_s.
        options: of obstore's S3Store: endpoint, region, access_key_id, secret_access_key, ...; without keys
            the standard AWS_* environment is used. An endpoint beginning with http:// is spoken to without
            TLS.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 20.0,
        retries: int = 2,
        reach: Callable[[str], None] = ignore,
        **options: Any,
    ) -> None:
        self._reach = reach
        timeout = timedelta(seconds=timeout_s)
        # The bucket compares the bytes it received with this checksum before it says yes.
        options.setdefault("checksum_algorithm", "SHA256")
        with _bucket_faults("open the bucket"):
            self._store = S3Store.from_url(
                url,
                client_options={
                    "timeout": timeout,
                    "connect_timeout": timeout,
                    "allow_http": str(options.get("endpoint", "")).startswith("http://"),
                },
                retry_config={"max_retries": retries, "retry_timeout": 3 * timeout},
                **options,
            )

    def keep(self, staged: StagedPhoto) -> None:
        """See PhotoStore. An object of another length under the same digest is StorageBroken, not success."""
        self._reach("photo.staged")
        key = _key(staged.sha256)
        with _bucket_faults("put a photo"):
            try:
                self._store.put(key, staged.path, mode="create", use_multipart=False)
            except AlreadyExistsError:
                held_bytes = self._store.head(key)["size"]
                if held_bytes != staged.size_bytes:
                    raise StorageBroken(
                        f"{key} is held with {held_bytes} bytes instead of {staged.size_bytes}"
                    ) from None
        self._reach("photo.kept")

    def open(self, sha256: str) -> Iterator[bytes]:
        """See PhotoStore."""
        require_digest(sha256)
        for key in (_key(sha256), _trash_key(sha256), _key(sha256)):
            with _bucket_faults("get a photo"):
                try:
                    stream = self._store.get(key).stream(min_chunk_size=PIECE_BYTES)
                except ABSENT:
                    continue
                return _pieces(stream)
        raise PhotoNotHeld(sha256)

    def size(self, sha256: str) -> int:
        """See PhotoStore."""
        require_digest(sha256)
        for key in (_key(sha256), _trash_key(sha256), _key(sha256)):
            with _bucket_faults("look at a photo"):
                try:
                    return self._store.head(key)["size"]
                except ABSENT:
                    continue
        raise PhotoNotHeld(sha256)

    def exists(self, sha256: str) -> bool:
        """See PhotoStore."""
        try:
            self.size(sha256)
        except PhotoNotHeld:
            return False
        return True

    def digests(self) -> Iterator[str]:
        """See PhotoStore."""
        trashed = {digest for digest, _ in self._listed(TRASH)}
        yield from trashed
        yield from (digest for digest, _ in self._listed() if digest not in trashed)

    def remove_orphans(
        self, known: Callable[[Sequence[str]], set[str]], min_age_s: float, now: Callable[[], float]
    ) -> Swept:
        """See PhotoStore. An orphan is put into the trash by one sweep and removed by a later one.

        Why nothing is lost: whoever was told "already there" just before we removed the object commits a
        row within min_age_s, and the copy in the trash is readable until a sweep at least min_age_s later
        has asked for that row again. A sweep killed between copying and deleting leaves both; the next one
        goes on.
        """
        swept = Swept()
        limit_s = now() - min_age_s
        trashed = list(self._listed(TRASH))
        for left in batches(trashed):
            swept += self._judge(left, known, limit_s)
        already = {digest for digest, _ in trashed}
        old = (digest for digest, written_s in self._listed() if written_s < limit_s)
        for batch in batches(digest for digest in old if digest not in already):
            held = known(batch)
            for digest in batch:
                if digest not in held:
                    self._to_trash(digest)
                    swept += Swept(waiting=1)
        return swept

    def _to_trash(self, digest: str) -> None:
        with _bucket_faults("move a photo to the trash"):
            self._store.copy(_key(digest), _trash_key(digest))
            self._store.delete(_key(digest))

    def _judge(
        self, trashed: list[tuple[str, float]], known: Callable[[Sequence[str]], set[str]], limit_s: float
    ) -> Swept:
        swept = Swept()
        held = known([digest for digest, _ in trashed])
        for digest, moved_s in trashed:
            with _bucket_faults("judge a photo in the trash"):
                if digest in held:
                    self._store.copy(_trash_key(digest), _key(digest))
                    self._store.delete(_trash_key(digest))
                    swept += Swept(restored=1)
                elif moved_s >= limit_s:
                    swept += Swept(waiting=1)
                else:
                    self._store.delete(_trash_key(digest))
                    swept += Swept(removed=1)
        return swept

    def _listed(self, prefix: str | None = None) -> Iterator[tuple[str, float]]:
        with _bucket_faults("list the photos"):
            for page in self._store.list(prefix):
                for found in page:
                    path, _, digest = found["path"].rpartition("/")
                    if DIGEST.fullmatch(digest) and (path == TRASH) == (prefix == TRASH):
                        yield digest, found["last_modified"].timestamp()


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


def _trash_key(digest: str) -> str:
    return f"{TRASH}/{digest}"


def _pieces(stream: "BytesStream") -> Iterator[bytes]:
    with _bucket_faults("read a photo"):
        for piece in stream:
            yield bytes(piece)


@contextmanager
def _bucket_faults(doing: str) -> Iterator[None]:
    with storage_faults(doing):
        try:
            yield
        except (BaseError, ValueError) as error:
            # The first line tells what failed; the rest is the library's own trace, kept in the cause.
            raise StorageBroken(f"{doing}: {str(error).partition(chr(10))[0]}") from error
