"""What officers of a run send: reports made before the clock starts, each with an id and a time of its own.

Every officer walks along a block at 1 m/s and reports every five seconds, so that the server finds recent fixes of
theirs as it would on a real day. The load generator only has to send.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from bench.ground import CATEGORY, STRIP_WIDTH_M, STRIPS_A_SIDE, Spot, Streets

STEP_S = 5
ACCURACY_M = 6.0
BETWEEN_ROUNDS = timedelta(hours=1)
FIRST_ROUND_AGO = timedelta(days=3)


@dataclass(frozen=True)
class Walk:
    """One report: who (index of the token), its id, where and when."""

    officer: int
    report_id: str
    spot: Spot
    captured_at: datetime

    def body(self, photos: tuple[str, ...] = ()) -> str:
        """The report as JSON; `photos` are digests."""
        return json.dumps(
            {
                "captured_at": self.captured_at.isoformat(timespec="milliseconds"),
                "position": {
                    "lon": round(self.spot.lon, 7),
                    "lat": round(self.spot.lat, 7),
                    "datum": "wgs84",
                    "accuracy_m": ACCURACY_M,
                    "source": "device",
                },
                "category": CATEGORY,
                "photos": [{"sha256": digest, "role": "scene"} for digest in photos],
                "app_version": "bench",
            },
            separators=(",", ":"),
        )


def walks(streets: Streets, *, officers: int, round_: int, count: int) -> Iterator[Walk]:
    """`count` reports of one round, officers taking turns; no time of a round comes again in another."""
    begin = datetime.now(UTC) - FIRST_ROUND_AGO + round_ * BETWEEN_ROUNDS
    length_m = STRIPS_A_SIDE * STRIP_WIDTH_M
    for number in range(count):
        step, officer = divmod(number, officers)
        along_m = (step * STEP_S) % length_m
        across_m = 7.0 if (step * STEP_S // length_m) % 2 else -7.0
        spot = streets.at(officer * 37 + round_, along_m, across_m)
        at = begin + timedelta(seconds=step * STEP_S, milliseconds=officer)
        yield Walk(officer, str(uuid4()), spot, at)


def write_requests(path: Path, given: Iterator[Walk]) -> None:
    """One line a report for the load generator: number of the token, id, JSON; tabs between."""
    with open(path, "w", encoding="utf-8") as file:
        for walk in given:
            file.write(f"{walk.officer + 1}\t{walk.report_id}\t{walk.body()}\n")
