"""Holds and reports of deletion as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.server.world import SignIn

API = "/api/v1"


def check_keeping(
    described: dict[str, Any], check_answer: Callable[..., None], client: FlaskClient, sign_in: SignIn
) -> Iterator[tuple[str, str]]:
    """Every operation of keeping."""
    admin, made = sign_in("admin"), str(uuid4())

    def call(method: str, path: str, status: int, query: str = "", headers: Any = admin, **sent: Any) -> None:
        address = API + path.replace("{hold_id}", made) + query
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)

    path, said = "/legal-holds/{hold_id}", {"from": "2026-09-01T00:00:00Z", "reason": "行政复议"}
    for status, body in [(201, said), (200, said), (409, {**said, "reason": "?"}), (422, {"from": "now"})]:
        call("put", path, status, json=body)
    call("put", path, 403, headers=sign_in("officer"), json=said)
    yield path, "put"
    path = "/legal-holds/{hold_id}/lift"
    for status, reason in [(200, "已结"), (200, "已结"), (409, "?"), (422, "")]:
        call("post", path, status, json={"reason": reason})
    yield path, "post"
    for path in ("/legal-holds", "/deletion-reports"):
        for status, query in [(200, "?limit=1"), (400, "?cursor=nonsense"), (422, "?limit=0")]:
            call("get", path, status, query)
        yield path, "get"
