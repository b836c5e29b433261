"""A worker is killed at every named point and at random moments: nothing is lost, and what comes twice has one key.

Between sending and noting no worker can know whether it arrived: it is sent again, so a receiver counts by key.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from config import Config
from tests.server.notices.conftest import Desk
from tests.server.notices.killed_worker import Spec
from tests.server.notices.receivers import Mailbox, Receiver

ROOT = Path(__file__).resolve().parents[3]
POINTS = {"notices.taken", "notices.sent", "notices.noted", "random"}
# More than that many workers send while they live.
EVENTS = 400
KILLS = 48


def work(
    config: Config, worker_url: str, owner_url: str, kills: int = KILLS, *, planted_bug: bool = False
) -> Counter[str]:
    """Run workers until everything is sent, whatever becomes of them; where they died."""
    # Tried again at once: what a dead worker took waits no longer than this.
    given = config.model_copy(update={"notice_retry_base_s": 0.01})
    spec = Spec(given.model_dump(mode="json"), worker_url, owner_url, 0.3, 0.4, kills, 1, planted_bug)
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.notices.killed_worker", json.dumps(asdict(spec))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Counter(done.stdout.split())


@pytest.mark.timeout(250)
def test_forty_eight_kills_lose_nothing_and_everything_is_told_under_its_own_key(
    desk: Desk, config: Config, worker_url: str, database_url: str, receiver: Receiver, post_office: Mailbox
) -> None:
    desk.channel("webhook", receiver.url)
    desk.channel("email", "duty@jinsha.test")
    keys = [f"TZ-2026-{number:06d}:2" for number in range(EVENTS)]
    for key in keys:
        desk.tell(key, case=key.partition(":")[0], action="dispatch", version=2)

    died = work(config, worker_url, database_url)

    assert died.total() >= KILLS and set(died) >= POINTS
    assert {state for state, _, _ in desk.states()} == {"sent"}
    assert set(receiver.keys) == set(keys)
    bodies = {(request.key, request.body) for request in receiver.requests}
    assert len(bodies) == EVENTS, f"the same key came with another content: {sorted(bodies)}"
    by_id = {mail["Message-ID"]: mail.get_content() for mail in post_office.mails}
    assert len(by_id) == EVENTS and len(set(by_id.values())) == EVENTS
    # Twice only where a worker died with a message on its way.
    twice = len(receiver.requests) + len(post_office.mails) - 2 * EVENTS
    assert 0 < twice <= died["notices.sent"] + died["random"]


@pytest.mark.timeout(250)
def test_a_worker_that_notes_before_it_sends_is_caught(
    desk: Desk, config: Config, worker_url: str, database_url: str, receiver: Receiver
) -> None:
    desk.channel("webhook", receiver.url)
    keys = [f"TZ-2026-{number:06d}:2" for number in range(EVENTS)]
    for key in keys:
        desk.tell(key)

    work(config, worker_url, database_url, 16, planted_bug=True)

    assert set(receiver.keys) < set(keys)
