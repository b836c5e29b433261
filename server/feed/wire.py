"""The bytes of a stream: server-sent events (WHATWG HTML, 9.2), in the chunks of HTTP/1.1 where that is spoken."""

from __future__ import annotations

from collections.abc import Iterable

from server.feed.changes import Change

MEDIA_TYPE = "text/event-stream"
LAST_CHUNK = b"0\r\n\r\n"


def opening(retry_ms: int, place: int) -> bytes:
    """First lines: when to come again, and from where even if nothing has come until then."""
    return b"retry: %d\nid: %d\n\n" % (retry_ms, place)


def events(changes: Iterable[Change]) -> bytes:
    """One event for each change; its id is the cursor behind it."""
    return b"".join(b"id: %d\ndata: %b\n\n" % (one.seq, one.as_json) for one in changes)


def officers(items: Iterable[bytes], gone: Iterable[bytes]) -> bytes:
    """Who is shown no more, and where the others are, as JSON texts. Without an id: nobody resumes it."""
    return b'event: officers\ndata: {"gone":[%b],"items":[%b]}\n\n' % (b",".join(gone), b",".join(items))


def beat(place: int) -> bytes:
    """A comment that keeps proxies from hanging up, and an id, so that a cursor never grows old on an open stream."""
    return b": beat\nid: %d\n\n" % place


def chunk(data: bytes) -> bytes:
    """One chunk of a body without a length (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)
