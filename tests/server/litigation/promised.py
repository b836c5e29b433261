"""Matters of court as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.server.world import SignIn

MATTERS = "/litigation/matters"
IDS = tuple(UUID(int=number) for number in (51, 52))
MATTER: dict[str, Any] = {"kind": "lawsuit", "reference": "行初1号", "township": factories.JINSHA}
NOWHERE: dict[str, Any] = {**MATTER, "township": "999999999"}
ENTRY: dict[str, Any] = {"kind": "accepted", "on": "2026-08-03"}
CSV = "kind,reference,township,ended_on\npenalty,罚1,320612001,2026-01-05\n"


def check_litigation(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of matters of court."""
    reviewer = sign_in("reviewer")
    factories.make_rulebook(owner, "statutory_clocks")

    def call(method: str, path: str, status: int, query: str = "", **sent: Any) -> None:
        address = path.format(matter_id=IDS[0], entry_id=sent.pop("entry", IDS[0]))
        answer = client.open(f"/api/v1{address}{query}", method=method.upper(), headers=reviewer, **sent)
        assert answer.status_code == status, answer.text[:300]
        check_answer(described, path, method, answer)

    one = f"{MATTERS}/{{matter_id}}"
    call("get", one, 404)
    for status, body in [(422, NOWHERE), (201, MATTER), (200, MATTER), (409, {**MATTER, "reference": "2"})]:
        call("put", one, status, json=body)
    yield one, "put"
    entry = f"{one}/entries/{{entry_id}}"
    for status, body in [(201, ENTRY), (200, ENTRY), (409, {**ENTRY, "note": "2"}), (422, {"kind": "ended"})]:
        call("put", entry, status, json=body)
    for unfit in ({"outcome": "lost"}, {"attachment": "f" * 64}):
        call("put", entry, 422, entry=IDS[1], json={**ENTRY, **unfit})
    yield entry, "put"
    call("get", one, 200)
    yield one, "get"
    call("get", MATTERS, 200, "?kind=lawsuit&due_by=2030-01-01")
    call("get", MATTERS, 400, "?cursor=nonsense")
    yield MATTERS, "get"
    call("get", "/litigation/rates", 200, "?first=2026-01-01&last=2026-12-31")
    yield "/litigation/rates", "get"
    imports = "/litigation/imports"
    files: list[tuple[int, str, dict[str, Any]]] = [
        (200, "?source=test", {"data": CSV, "content_type": "text/csv"}),
        (422, "?source=test&apply=true", {"data": CSV * 2, "content_type": "text/csv"}),
        (400, "?source=test", {"data": "nonsense", "content_type": "text/csv"}),
        (413, "?source=test", {"data": "\n" * 6000, "content_type": "text/csv"}),
        (415, "?source=test", {"json": {}}),
        (422, "", {"data": CSV, "content_type": "text/csv"}),
    ]
    for status, query, sent in files:
        call("post", imports, status, query, **sent)
    yield imports, "post"
