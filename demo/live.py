"""Officers who walk their streets now, until they are told to stop, and one who calls for help.

For looking at what is live: everything goes through the public API with the clock of today, as phones send it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from shapely import LineString

from demo.bureau import DISTRICT
from demo.month import way_for
from demo.phone import Answer, NotSent, Phone
from demo.walking import PLANE, way_of

ACCURACY_M = 5.0


@dataclass
class Walker:
    """One officer under way, up and down the same streets.

    Attributes:
        walked_m: how far by now. shift: of the shift that was begun here; empty when one went on already.
    """

    phone: Phone
    way: LineString
    chance: Random
    walked_m: float = 0.0
    shift: str = field(default="")

    def begin(self) -> None:
        """Begin a shift unless one goes on. Raises NotSent."""
        if self._ask("GET", "/shifts/current")["shift"] is None:
            self.shift = str(uuid.uuid4())
            self._ask("POST", "/shifts/start", {"shift": self.shift})

    def step(self, metres: float) -> None:
        """Walk on, and tell where that is. Raises NotSent."""
        self.walked_m += metres
        spot = {**self._spot(), "recorded_at": datetime.now(UTC).isoformat()}
        self._ask("POST", "/positions", {"positions": [spot]})

    def end(self) -> None:
        """End the shift that was begun here. Raises NotSent."""
        if self.shift:
            self._ask("POST", "/shifts/end", {"shift": self.shift})

    def call_for_help(self, note: str) -> str:
        """Raise an SOS from where the officer stands; its id. Raises NotSent."""
        call = str(uuid.uuid4())
        self._ask("PUT", f"/sos/{call}", {"position": self._spot(), "note": note})
        return call

    def _spot(self) -> dict[str, Any]:
        length_m = self.way.length
        there_m = self.walked_m % (2 * length_m)
        spot = self.way.interpolate(min(there_m, 2 * length_m - there_m))
        east, north = (self.chance.gauss(0, ACCURACY_M / 3) for _ in range(2))
        lon, lat = PLANE.inverse(spot.x + east, spot.y + north)
        return {"lon": round(lon, 7), "lat": round(lat, 7), "datum": "wgs84", "accuracy_m": ACCURACY_M}

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = self._once(method, path, body)
        if answer.status == 401:
            # A walk lasts longer than a token.
            self.phone.sign_in()
            answer = self._once(method, path, body)
        if answer.status not in (200, 201):
            told = answer.body if isinstance(answer.body, dict) else {}
            raise NotSent(
                f"{self.phone.username}: {answer.status} {told.get('code', '')} {told.get('title', '')}"
            )
        return dict(answer.body)

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        raw = None if body is None else json.dumps(body).encode()
        return self.phone.ask(method, f"/api/v1{path}", raw, "application/json")


def walkers(url: str, accounts: Sequence[Mapping[str, Any]], seed: int) -> Iterator[Walker]:
    """Every officer, signed in, with streets of the own township; the same ways for the same seed. Raises NotSent."""
    officers = sorted((one for one in accounts if one["role"] == "officer"), key=lambda one: one["username"])
    for nth, one in enumerate(officers):
        chance = Random(f"{seed}/{one['username']}")
        there = way_for(one["township"] or DISTRICT, nth, chance)
        phone = Phone(url, one["username"], one["password"])
        phone.sign_in()
        way = way_of(there["township"], there["way"])
        yield Walker(phone, way, chance, walked_m=chance.uniform(0, way.length))
