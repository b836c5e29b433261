"""Every operation of notices called as the document describes it, for the test that holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.factories import DISTRICT, JINSHA
from tests.server.world import Place

CHANNELS = "/notices/channels"
HOOK = {
    "kind": "webhook",
    "name": "市平台",
    "address": "https://receiver.test/hook?token=secret",
    "events": ["case.*", "handover.alarm"],
    "quiet_hours": "22:00-07:00",
    "all_bodies": True,
}


def check_notices(
    described: dict[str, Any],
    check_answer: Callable[[dict[str, Any], str, str, Any], None],
    client: FlaskClient,
    sign_in: Callable[..., dict[str, str]],
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Make, change, try and end a channel, look at deliveries; yields path and method of what answered as promised."""
    admin = sign_in("admin", organisation=DISTRICT)
    handler = sign_in("handler", organisation=JINSHA)

    def called(
        path: str, method: str, status: int, headers: dict[str, str] = admin, query: str = "", **sent: Any
    ) -> tuple[str, str]:
        names = {"channel_id": made, "delivery_id": place.delivery_id, "entry_id": entry}
        address = "/api/v1" + path.format_map({**names, **sent.pop("named", {})}) + query
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{method} {address}: {answer.text}"
        check_answer(described, path, method, answer)
        return path, method

    entry = client.get("/api/v1/inbox", headers=handler).get_json()["items"][0]["id"]
    made: Any = None
    for wrong in ({"address": "http://receiver.test/"}, {"digest_minutes": 5}, {"body": "999999999"}):
        yield called(CHANNELS, "post", 422, json={**HOOK, **wrong})
    made = client.post("/api/v1" + CHANNELS, json=HOOK, headers=admin).get_json()["id"]
    yield called(CHANNELS, "post", 201, json=HOOK)
    yield called(CHANNELS, "get", 200)
    yield called(CHANNELS, "get", 400, query="?cursor=x")
    one = CHANNELS + "/{channel_id}"
    yield called(one, "patch", 200, json={"quiet_hours": None, "address": "https://other.test/"})
    yield called(one, "patch", 422, json={"events": []})
    yield called(one + "/test", "post", 202)
    yield called(one, "patch", 200, json={"enabled": False})
    yield called(one + "/test", "post", 409)
    yield called(one, "delete", 204)
    yield called(one, "delete", 404)
    yield called(one, "patch", 404, json={})
    yield called(one + "/test", "post", 404, named={"channel_id": uuid4()})
    yield called("/notices/deliveries", "get", 200)
    yield called("/notices/deliveries", "get", 200, query=f"?state=pending&case={place.case_number}")
    replay = "/notices/deliveries/{delivery_id}/replay"
    yield called(replay, "post", 202)
    yield called(replay, "post", 404, named={"delivery_id": 10**6})
    yield called("/handovers", "get", 200, headers=handler)
    yield called("/handovers", "get", 400, headers=handler, query="?cursor=x")
    read = "/inbox/{entry_id}/read"
    yield called(read, "post", 204, headers=handler)
    yield called(read, "post", 204, headers=handler)
    yield called(read, "post", 404, headers=admin)
