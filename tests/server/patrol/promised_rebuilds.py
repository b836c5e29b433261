"""Rebuilds as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.server.world import SignIn

API = "/api/v1"


def check_rebuilds(
    described: dict[str, Any], check_answer: Callable[..., None], client: FlaskClient, sign_in: SignIn
) -> Iterator[tuple[str, str]]:
    """Every operation of covering."""
    manager, township = sign_in("zone_manager"), sign_in("zone_manager", organisation="320612001")

    def call(method: str, path: str, status: int, headers: Any = manager, **sent: Any) -> Any:
        address = API + path.replace("{rebuild_id}", sent.pop("rebuild", ""))
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return answer.json

    days = {"from": "2026-09-01", "to": "2026-09-02"}
    path = "/coverage/rebuilds"
    made = call("post", path, 202, json=days)
    assert (made["from"], made["to"], made["state"], made["closed"]) == (
        "2026-09-01",
        "2026-09-02",
        "waiting",
        [],
    )
    for refused in ({**days, "to": "2026-08-31"}, {**days, "to": "2027-09-01"}, {}):
        call("post", path, 422, json=refused)
    call("post", path, 404, json={**days, "officer": str(uuid4())})
    for headers in (township, sign_in("officer")):
        call("post", path, 403, headers=headers, json=days)
    yield path, "post"
    path = "/coverage/rebuilds/{rebuild_id}"
    assert call("get", path, 200, rebuild=made["id"]) == made
    call("get", path, 404, rebuild=str(uuid4()))
    call("get", path, 403, headers=township, rebuild=made["id"])
    yield path, "get"
