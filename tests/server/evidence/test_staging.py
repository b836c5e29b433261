"""A photo on its way in: hashed, counted, limited, and gone unless somebody keeps it."""

import errno
import hashlib
import io
import os
import resource
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.formparser import MultiPartParser

from server.evidence.faults import PhotoTooLarge, StorageBroken, StorageFull
from server.evidence.staging import StagedPhoto, Staging


@given(pieces=st.lists(st.binary(max_size=3000), max_size=12))
def test_digest_and_size_are_those_of_all_bytes_however_they_arrive(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    staging = Staging(tmp_path_factory.mktemp("s"), max_bytes=100_000)
    with staging.open() as photo:
        for piece in pieces:
            assert photo.write(piece) == len(piece)
        whole = b"".join(pieces)
        photo.seek(0)
        assert photo.read() == whole
        assert photo.sha256 == hashlib.sha256(whole).hexdigest()
        assert photo.size_bytes == len(whole)


def test_a_photo_of_the_limit_passes_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    staging = Staging(tmp_path, max_bytes=1000)
    with staging.open() as photo:
        photo.write(b"x" * 1000)
        with pytest.raises(PhotoTooLarge) as refused:
            photo.write(b"y")
    assert refused.value.limit_bytes == 1000
    assert list(tmp_path.iterdir()) == []


def test_the_multipart_parser_writes_into_staged_photos(staging: Staging) -> None:
    name = "../../etc/\u202epasswd\x00.jpg"
    body = (
        b'--b\r\nContent-Disposition: form-data; name="photo"; filename="' + name.encode() + b'"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + b"\xff\xd8" * 100_000 + b"\r\n--b--\r\n"
    )
    opened: list[StagedPhoto] = []
    with ExitStack() as staged:

        def stream_factory(*_: object, **__: object) -> StagedPhoto:
            opened.append(staged.enter_context(staging.open()))
            return opened[-1]

        parser = MultiPartParser(stream_factory=stream_factory)  # type: ignore[arg-type]
        _, files = parser.parse(io.BytesIO(body), b"b", len(body))
        assert files["photo"].read() == b"\xff\xd8" * 100_000
        assert opened[0].sha256 == hashlib.sha256(b"\xff\xd8" * 100_000).hexdigest()
        assert opened[0].path.parent == staging.folder
        assert set(opened[0].path.stem) <= set("0123456789abcdef")
    assert list(staging.folder.iterdir()) == []


def test_a_staged_photo_is_only_appended_to(stage: Callable[[bytes], StagedPhoto]) -> None:
    photo = stage(b"abc")
    photo.seek(0)
    with pytest.raises(ValueError, match="appended"):
        photo.write(b"x")


def test_a_full_disk_is_storage_full_and_leaves_nothing(staging: Staging) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with staging.open() as photo, pytest.raises(StorageFull) as full:
            photo.write(b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert isinstance(full.value.__cause__, OSError)
    assert full.value.__cause__.errno == errno.EFBIG
    assert list(staging.folder.iterdir()) == []
    with staging.open() as photo:
        assert photo.write(b"x" * 10_000) == 10_000


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_no_space_and_quota_are_storage_full(
    staging: Staging, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with staging.open() as photo:
        monkeypatch.setattr(os, "write", refuse)
        with pytest.raises(StorageFull) as full:
            photo.write(b"x")
    assert full.value.__cause__ is not None


def test_any_other_error_of_the_disk_is_storage_broken(
    staging: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with staging.open() as photo:
        monkeypatch.setattr(os, "write", fail)
        with pytest.raises(StorageBroken) as broken:
            photo.write(b"x")
    assert isinstance(broken.value.__cause__, OSError)


def test_sweeping_removes_old_leftovers_and_nothing_else(staging: Staging) -> None:
    old = staging.open()
    old.close()
    os.utime(old.path, (1000, 1000))
    young = staging.open()
    young.close()
    os.utime(young.path, (1900, 1900))
    (staging.folder / "notes.txt").write_text("not ours")
    os.utime(staging.folder / "notes.txt", (1, 1))
    assert staging.sweep(older_than_s=500, now=lambda: 2000.0) == 1
    assert {path.name for path in staging.folder.iterdir()} == {young.path.name, "notes.txt"}


def test_staged_photos_are_readable_by_their_owner_only(stage: Callable[[bytes], StagedPhoto]) -> None:
    photo = stage(b"abc")
    assert photo.path.stat().st_mode & 0o777 == 0o600
    assert photo.path.parent.stat().st_mode & 0o777 == 0o700
