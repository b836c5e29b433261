"""What one complaint leaves: its row without who complained, and the digests by which the ledger proves row and person.

Pure: no database and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from server.complaints.masking import mask
from server.complaints.wire import ComplainantIn, ComplaintIn
from server.contract import wire_time
from server.evidence import canonical
from server.places.matching import Fix, Judged
from server.places.routing import Route


@dataclass(frozen=True)
class Because:
    """Why a complaint went to its case: a stable code with its numbers."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}


@dataclass(frozen=True)
class Choice:
    """How a complaint stands to its case; `case` and `number` are of the one it joins, None when it opens one."""

    relation: str
    case: str | None
    because: tuple[Because, ...]
    number: str | None = None

    @property
    def entry(self) -> str:
        return {"opened": "complaint.received"}.get(self.relation, f"complaint.{self.relation}")


def commitment(salt: str, payload: bytes) -> str:
    """Hex SHA-256 that binds a complaint as received; nobody can try telephone numbers against it without the salt."""
    return sha256(bytes.fromhex(salt) + payload).hexdigest()


def record_digest(kept: Mapping[str, Any], organisation: str, match: str, routing: str) -> str:
    """Hex SHA-256 of everything that is kept of a complaint for those who handle its case."""
    texts = {"match": sha256(match.encode()).hexdigest(), "routing": sha256(routing.encode()).hexdigest()}
    return canonical.digest({**kept, **texts, "organisation": organisation})


def masked(said: ComplaintIn, text: str) -> str:
    """A text of the complaint without who complained."""
    person = said.complainant or ComplainantIn()
    return mask(text, name=person.name, phone=person.phone, address=person.address)


def kept_row(
    said: ComplaintIn,
    fix: Fix,
    on: date,
    recorded_at: datetime,
    judged: Judged,
    going: Route,
    chosen: Choice,
    bound: str,
) -> dict[str, Any]:
    """The row as complaint_put_v1 takes it. `bound`: the commitment to the complaint as received."""
    person = said.complainant
    return {
        "relation": chosen.relation,
        "corrects": str(said.corrects) if said.corrects else None,
        "because": [one.as_json() for one in chosen.because],
        "channel": said.channel,
        "external_number": said.external_number,
        "made_at": wire_time(said.received_at),
        "recorded_at": wire_time(recorded_at),
        "matter": masked(said, said.text),
        "category": said.category,
        "address": masked(said, said.address) if said.address else None,
        "zone_hint": said.zone,
        "lon": fix.place.lon,
        "lat": fix.place.lat,
        "sent_lon": fix.sent.lon,
        "sent_lat": fix.sent.lat,
        "datum": fix.sent.datum.value,
        "accuracy_m": fix.accuracy_m,
        "judged_on": on.isoformat(),
        "township_code": going.township.code if going.township else None,
        "zone_codes": list(judged.zone_codes),
        "callback_wished": person is not None and person.wishes_callback,
        "commitment": bound,
    }
