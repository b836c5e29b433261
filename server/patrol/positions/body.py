"""The body of a request full of fixes: as JSON or packed by gzip, never larger than the deployment allows."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import orjson
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from server.problems.positions import GzipBroken
from server.problems.request import BodyTooLarge, MalformedRequest, MediaTypeRefused

_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class BodyLimits:
    """`max_bytes`: as sent, and unpacked. `fixes_max`: of one batch."""

    max_bytes: int
    fixes_max: int

    def refusal(self) -> BodyTooLarge:
        """The problem that names both limits."""
        return BodyTooLarge(limit_bytes=self.max_bytes, limit_fixes=self.fixes_max)


def read_body(limits: BodyLimits) -> bytes:
    """The body of this request, unpacked.

    Raises:
        BodyTooLarge, GzipBroken, MediaTypeRefused (packed in another way).
    """
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("gzip", "x-gzip", "identity", ""):
        raise MediaTypeRefused(accepted=["gzip", "identity"])
    request.max_content_length = limits.max_bytes
    try:
        body = request.get_data(cache=False)
        # Of a body without announced length, one beyond the limit is refused only here.
        request.stream.read(1)
    except RequestEntityTooLarge:
        raise limits.refusal() from None
    return _unpacked(body, limits) if coding.endswith("gzip") else body


def _unpacked(body: bytes, limits: BodyLimits) -> bytes:
    """Stops at the limit, whatever the stream would grow to; several gzip members are one body (RFC 1952)."""
    made = bytearray()
    while body or not made:
        unpacking = zlib.decompressobj(_GZIP)
        try:
            made += unpacking.decompress(body, limits.max_bytes + 1 - len(made))
        except zlib.error:
            raise GzipBroken() from None
        if len(made) > limits.max_bytes:
            raise limits.refusal()
        if not unpacking.eof:
            raise GzipBroken()
        body = unpacking.unused_data
    return bytes(made)


def read_json(limits: BodyLimits) -> Any:
    """The decoded JSON of this request.

    Raises:
        as `read_body`; MediaTypeRefused, MalformedRequest.
    """
    if request.mimetype != "application/json":
        raise MediaTypeRefused(accepted=["application/json"])
    try:
        return orjson.loads(read_body(limits))
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(detail=f"not JSON: {error.msg} at byte {error.pos}") from None
