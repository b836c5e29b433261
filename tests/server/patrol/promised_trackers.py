"""Devices and trackers as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.factories import JINSHA
from tests.server.patrol import client_payloads
from tests.server.world import SignIn

API = "/api/v1"
JSON = {"Content-Type": "application/json"}
NOBODY = "00000000-0000-4000-8000-00000000dead"


def check_trackers(
    described: dict[str, Any], check_answer: Callable[..., None], client: FlaskClient, sign_in: SignIn
) -> Iterator[tuple[str, str]]:
    """Every operation of devices and trackers."""
    officer = sign_in("officer", organisation=JINSHA)

    def call(method: str, path: str, status: int, headers: dict[str, str], **sent: Any) -> Any:
        address = API + path.replace("{device_id}", sent.pop("device", "")) + sent.pop("query", "")
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        return answer.json

    tokens = {}
    for kind in ("owntracks", "osmand", "overland", "app"):
        made = call("post", "/devices", 201, officer, json={"kind": kind, "name": "one"})
        tokens[kind], device = made["token"], str(made["device"]["id"])
    yield from _for_people(call, officer, sign_in("zone_manager"))
    for n in range(2, 30):
        answer = client.post(f"{API}/devices", json={"kind": "app", "name": str(n)}, headers=officer)
        if answer.status_code != 201:
            break
    assert answer.status_code == 409
    check_answer(described, "/devices", "post", answer)
    yield from _for_phones(call, tokens)
    path = "/devices/{device_id}/revoke"
    for status, which in [(200, device), (200, device), (404, "1000000"), (422, "0")]:
        call("post", path, status, officer, device=which)
    yield path, "post"


def _for_people(
    call: Callable[..., Any], officer: dict[str, str], manager: dict[str, str]
) -> Iterator[tuple[str, str]]:
    for status, body in [(404, {"kind": "app", "name": "x", "account": NOBODY}), (422, {"kind": "pager"})]:
        call("post", "/devices", status, officer, json=body)
    call("post", "/devices", 403, manager, json={})
    yield "/devices", "post"
    for status, query in [(200, "?limit=2"), (400, "?cursor=nonsense"), (422, "?limit=0")]:
        call("get", "/devices", status, officer, query=query)
    yield "/devices", "get"


def _for_phones(call: Callable[..., Any], tokens: dict[str, str]) -> Iterator[tuple[str, str]]:
    bearer = {kind: {"Authorization": f"Bearer {token}", **JSON} for kind, token in tokens.items()}
    asked = f"?id={tokens['osmand']}&lat=32&lon=121&timestamp=1377177267"
    call("get", "/trackers/osmand", 200, {}, query=asked)
    call("get", "/trackers/osmand", 401, {})
    yield "/trackers/osmand", "get"
    for kind, body in [
        ("osmand", client_payloads.TRACCAR_MOVING),
        ("owntracks", client_payloads.OWNTRACKS),
        ("overland", client_payloads.OVERLAND),
        ("app", '{"positions": [{"lon": 121, "lat": 32}]}'),
    ]:
        path, known = f"/trackers/{kind}", bearer[kind]
        for status, sent, headers in [
            (200, body, known),
            (400, "{", known),
            (400, body, known | {"Content-Encoding": "gzip"}),
            (401, body, JSON),
            (401, "{", known | {"Authorization": "Bearer wrong"}),
            (413, "[" * 5_000_000, known),
            (415, body, known | {"Content-Encoding": "br"}),
        ]:
            call("post", path, status, headers, data=sent)
        if kind in ("overland", "app"):
            call("post", path, 422, known, data="[]")
        yield path, "post"
