"""Messages for group robots: the JSON that WeCom and DingTalk document for text, and DingTalk's signed address.

Both answer 200 with `errcode` whatever happened; only 0 is a message that arrived. Neither knows a dedupe key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

import httpx
import orjson

from server.notices.outcome import Outcome, Trouble, failed

# WeCom's documented limit, in bytes of UTF-8; DingTalk's is larger, and nobody reads more in a group.
TEXT_MAX_BYTES = 2048


def body(text: str) -> bytes:
    """The request body of a text message; both robots take the same."""
    return orjson.dumps({"msgtype": "text", "text": {"content": _cut(text)}})


def signed(address: str, secret: str | None, at: datetime) -> str:
    """DingTalk's address with time and signature; as it is when the robot has no secret."""
    if secret is None:
        return address
    timestamp = str(int(at.timestamp() * 1000))
    mark = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    params = {"timestamp": timestamp, "sign": base64.b64encode(mark).decode()}
    return str(httpx.URL(address).copy_merge_params(params))


def judged(outcome: Outcome, answer: bytes) -> Outcome:
    """The outcome by what the robot says in its body, which is about the group or the robot, not about the message."""
    if outcome.word != "sent":
        return outcome
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        said = None
    arrived = isinstance(said, dict) and said.get("errcode") == 0
    return outcome if arrived else failed(Trouble.ROBOT_REFUSED, outcome.status)


def _cut(text: str) -> str:
    data = text.encode()
    if len(data) <= TEXT_MAX_BYTES:
        return text
    return data[: TEXT_MAX_BYTES - len("…".encode())].decode(errors="ignore") + "…"
