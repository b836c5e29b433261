"""Shifts, rosters and marks of visits as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.factories import JINSHA, NOW
from tests.server.patrol.rosters import AREA, roster, turn
from tests.server.world import Place, SignIn

API = "/api/v1"
CSV = {"Content-Type": "text/csv"}


def check_duty(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Every operation of duty."""
    officer, leader = sign_in(place.officer), sign_in("zone_manager", organisation=JINSHA)

    def call(method: str, path: str, status: int, headers: dict[str, str], **sent: Any) -> None:
        address = API + path.replace("{mark_id}", sent.pop("mark", "")) + sent.pop("query", "")
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)

    listed = roster(turn(place.officer), areas=[AREA], teams=[{"name": "一队", "members": [place.officer]}])
    text = f"day,from,to,officer\n2026-09-02,8:00,17:00,{place.officer}\n".encode()
    path = "/roster/imports"
    sendings: list[tuple[int, dict[str, Any]]] = [
        (200, {"json": listed, "query": "?dry_run=true"}),
        (201, {"json": listed}),
        (200, {"json": listed}),
        (201, {"data": text, "headers": leader | CSV, "query": "?name=one"}),
        (422, {"data": text, "headers": leader | CSV}),
        (422, {"json": roster(turn("nobody"))}),
        (422, {"json": {}}),
        (400, {"data": b"day\n", "headers": leader | CSV, "query": "?name=one"}),
        (415, {"data": text, "headers": leader | {"Content-Type": "text/xml"}}),
    ]
    for status, sent in sendings:
        call("post", path, status, **{"headers": leader, **sent})
    call("post", path, 403, officer, json=listed)
    yield path, "post"

    path, shift = "/shifts/start", str(uuid4())
    now = {"shift": shift, "started_at": NOW.isoformat(), "position": _here(place)}
    for status, body in [(201, now), (200, now), (409, {}), (422, {"started_at": "9999-12-31T23:59:59Z"})]:
        call("post", path, status, officer, json=body)
    yield path, "post"
    path = "/visit-marks/{mark_id}"
    mark, seen = str(uuid4()), {"zone": {"kind": "frontage", "code": place.frontage}, "kind": "inspection"}
    for status, body in [(201, seen), (200, seen), (409, {**seen, "note": "?"}), (422, {"kind": "raid"})]:
        call("put", path, status, officer, json=body, mark=mark)
    yield path, "put"
    yield from _lists(call, officer, leader)
    path = "/shifts/end"
    for status, body in [(200, {"shift": shift}), (200, {"shift": shift}), (409, {}), (422, {"shift": 1})]:
        call("post", path, status, officer, json=body)
    yield path, "post"


def _lists(call: Callable[..., None], officer: dict[str, str], leader: dict[str, str]) -> Iterator[Any]:
    for path in ("/shifts", "/roster", "/teams", "/duty-areas"):
        query = "?from=2026-08-31T00:00:00Z" if path == "/roster" else "?limit=1"
        for headers in (officer, leader):
            call("get", path, 200, headers, query=query)
        call("get", path, 400, leader, query="?cursor=nonsense")
        call("get", path, 422, leader, query="?limit=0")
        yield path, "get"
    call("get", "/shifts/current", 200, officer)
    call("get", "/shifts/current", 403, leader)
    yield "/shifts/current", "get"


def _here(place: Place) -> dict[str, Any]:
    return {"lon": place.at[0], "lat": place.at[1], "datum": "wgs84", "accuracy_m": 5}
