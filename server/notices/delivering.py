"""The worker's part: takes what is due of every channel, sends it, notes what became of it.

A channel has one sender at a time, by a lock that goes with the connection: a killed worker leaves none behind. What
was sent but not yet noted when a worker died is sent again under the same key; that is as much as any protocol
without a receiver's help can promise. A host that hangs holds up its own channel only, and for one try a time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import psycopg
import structlog
from standardwebhooks import Webhook

from geo.hours import read_hours
from server.notices import robots, wording
from server.notices.mail import Mailer
from server.notices.outcome import Outcome, Trouble, failed, refused
from server.notices.posting import Poster
from server.notices.sealing import Seal, SealBroken, Target
from server.notices.wording import Message

log = structlog.get_logger()
Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]
# Any constant of ours as the first half of an advisory lock; the second is the channel's.
_LOCK = 0x4E4F5443


def nobody_listens(_: str) -> None:
    """Called at the named points of a delivery; fault runs end the worker there."""


@dataclass(frozen=True)
class Patience:
    """How long and how often it is tried.

    Attributes:
        base_s: wait after the first failure; each further one doubles it, up to `most_s`.
        give_up_s: a message is given up when it fails this long after its first try.
    """

    base_s: float = 30.0
    most_s: float = 14_400.0
    give_up_s: float = 86_400.0

    def wait_s(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row, one at least."""
        return min(self.base_s * 2.0 ** min(failures - 1, 60), self.most_s)


@dataclass(frozen=True)
class Senders:
    """Sends a message by its channel's way."""

    seal: Seal
    poster: Poster
    mailer: Mailer
    time_zone: ZoneInfo
    clock: Callable[[], datetime]

    def send(self, kind: str, sealed: str, message: Message) -> Outcome:
        """Try once. A defect of ours counts as a refusal of this message: it waits, and others pass it."""
        try:
            return self._send(kind, self.seal.open(sealed), message)
        except SealBroken:
            return failed(Trouble.SEAL_BROKEN)
        except Exception as error:
            log.error("notice_defect", kind=kind, key=message.key, exc_info=error)
            return refused(Trouble.DEFECT)

    def _send(self, kind: str, target: Target, message: Message) -> Outcome:
        if kind == "email":
            return self.mailer.send(target.address, message)
        return self._webhook(target, message) if kind == "webhook" else self._robot(kind, target, message)

    def _webhook(self, target: Target, message: Message) -> Outcome:
        (item,) = message.items
        body = orjson.dumps(
            {"type": item.event, "timestamp": item.at, "data": item.data}, option=orjson.OPT_SORT_KEYS
        )
        now = self.clock()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(target.secret or "").sign(message.key, now, body.decode()),
        }
        return self.poster.post(target.address, body, headers)[0]

    def _robot(self, kind: str, target: Target, message: Message) -> Outcome:
        address = target.address
        if kind == "dingtalk":
            address = robots.signed(address, target.secret, self.clock())
        body = robots.body(wording.text(message, self.time_zone))
        outcome, answer = self.poster.post(address, body, {"Content-Type": "application/json"})
        return robots.judged(outcome, answer)


@dataclass(frozen=True)
class Deliverer:
    """Delivers what is due.

    Attributes:
        connect: gives a connection of the worker's role on which each statement is a transaction of its own.
        channels_at_once: channels served side by side; what one waits for does not hold up another.
        digest_max_count: events in one collected message.
        reach: told `notices.taken`, `notices.sent` and `notices.noted` of each message, `notices.drained` of a channel.
    """

    connect: Connect
    senders: Senders
    clock: Callable[[], datetime]
    time_zone: ZoneInfo
    patience: Patience = field(default_factory=Patience)
    channels_at_once: int = 8
    digest_max_count: int = 100
    reach: Callable[[str], None] = nobody_listens

    def run(self) -> int:
        """Send until nothing is due; returns how many messages arrived."""
        with self.connect() as connection:
            due = connection.execute(
                "SELECT channel_id, quiet_hours FROM notice_channels_due_v1(%s)", (self.clock(),)
            ).fetchall()
        if not due:
            return 0
        with ThreadPoolExecutor(min(self.channels_at_once, len(due))) as pool:
            return sum(pool.map(lambda channel: self._serve(*channel), due))

    def _serve(self, channel: Any, quiet_hours: str | None) -> int:
        """Send what is due of one channel, unless another worker does."""
        arrived = 0
        with self.connect() as connection:
            while self._is_due(connection, channel, quiet_hours) and self._lock(connection, channel):
                try:
                    while (word := self._send_next(connection, channel, quiet_hours)) is not None:
                        arrived += word == "sent"
                    self.reach("notices.drained")
                finally:
                    connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_LOCK, str(channel)))
                # Looked at again after the lock: what came meanwhile found it taken and relies on us.
        return arrived

    def _lock(self, connection: psycopg.Connection[Any], channel: Any) -> bool:
        row = connection.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, str(channel))
        ).fetchone()
        return bool(row and row[0])

    def _is_due(self, connection: psycopg.Connection[Any], channel: Any, quiet_hours: str | None) -> bool:
        now = self.clock()
        row = connection.execute(
            "SELECT notice_due_v1(%s, %s, %s)", (channel, now, self._is_quiet(quiet_hours, now))
        ).fetchone()
        return bool(row and row[0])

    def _is_quiet(self, quiet_hours: str | None, now: datetime) -> bool:
        return quiet_hours is not None and read_hours(quiet_hours).holds(now.astimezone(self.time_zone))

    def _send_next(
        self, connection: psycopg.Connection[Any], channel: Any, quiet_hours: str | None
    ) -> str | None:
        """Send one message; the outcome's word, None when nothing is due any more."""
        now = self.clock()
        row = connection.execute(
            "SELECT notice_take_v1(%s, %s, %s, %s, %s)",
            (channel, now, self._is_quiet(quiet_hours, now), self.patience.base_s, self.digest_max_count),
        ).fetchone()
        taken = row[0] if row else None
        if taken is None:
            return None
        self.reach("notices.taken")
        message = Message.of(taken["batch"], taken["items"])
        outcome = self.senders.send(taken["kind"], taken["sealed"], message)
        self.reach("notices.sent")
        self._note(connection, channel, taken, outcome)
        self.reach("notices.noted")
        log.info(
            "notice",
            channel=str(channel),
            key=message.key,
            events=len(message.items),
            outcome=outcome.word,
            trouble=outcome.trouble.value if outcome.trouble else None,
            status=outcome.status,
        )
        return outcome.word

    def _note(
        self, connection: psycopg.Connection[Any], channel: Any, taken: dict[str, Any], outcome: Outcome
    ) -> None:
        now = self.clock()
        failures = taken["failures"] + 1 if outcome.word == "failed" else taken["attempts"]
        connection.execute(
            "SELECT notice_note_v1(%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                channel,
                taken["batch"],
                now,
                outcome.word,
                outcome.trouble.value if outcome.trouble else None,
                outcome.status,
                now + timedelta(seconds=self.patience.wait_s(failures)),
                self.patience.give_up_s,
            ),
        )
