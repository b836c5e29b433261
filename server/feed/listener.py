"""The one listener of a server process: reads the feed for all streams of the process, over one connection.

It asks a few times a second and only while there are streams. A notification by the database would be quicker by some
tens of milliseconds and make every intake wait at its commit (docs/adr/0020). Who reads is confirmed from time to
time, and always before anything is told when that was too long ago. Where people are it asks less often, and only
while somebody is shown it; that they are shown it is noted first.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from server.feed.changes import read_askers, read_feed
from server.feed.officers import LiveSettings, Looks, read_officers
from server.feed.streams import Streams

log = structlog.get_logger()
_ROWS = 500
# A database that is gone is not asked more often than that.
_AFTER_FAILURE_S = 1.0


class Listener:
    """Reads from a database and hands to streams, in a thread that begins with the first stream.

    Args:
        engine: with a connection of its own, so that no request waits for the listener.
        poll_s: how long it waits between two looks.
        recheck_s: how old the confirmation of a reader may be when something is told.
        live: how often, and by which rules, it asks where people are.
    """

    def __init__(
        self, engine: Engine, streams: Streams, *, poll_s: float, recheck_s: float, live: LiveSettings
    ) -> None:
        self._engine, self._streams = engine, streams
        self._poll_s, self._recheck_s, self._live = poll_s, recheck_s, live
        self._looks = Looks()
        self._confirmed_at_s = self._officers_at_s = 0.0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start the thread, once; after the fork, which would leave it behind."""
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Stop listening, end every stream and close the connection."""
        self._stopped.set()
        # It may be waiting for a first stream.
        self._streams.wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._streams.close()
        self._engine.dispose()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._streams.wanted.wait()
            try:
                more = self._look()
            except SQLAlchemyError as error:
                log.warning("feed_unread", exc_info=error)
                self._stopped.wait(_AFTER_FAILURE_S)
            else:
                if not more:
                    self._stopped.wait(self._poll_s)

    def _look(self) -> bool:
        """One look; whether there is more to read at once."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if time.monotonic() - self._confirmed_at_s >= self._recheck_s:
                asked = self._streams.asking()
                self._streams.confirm(asked, read_askers(connection, asked))
                self._confirmed_at_s = time.monotonic()
            since = self._streams.upto
            changes = read_feed(connection, since, _ROWS)
            if changes:
                self._streams.publish(since, changes)
            if time.monotonic() - self._officers_at_s >= self._live.positions_s:
                self._officers_at_s = time.monotonic()
                self._look_at_officers(connection)
        return len(changes) == _ROWS

    def _look_at_officers(self, connection: Connection) -> None:
        watching = self._streams.watching()
        if watching:
            now = datetime.now(UTC)
            found = read_officers(connection, now, self._live)
            self._looks.note(connection, watching, found, now)
            self._streams.show_officers(found, watching)
