"""How long a tile may be kept and by whom: validators, Cache-Control, and compression for who accepts it.

A layer of zones is everybody's and has a version, so its validator is known before anything is drawn. What a scoped
layer shows depends on who asks: it is never kept by others, and its validator is made of its bytes.
"""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, request

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# Below this the head of a gzip stream and the work are all that is won.
_COMPRESS_MIN_BYTES = 512
_COMPRESS_LEVEL = 5


def etag_of(*parts: object) -> str:
    """A validator of what these parts determine."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def etag_of_bytes(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def known(etag: str) -> bool:
    """Whether who asks has this already (If-None-Match)."""
    # Weak: the same tile may be sent compressed or not.
    return request.if_none_match.contains_weak(etag)


def until_midnight_s(now: datetime, time_zone: ZoneInfo) -> int:
    """Seconds until the map of today is no longer that of today, in the district's time."""
    local = now.astimezone(time_zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(), time_zone)
    return max(0, int((midnight - now).total_seconds()))


def shared(max_age_s: int) -> str:
    """Cache-Control of what everybody may see; without an age it is asked for again each time, and mostly not sent."""
    return f"public, max-age={max_age_s}" if max_age_s else "public, no-cache"


PRIVATE = "private, no-cache"


def respond(body: bytes | None, etag: str, cache_control: str, *, scoped: bool) -> Response:
    """A tile, or 304 when `body` is None."""
    response = Response(status=304) if body is None else Response(_compressed(body), content_type=MEDIA_TYPE)
    if body is None:
        response.headers.pop("Content-Type", None)
    elif _compressing(body):
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = cache_control
    response.headers["Vary"] = "Accept-Encoding, Authorization" if scoped else "Accept-Encoding"
    return response


def _compressing(body: bytes) -> bool:
    return len(body) >= _COMPRESS_MIN_BYTES and request.accept_encodings["gzip"] > 0


def _compressed(body: bytes) -> bytes:
    # Without a time of making, the same tile is the same bytes on every server.
    return gzip.compress(body, _COMPRESS_LEVEL, mtime=0) if _compressing(body) else body
