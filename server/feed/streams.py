"""The open streams of one server process: one thread writes to all of them and waits for nobody.

A stream costs a socket, a buffer and no thread. It ends when its token does, when its session is revoked, when its
reader is too slow or gone, and when the process stops; the client comes again with the id it saw last. What changed
is handed in by server.feed.listener.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import structlog
from prometheus_client import Gauge

from server.access import DIRECTING_ROLES
from server.db import Principal
from server.feed import wire
from server.feed.changes import Change
from server.feed.officers import OfficersBook, Whereabouts
from server.problems.feed import StreamsFull

log = structlog.get_logger()
OPEN = Gauge("frontage_streams", "Open streams", multiprocess_mode="livesum")
_TICK_S = 0.5
# A phone that vanished without a word is noticed when nothing of ours was acknowledged for so long.
_UNHEARD_MS = 30_000
# Else the system keeps megabytes for each reader that does not read.
_SYSTEM_BUFFER_BYTES = 65_536


@dataclass(frozen=True)
class StreamLimits:
    """See config.py for their reasons."""

    process_max: int
    account_max: int
    buffer_max_bytes: int
    heartbeat_s: float
    recent_max: int


@dataclass(eq=False)
class Stream:
    """One reader.

    Attributes:
        asking: who reads, as last confirmed.
        place: up to where the reader has been told everything.
        ends_at_s: when its token expires, in seconds of the epoch.
        chunked: whether the body goes in chunks.
        officers_told: up to which number of the book of officers; None for a reader that did not ask for positions.
    """

    asking: Principal
    place: int
    ends_at_s: float
    chunked: bool
    officers_told: int | None = None
    waiting: bytearray = field(default_factory=bytearray)
    beat_at_s: float = 0.0
    connection: socket.socket | None = None

    @property
    def watches(self) -> bool:
        """Whether it shows where people are: its reader asked for it, and directs them."""
        return self.officers_told is not None and self.asking.role in DIRECTING_ROLES

    @property
    def line(self) -> socket.socket:
        """Its connection, once that was handed over."""
        if self.connection is None:
            raise RuntimeError("no connection was handed over yet")
        return self.connection


class Streams:
    """All of one process. Thread-safe: what is asked from outside is done by its own thread."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._held: Counter[UUID] = Counter()
        self._open: dict[int, Stream] = {}
        self._asked: deque[Callable[[], None]] = deque()
        self._thread: threading.Thread | None = None
        self._stopping = False
        # What was told last, for a stream that opens while it is told: complete behind `_since`.
        self._recent: deque[Change] = deque()
        self._since = self._upto = 0
        self._officers = OfficersBook()
        # Set while there is anybody to listen for.
        self.wanted = threading.Event()

    # --- From request threads and the listener

    def reserve(self, account_id: UUID) -> None:
        """Hold a place for a stream. Raises StreamsFull."""
        with self._lock:
            full = self._held.total() >= self._limits.process_max
            if full or self._stopping or self._held[account_id] >= self._limits.account_max:
                raise StreamsFull()
            self._held[account_id] += 1

    def release(self, account_id: UUID) -> None:
        """Give a reserved place back."""
        with self._lock:
            self._held[account_id] -= 1
            if not self._held[account_id]:
                del self._held[account_id]

    def adopt(self, stream: Stream, connection: socket.socket) -> None:
        """Take a connection over on which the answer has begun; a place is reserved for it."""
        stream.connection = connection
        with self._lock:
            stopping = self._stopping
            if not stopping and self._thread is None:
                self._begin()
        if stopping:
            self.release(stream.asking.account_id)
            connection.close()
        else:
            self._ask(lambda: self._add(stream))

    @property
    def upto(self) -> int:
        """The place from which the listener reads on."""
        return self._upto

    def asking(self) -> list[Principal]:
        """Who reads just now."""
        with self._lock:
            return [stream.asking for stream in self._open.values()]

    def watching(self) -> list[Principal]:
        """Who is shown just now where people are."""
        with self._lock:
            return [stream.asking for stream in self._open.values() if stream.watches]

    def show_officers(self, found: Sequence[Whereabouts], noted: Sequence[Principal]) -> None:
        """Tell where people are to those of `noted` who still read, and are who they were when it was noted."""
        self._ask(lambda: self._tell_officers(found, noted))

    def publish(self, since: int, changes: Sequence[Change]) -> None:
        """Tell everybody what is theirs of all changes behind `since`, in order."""
        self._ask(lambda: self._tell(since, changes))

    def confirm(self, asked: Sequence[Principal], confirmed: Sequence[Principal]) -> None:
        """Go on with those of `asked` that are confirmed, as they are now; the streams of the others end."""
        gone = {one.session_id for one in asked} - {one.session_id for one in confirmed}
        self._ask(lambda: self._confirm({one.session_id: one for one in confirmed}, gone))

    def close(self) -> None:
        """End every stream in an orderly way; none is opened any more."""
        with self._lock:
            self._stopping, thread = True, self._thread
        self.wanted.clear()
        if thread is not None:
            self._ask(self._end_all)
            thread.join(timeout=5)

    # --- The thread

    def _begin(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self._thread.start()

    def _ask(self, what: Callable[[], None]) -> None:
        if self._thread is not None:
            self._asked.append(what)
            os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        tick_at_s = 0.0
        while not self._stopping or self._asked or self._open:
            for key, happened in self._selector.select(_TICK_S):
                if key.data is not None:
                    self._safely(partial(self._happened, key.data, happened))
            self._obey()
            if time.monotonic() >= tick_at_s:
                tick_at_s = time.monotonic() + _TICK_S
                self._safely(self._tick)
        self._selector.close()
        os.close(self._wake)

    def _obey(self) -> None:
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            pass
        while self._asked:
            self._safely(self._asked.popleft())

    def _safely(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Exception as error:
            # A defect met by one stream must not silence those of everybody else.
            log.error("stream_defect", exc_info=error)

    def _add(self, stream: Stream) -> None:
        connection = stream.line
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD_MS)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SYSTEM_BUFFER_BYTES)
        except OSError:
            connection.close()
            self.release(stream.asking.account_id)
            return
        if not self._open:
            # Nobody listened: the feed goes on from where this reader is.
            self._recent.clear()
            self._since = self._upto = stream.place
        self._put_off_beat(stream)
        with self._lock:
            self._open[connection.fileno()] = stream
        OPEN.inc()
        self._selector.register(connection, selectors.EVENT_READ, stream)
        self.wanted.set()
        if self._stopping or stream.place < self._since:
            # Too late, or so many changes passed by since its first page was read that it has to read them there.
            self._end(stream)
        else:
            self._show(stream, self._recent)

    def _tell(self, since: int, changes: Sequence[Change]) -> None:
        if since > self._upto:
            return  # read for streams that are all gone; the listener reads again from here
        new = [one for one in changes if one.seq > self._upto]
        if not new:
            return
        self._recent.extend(new)
        self._upto = new[-1].seq
        while len(self._recent) > self._limits.recent_max:
            self._since = self._recent.popleft().seq
        for stream in list(self._open.values()):
            self._show(stream, new)

    def _show(self, stream: Stream, changes: Sequence[Change] | deque[Change]) -> None:
        shown = [one for one in changes if one.seq > stream.place and one.shown_to(stream.asking)]
        stream.place = max(stream.place, self._upto)
        if shown:
            self._put_off_beat(stream)
            self._send(stream, wire.events(shown))

    def _tell_officers(self, found: Sequence[Whereabouts], noted: Sequence[Principal]) -> None:
        self._officers.take(found)
        may = set(noted)
        watching = [stream for stream in self._open.values() if stream.watches and stream.asking in may]
        for stream in watching:
            self._show_officers(stream)
        self._officers.forget(min((stream.officers_told or 0 for stream in watching), default=0))

    def _show_officers(self, stream: Stream) -> None:
        # Who has not read the last of it gets the newest when that is read, and not all in between.
        while not stream.waiting:
            told = stream.officers_told or 0
            page, stream.officers_told = self._officers.page(
                stream.asking, told, self._limits.buffer_max_bytes // 2
            )
            if not page:
                break
            self._send(stream, page)

    def _confirm(self, confirmed: Mapping[UUID, Principal], gone: set[UUID]) -> None:
        for stream in list(self._open.values()):
            if stream.asking.session_id in gone:
                self._end(stream)
            else:
                stream.asking = confirmed.get(stream.asking.session_id, stream.asking)

    def _tick(self) -> None:
        now_s, today_s = time.monotonic(), time.time()
        for stream in list(self._open.values()):
            if today_s >= stream.ends_at_s:
                self._end(stream)
            elif now_s >= stream.beat_at_s:
                self._put_off_beat(stream)
                self._send(stream, wire.beat(stream.place))

    def _happened(self, stream: Stream, happened: int) -> None:
        if happened & selectors.EVENT_READ:
            # Gone, or talking on a connection that is only listened to.
            self._drop(stream)
        else:
            self._flush(stream)

    # --- One stream

    def _put_off_beat(self, stream: Stream) -> None:
        # Not for positions: they bear no id, and the cursor of who hears nothing else would grow old.
        stream.beat_at_s = time.monotonic() + self._limits.heartbeat_s

    def _send(self, stream: Stream, data: bytes) -> None:
        stream.waiting += wire.chunk(data) if stream.chunked else data
        self._flush(stream)
        if len(stream.waiting) > self._limits.buffer_max_bytes:
            self._drop(stream)

    def _flush(self, stream: Stream) -> None:
        try:
            sent = stream.line.send(stream.waiting) if stream.waiting else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(stream)
            return
        del stream.waiting[:sent]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if stream.waiting else 0)
        if self._selector.get_key(stream.line).events != wanted:
            self._selector.modify(stream.line, wanted, stream)

    def _end(self, stream: Stream) -> None:
        """Say that this is all, as far as the connection takes it at once, and hang up."""
        if stream.chunked:
            stream.waiting += wire.LAST_CHUNK
            self._flush(stream)
        self._drop(stream)

    def _end_all(self) -> None:
        for stream in list(self._open.values()):
            self._end(stream)

    def _drop(self, stream: Stream) -> None:
        connection = stream.line
        number = connection.fileno()
        with self._lock:
            if self._open.pop(number, None) is None:
                return  # dropped while it was told
            if not self._open:
                self.wanted.clear()
        OPEN.dec()
        self._selector.unregister(connection)
        connection.close()
        self.release(stream.asking.account_id)
