"""A worker is killed at every named point of a pass and at random moments: coverage is what a rebuild finds."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from server import schema
from tests import factories
from tests.factories import NOW
from tests.server.patrol.covered import along, arrive, covered, make_device, make_street, rebuild_all
from tests.server.patrol.killed_coverer import POINTS, Spec

ROOT = Path(__file__).resolve().parents[3]
KILLS = 12


def work(owner: Engine, *, planted_bug: bool = False) -> Counter[str]:
    """Batches of a walk in any order, and workers until they are covered; where those died."""
    make_street(owner)
    device = make_device(owner, factories.make_account(owner).id)
    walk = [fix for n in range(4) for fix in along(NOW + timedelta(seconds=400 * n), seconds=200)]
    batches = [walk[n : n + 10] for n in range(0, len(walk), 10)]
    random.Random(1).shuffle(batches)
    for batch in batches:
        arrive(owner, device, batch)
    url = owner.url.render_as_string(hide_password=False)
    worker_url = schema.role_url(url, "frontage_worker")
    libpq = owner.url.set(drivername="postgresql").render_as_string(hide_password=False)
    spec = Spec(worker_url, libpq, 0.3, KILLS, 1, planted_bug)
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.patrol.killed_coverer", json.dumps(asdict(spec))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Counter(done.stdout.split())


@pytest.mark.timeout(250)
def test_kills_in_the_middle_of_a_pass_lose_nothing_and_double_nothing(owner: Engine) -> None:
    died = work(owner)
    assert died.total() >= KILLS and set(died) == set(POINTS)
    assert factories.count_rows(owner, "fix_arrival") == 0
    gathered = covered(owner)
    assert len(gathered["visit"]) == 4 * 12  # four walks past twelve fronts
    rebuild_all(owner, NOW.date(), NOW.date())
    assert covered(owner) == gathered


@pytest.mark.timeout(250)
def test_a_worker_that_forgets_what_it_took_is_caught(owner: Engine) -> None:
    work(owner, planted_bug=True)
    gathered = covered(owner)
    rebuild_all(owner, NOW.date(), NOW.date())
    assert covered(owner) != gathered
