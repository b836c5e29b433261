"""Servers are killed at every named point and at random moments, on a real PostgreSQL with fsync.

What this cannot see: a killed process leaves its writes in the page cache, so a missing fsync loses nothing here;
tests/server/evidence/test_folder_store.py looks at the order of the calls instead.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.killing import Plan, run
from tests.faults.world import make_world
from tests.postgres import TestServer

POINTS = {
    "photo.staged",
    "photo.synced",
    "photo.renamed",
    "photo.kept",
    "photo.inspected",
    "intake.photos_kept",
    "intake.before_commit",
    "intake.committed",
    "intake.before_reply",
    "random",
}


# Few connections a server: each new one costs PostgreSQL as much as a whole report, and every kill needs them anew.
POOL = {"database_pool_size": 2}


@pytest.mark.timeout(400)
def test_two_hundred_kills_lose_nothing_and_double_nothing(postgres: TestServer, tmp_path: Path) -> None:
    """Every named point has 5 to 12 of 100 kills: that one has none of 200 happens once in ten thousand runs."""
    with make_world(postgres, tmp_path, **POOL) as world:
        outcome = run(world, Plan(kills=200, kill_every_s=1.0))

    assert outcome.broken == []
    assert outcome.kills >= 200
    assert set(outcome.killed) == POINTS, "a point at which no server ever died was not tested"


@pytest.mark.timeout(400)
def test_a_server_that_commits_before_it_keeps_the_photo_is_caught(
    postgres: TestServer, tmp_path: Path
) -> None:
    with make_world(postgres, tmp_path, **POOL) as world:
        plan = Plan(kills=20, kill_share=0.5, only_at="photo.late", planted_bug=True)
        outcome = run(world, plan)

    assert any("has a row and is missing" in promise for promise in outcome.broken)
