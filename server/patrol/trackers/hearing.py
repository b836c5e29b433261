"""One request of a tracker, in one transaction: let in by its token, read, stored, and counted for whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from prometheus_client import Counter

from server.db import Database
from server.messages import say
from server.patrol.positions.columns import Columns
from server.patrol.positions.taking import TakingRules, take_fixes
from server.patrol.trackers import devices
from server.patrol.trackers.devices import Credential
from server.patrol.trackers.enrolling import Kind
from server.patrol.trackers.payloads import Heard, Reading
from server.problems.base import Problem

ITEMS = Counter("frontage_tracker_items_total", "What trackers sent", ["kind", "outcome"])
# Why something was not stored, the first reason first; a sentence `tracker.<reason>` for each.
NOT_STORED = ("off_duty", "unreadable")


@dataclass(frozen=True)
class Payload:
    """What a request holds.

    Attributes:
        mark: what the client tells of itself, to tell a second phone from the first; None when it tells nothing.
        read: its fixes, once the device and its datum are known.
    """

    mark: str | None
    read: Callable[[Reading], Heard]


@dataclass(frozen=True)
class Outcome:
    """What a request brought.

    Attributes:
        counts: accepted, duplicate, off_duty, unreadable, ignored.
        claimed: whether the token was used for the first time.
    """

    counts: dict[str, int]
    claimed: bool

    def told(self) -> dict[str, object]:
        """Counts, and a sentence when something was not stored."""
        missing = next((reason for reason in NOT_STORED if self.counts[reason]), None)
        words = say(f"tracker.{missing}", {"count": self.counts[missing]}) if missing else None
        return {
            **self.counts,
            "message": words["text"] if words else None,
            "message_en": words["text_en"] if words else None,
        }


@dataclass(frozen=True)
class TrackerDesk:
    """Takes what trackers send.

    Attributes:
        clock: aware UTC time of receipt. time_zone: of a time that names none.
    """

    db: Database
    rules: TakingRules
    clock: Callable[[], datetime]
    time_zone: ZoneInfo

    def hear(self, kind: Kind, shown: Credential, open_: Callable[[], Payload]) -> Outcome:
        """Store what was recorded on duty; the rest is counted, for a refusal would only bring it again.

        Args:
            open_: decodes the request, which may raise a problem of its own.
        Raises:
            DeviceTokenRefused: the token opens nothing.
        """
        at = self.clock()
        with self.db.anonymous() as connection:
            try:
                payload = open_()
            except Problem:
                # Whoever may not send hears of no mistake in what they sent; and nobody claims a token by one.
                devices.let_in(connection, kind, shown, None, at)
                raise
            device = devices.let_in(connection, kind, shown, payload.mark, at)
            heard = payload.read(Reading(device.datum, self.time_zone))
            counts = dict.fromkeys(("accepted", "duplicate", "off_duty"), 0)
            if heard.fixes:
                taken = take_fixes(connection, device.device_id, Columns.of(heard.fixes), at, self.rules)
                counts = {name: getattr(taken, name) for name in counts}
            counts |= {"unreadable": heard.unreadable, "ignored": heard.ignored}
            devices.note_heard(connection, device.device_id, counts, at)
        for outcome, count in counts.items():
            ITEMS.labels(kind, outcome).inc(count)
        return Outcome(counts, device.claimed)
