"""Servers are killed at every point of taking positions and at random moments, while phones send and send again.

What was seen of the street from what arrived is then what a rebuild finds; test_covering_kills.py kills who counts it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.faults.killing import Plan
from tests.faults.walking import broken_walks, walk_and_kill
from tests.faults.world import make_world
from tests.postgres import TestServer
from tests.server.patrol.covered import cover_all, covered, rebuild_all

POINTS = {"positions.read", "positions.before_commit", "positions.committed", "random"}


@pytest.mark.timeout(200)
def test_kills_lose_no_acknowledged_fix_and_double_none(postgres: TestServer, tmp_path: Path) -> None:
    with make_world(postgres, tmp_path, database_pool_size=2) as world:
        outcome, told = walk_and_kill(world, Plan(kills=60, kill_share=0.1, kill_every_s=1.0))

        assert outcome.broken == []
        assert set(outcome.killed) == POINTS, "a point at which no server ever died was not tested"
        assert outcome.kills >= 60

        # Whoever counts has to notice what goes wrong.
        with world.owner.connect() as connection:
            connection.execute(
                text(
                    "INSERT INTO fix_arrival (device_id, account_id, recorded, arrived_at) "
                    "SELECT device_id, account_id, recorded[1:1], arrived_at FROM fix_arrival LIMIT 1"
                )
            )
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(
                text(
                    "DELETE FROM position_fix WHERE recorded_at = (SELECT max(recorded_at) FROM position_fix)"
                )
            )
            said = {sentence.partition(":")[0] for sentence in broken_walks(connection, told)}
            connection.rollback()
        assert {"acknowledged and not there", "waiting 2 times for 1", "waiting 1 times for 0"} <= said

        cover_all(world.owner)
        gathered = covered(world.owner)
        assert gathered["visit"] and gathered["sighting"]
        today = datetime.now(UTC).date()
        rebuild_all(world.owner, today - timedelta(days=1), today + timedelta(days=1))
        assert covered(world.owner) == gathered
