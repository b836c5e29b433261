"""No room for photos: 507, nothing acknowledged, nothing half-written, and all is well when there is room again."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.factories import photo_bytes
from tests.faults.phone import Job, Phone
from tests.faults.served import Served, served
from tests.faults.world import World, make_world, unique_photo
from tests.postgres import TestServer
from tests.server.reports.street import row_counts, tree

PHOTO = photo_bytes(size=(1600, 1200))
DISK_BYTES = 2_000_000
_STEP_BYTES = 8192
_MOUNT = 'mount -t tmpfs -o size="$1" tmpfs "$2" && cp -a "$3/." "$2/" && shift 3 && exec "$@"'


def _may_mount() -> bool:
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


@contextmanager
def on_a_small_disk(world: World, folder: Path) -> Iterator[Served]:
    """A server whose data folder is a tmpfs in a mount namespace of its own: both are gone with the process."""
    copy = folder / "copy"
    shutil.copytree(world.config.var, copy)
    shell = ("unshare", "--mount", "sh", "-c", _MOUNT, "sh")
    with served(world, before=(*shell, str(DISK_BYTES), str(world.config.var), str(copy))) as server:
        yield server


def files(server: Served) -> dict[str, int]:
    return {
        path: size for path, size in tree(server.var).items() if path.endswith(".part") or "photos" in path
    }


@pytest.mark.skipif(not _may_mount(), reason="needs the right to make a mount namespace")
def test_a_full_disk_is_507_at_every_step_and_recovers_when_there_is_room(
    postgres: TestServer, tmp_path: Path
) -> None:
    """The room left grows by two pages a time, so that opening, writing, making folders and renaming fail in turn."""
    with make_world(postgres, tmp_path) as world, on_a_small_disk(world, tmp_path) as server:
        phone, job, refused = Phone(server.port, world.headers), Job((unique_photo(PHOTO),)), 0
        filler = server.var / "filler"
        filler.write_bytes(bytes(DISK_BYTES - 200_000))
        with filler.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        before = row_counts(world.owner)

        while (answer := phone.send_whole(job))[0] != 201:
            assert answer[0] == 507, answer
            assert answer[1]["code"] == "storage_full"
            assert row_counts(world.owner) == before and files(server) == {}
            refused += 1
            os.truncate(filler, filler.stat().st_size - _STEP_BYTES)

        assert refused > 1
        assert answer[1]["missing_photos"] == []
        kept = [size for path, size in files(server).items() if path.startswith("photos")]
        assert kept == [len(job.photos[0])] and not any(".part" in path for path in files(server))


def test_a_quota_is_507_and_leaves_nothing(postgres: TestServer, tmp_path: Path) -> None:
    with make_world(postgres, tmp_path) as world, served(world) as server:
        phone, job = Phone(server.port, world.headers), Job((unique_photo(PHOTO),))
        before, limit = row_counts(world.owner), len(PHOTO) // 2

        soft, hard = resource.prlimit(server.worker_pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.worker_pid, resource.RLIMIT_FSIZE, (limit, hard))
        status, problem = phone.send_whole(job)
        words = phone.send_words(Job(()))

        assert (status, problem["code"]) == (507, "storage_full")
        assert words[0] == 201, "what needs no room is still taken"
        assert files(server) == {}

        resource.prlimit(server.worker_pid, resource.RLIMIT_FSIZE, (soft, hard))
        status, receipt = phone.send_whole(job)
        assert (status, receipt["missing_photos"]) == (201, [])
        assert row_counts(world.owner)["report"] == before["report"] + 2
