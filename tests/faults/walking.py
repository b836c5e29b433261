"""Phones of one officer that send where they go while servers die, and the count of what arrived.

A batch is sent until it is acknowledged. Batches overlap, some are given to two phones at once, and each device has
its own times: what was acknowledged has to be there as it was told, once, and once among what waits to be seen.
"""

from __future__ import annotations

import gzip
import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tests.factories import CORNER
from tests.faults import killing
from tests.faults.killing import Outcome, Plan
from tests.faults.phone import Answered
from tests.faults.world import World
from tests.server.patrol.walks import POSITIONS, start_shift

DEVICES = 4
BATCH = 20
OVERLAP = 5
_PAUSE_S = 0.02
_TIMEOUT_S = 30.0
# A metre a second up and down the street, in degrees of seven digits: compared to the last one with what is stored.
_STEP_DEG = 1e-6
_TURN = 400


@dataclass(frozen=True)
class Batch:
    """Fixes number `first` to `first + BATCH` of one device of a run that began at `begin`."""

    device: int
    first: int
    begin: datetime

    def fixes(self) -> Iterator[tuple[datetime, float, float]]:
        """When and where (WGS-84)."""
        for number in range(self.first, self.first + BATCH):
            along = number % (2 * _TURN)
            lon = round(CORNER[0] + min(along, 2 * _TURN - along) * _STEP_DEG, 7)
            yield (
                self.begin + timedelta(milliseconds=100 * number),
                lon,
                round(CORNER[1] + self.device * 1e-4, 7),
            )

    def body(self, rng: random.Random) -> bytes:
        """The batch in any order."""
        told = [
            {"recorded_at": at.isoformat(), "lon": lon, "lat": lat, "datum": "wgs84", "accuracy_m": 5}
            for at, lon, lat in self.fixes()
        ]
        rng.shuffle(told)
        return json.dumps({"device": f"phone {self.device}", "positions": told}).encode()


@dataclass(frozen=True)
class WalkingPhone:
    """Sends to one server as one officer."""

    port: int
    headers: dict[str, str]

    def deliver(self, job: Batch, rng: random.Random, give_up_s: float) -> dict[str, Any]:
        """Send until acknowledged.

        Raises:
            Answered: neither success nor "try again", or counts that do not add up.
            TimeoutError: not acknowledged at `give_up_s` (time.monotonic).
        """
        while time.monotonic() < give_up_s:
            try:
                status, told = self._post(job.body(rng), packed=rng.random() < 0.5)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                status, told = 503, {}
            if status == 200 and told["accepted"] + told["duplicate"] == BATCH:
                return told
            if status != 503:
                raise Answered(f"{job}: {status} {told}")
            time.sleep(_PAUSE_S)
        raise TimeoutError(f"{job} was never acknowledged")

    def _post(self, body: bytes, *, packed: bool) -> tuple[int, dict[str, Any]]:
        headers = {**self.headers, "Content-Type": "application/json"}
        if packed:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_S)
        try:
            connection.request("POST", POSITIONS, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def batches(plan: Plan, begin: datetime) -> Iterator[Batch]:
    """Endless batches of all devices, each beginning within the one before it; some come twice."""
    rng = random.Random(plan.seed)
    first = 0
    while True:
        for device in range(DEVICES):
            batch = Batch(device, first, begin)
            yield batch
            if rng.random() < plan.duplicate_share:
                yield batch
        first += BATCH - OVERLAP


def walk_and_kill(world: World, plan: Plan) -> tuple[Outcome, dict[Batch, dict[str, Any]]]:
    """Send positions until `plan.kills` servers have died, then see what is left."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    start_shift(world.owner, _officer(world), begin)
    outcome, started_s = Outcome(), time.monotonic()
    with killing.servers(world, plan) as living:
        phone = WalkingPhone(living.port, world.headers)
        told = killing.deliver_all(phone, batches(plan, begin), plan, living)
        outcome.killed = living.killed
    outcome.elapsed_s = time.monotonic() - started_s
    with world.owner.connect() as connection:
        outcome.broken = broken_walks(connection, told)
    outcome.broken += [f"a server ended by itself: {p}" for p in outcome.killed if p.startswith("unexpected")]
    return outcome, told


def _officer(world: World) -> UUID:
    with world.owner.connect() as connection:
        return UUID(
            str(connection.execute(text("SELECT id FROM account WHERE role = 'officer'")).scalar_one())
        )


def broken_walks(connection: Connection, told: Mapping[Batch, Mapping[str, Any]]) -> list[str]:
    """Every promise about positions that does not hold, as a sentence; none is the only good answer.

    Args:
        connection: of the owner, before anything was counted as seen.
    """
    rows = connection.execute(
        text(
            "SELECT d.name, f.recorded_at, f.lon, f.lat FROM position_fix f "
            "JOIN device d ON d.id = f.device_id"
        )
    )
    kept = Counter(tuple(row) for row in rows)
    rows = connection.execute(
        text("SELECT d.name, unnest(a.recorded) FROM fix_arrival a JOIN device d ON d.id = a.device_id")
    )
    waiting = Counter(tuple(row) for row in rows)
    newest = connection.execute(text("SELECT max(recorded_at) FROM officer_position")).scalar_one()
    acknowledged = {(f"phone {batch.device}", *fix) for batch in told for fix in batch.fixes()}
    broken = [f"acknowledged and not there: {fix}" for fix in sorted(acknowledged - kept.keys())]
    broken += [f"there {count} times: {fix}" for fix, count in kept.items() if count > 1]
    times = Counter(fix[:2] for fix in kept)
    broken += [f"kept and not waiting to be seen: {fix}" for fix in sorted(times.keys() - waiting.keys())]
    broken += [f"waiting {n} times for {times[fix]}: {fix}" for fix, n in waiting.items() if n > times[fix]]
    if times and newest != max(at for _, at in times):
        broken.append(f"the newest position shown is of {newest}")
    return broken
