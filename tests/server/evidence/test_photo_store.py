"""One contract, two stores: a folder and an S3-compatible bucket must behave alike."""

import hashlib
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from server.evidence.faults import PhotoNotHeld, StorageBroken
from server.evidence.photos import PhotoFault, PhotoStore, store_from_url, verify
from server.evidence.staging import StagedPhoto, Staging
from server.evidence.sweeping import Swept

Stage = Callable[[bytes], StagedPhoto]
Tamper = Callable[[str, bytes | None], None]

DAY_S = 86_400.0


def nobody(digests: Sequence[str]) -> set[str]:
    return set()


def in_days(days: float) -> Callable[[], float]:
    return lambda: time.time() + days * DAY_S


@pytest.fixture(params=["folder", "bucket"])
def store_and_tamper(
    request: pytest.FixtureRequest, tmp_path: Path, staging: Staging
) -> tuple[PhotoStore, Tamper]:
    """A store, and a way to write or remove bytes under an address behind its back."""
    if request.param == "folder":
        store = store_from_url((tmp_path / "photos").as_uri(), staging)

        def tamper_file(sha256: str, data: bytes | None) -> None:
            path = tmp_path / "photos" / sha256[:2] / sha256[2:4] / sha256
            path.unlink()
            if data is not None:
                path.write_bytes(data)

        return store, tamper_file
    options = request.getfixturevalue("make_bucket")(name := f"photos-{uuid.uuid4().hex[:12]}")
    store = store_from_url(f"s3://{name}/district", staging, options)

    def tamper_object(sha256: str, data: bytes | None) -> None:
        from obstore.store import S3Store

        raw = S3Store(name, client_options={"allow_http": True}, **options)
        key = f"district/{sha256[:2]}/{sha256[2:4]}/{sha256}"
        if data is None:
            raw.delete(key)
        else:
            raw.put(key, data)

    return store, tamper_object


@pytest.fixture
def store(store_and_tamper: tuple[PhotoStore, Tamper]) -> PhotoStore:
    return store_and_tamper[0]


def kept(store: PhotoStore, stage: Stage, data: bytes) -> str:
    photo = stage(data)
    store.keep(photo)
    return photo.sha256


def test_what_was_kept_comes_back_byte_for_byte(store: PhotoStore, stage: Stage, small_jpeg: bytes) -> None:
    data = small_jpeg * 40
    digest = kept(store, stage, data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert b"".join(store.open(digest)) == data
    assert store.size(digest) == len(data)
    assert store.exists(digest)
    assert list(store.digests()) == [digest]


def test_keeping_the_same_photo_again_is_success_and_leaves_one(store: PhotoStore, stage: Stage) -> None:
    digest = kept(store, stage, b"same")
    assert kept(store, stage, b"same") == digest
    assert list(store.digests()) == [digest]
    assert b"".join(store.open(digest)) == b"same"


@pytest.mark.parametrize(
    "name", ["0" * 64, "../../../etc/passwd", "A" * 64, "", "trash/" + "0" * 58, "0" * 63 + "\n"]
)
def test_what_is_not_held_or_no_digest_is_not_held(store: PhotoStore, name: str) -> None:
    assert not store.exists(name)
    for ask in (store.open, store.size):
        with pytest.raises(PhotoNotHeld):
            ask(name)


def test_an_old_photo_nobody_knows_is_removed_in_the_end(store: PhotoStore, stage: Stage) -> None:
    orphan = kept(store, stage, b"orphan")
    # A bucket needs two sweeps, a folder one.
    first = store.remove_orphans(nobody, DAY_S, in_days(2))
    second = store.remove_orphans(nobody, DAY_S, in_days(4))
    assert (first + second).removed == 1
    assert not store.exists(orphan)
    assert list(store.digests()) == []


def test_a_photo_that_a_report_has_stays_however_old(store: PhotoStore, stage: Stage) -> None:
    needed = kept(store, stage, b"needed")
    for days in (2, 4, 400):
        assert store.remove_orphans(set, DAY_S, in_days(days)) == Swept()
    assert b"".join(store.open(needed)) == b"needed"


def test_a_young_photo_without_a_report_stays(store: PhotoStore, stage: Stage) -> None:
    young = kept(store, stage, b"young")
    assert store.remove_orphans(nobody, DAY_S, in_days(0.9)) == Swept()
    assert store.exists(young)


def test_a_report_committed_while_the_sweep_looks_saves_its_photo(store: PhotoStore, stage: Stage) -> None:
    """Whoever was told that the photo is there commits after the sweep has first asked the database."""
    digest = kept(store, stage, b"needed late")
    asked: list[Sequence[str]] = []

    def known_from_the_second_time_on(digests: Sequence[str]) -> set[str]:
        asked.append(digests)
        return set(digests) if len(asked) > 1 else set()

    for days in (2, 4, 6):
        store.remove_orphans(known_from_the_second_time_on, DAY_S, in_days(days))
        assert b"".join(store.open(digest)) == b"needed late"
    assert len(asked) >= 2
    assert list(store.digests()) == [digest]


def test_verify_names_the_missing_and_the_altered(
    store_and_tamper: tuple[PhotoStore, Tamper], stage: Stage
) -> None:
    store, tamper = store_and_tamper
    good, gone, bad = (kept(store, stage, data) for data in (b"good", b"gone", b"bad!"))
    tamper(gone, None)
    tamper(bad, b"bad?")
    done: list[int] = []
    faults = set(verify(store, [good, gone, bad], done.append))
    assert faults == {PhotoFault(gone, "missing"), PhotoFault(bad, "altered")}
    assert done == [1, 2, 3]


def test_a_bucket_that_does_not_answer_is_broken_and_not_empty(staging: Staging, stage: Stage) -> None:
    options = {
        "endpoint": "http://127.0.0.1:9",
        "region": "x",
        "access_key_id": "x",
        "secret_access_key": "x",
    }
    store = store_from_url("s3://photos", staging, {**options, "retries": 0, "timeout_s": 2.0})
    with pytest.raises(StorageBroken):
        store.keep(stage(b"photo"))
    with pytest.raises(StorageBroken):
        store.exists("0" * 64)
    with pytest.raises(StorageBroken):
        list(verify(store, ["0" * 64]))


def test_an_orphan_of_a_bucket_stays_readable_in_the_trash_for_the_whole_minimum_age(
    make_bucket: Callable[[str], dict[str, str]], staging: Staging, stage: Stage
) -> None:
    name = f"photos-{uuid.uuid4().hex[:12]}"
    store = store_from_url(f"s3://{name}", staging, make_bucket(name))
    orphan = kept(store, stage, b"orphan")
    assert store.remove_orphans(nobody, 0.0, in_days(1)) == Swept(waiting=1)
    assert store.remove_orphans(nobody, DAY_S, in_days(0.9)) == Swept(waiting=1)
    assert b"".join(store.open(orphan)) == b"orphan"
    assert store.size(orphan) == 6
    assert list(store.digests()) == [orphan]
    assert store.remove_orphans(nobody, DAY_S, in_days(1.1)) == Swept(removed=1)
    assert not store.exists(orphan)


def test_a_bucket_with_other_bytes_under_the_digest_is_broken(
    make_bucket: Callable[[str], dict[str, str]], staging: Staging, stage: Stage
) -> None:
    from obstore.store import S3Store

    options = make_bucket(name := f"photos-{uuid.uuid4().hex[:12]}")
    store = store_from_url(f"s3://{name}", staging, options)
    photo = stage(b"right length")
    raw = S3Store(name, client_options={"allow_http": True}, **options)  # type: ignore[arg-type]
    raw.put(f"{photo.sha256[:2]}/{photo.sha256[2:4]}/{photo.sha256}", b"wrong")
    with pytest.raises(StorageBroken, match="5 bytes instead of 12"):
        store.keep(photo)


@pytest.mark.parametrize("url", ["", "/photos", "http://x/y", "file://host/x", "s3://", "gs://b", "file:x"])
def test_a_url_of_no_store_is_refused(url: str, staging: Staging) -> None:
    with pytest.raises(ValueError, match="photo store"):
        store_from_url(url, staging)
