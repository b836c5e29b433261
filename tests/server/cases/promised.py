"""Acting on cases as the document promises it: each call with what it gives and with what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient

from tests.server.world import Place, SignIn

API = "/api/v1"


def check_cases(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    place: Place,
) -> Iterator[tuple[str, str]]:
    """Both operations that act on cases, with every answer of theirs."""
    acceptor, dispatcher = sign_in("acceptor"), sign_in("dispatcher")
    key = {"Idempotency-Key": str(uuid4())}
    path = "/cases/{number}/actions/{action}"
    calls: list[tuple[dict[str, str], str, str, dict[str, Any], int]] = [
        (acceptor, place.case_number, "register", {}, 422),
        (acceptor, place.case_number, "register", {"version": 1, "colour": "red"}, 422),
        (acceptor, "TZ-2026-999999", "register", {"version": 1}, 404),
        (dispatcher, place.case_number, "register", {"version": 1}, 409),
        ({**acceptor, **key}, place.case_number, "register", {"version": 1, "note": "属实"}, 200),
        ({**acceptor, **key}, place.case_number, "register", {"version": 1, "note": "属实"}, 200),
        ({**acceptor, **key}, place.case_number, "register", {"version": 1}, 409),
        ({**dispatcher, "If-Match": '"2"'}, place.case_number, "dispatch", {}, 200),
        (sign_in("officer"), place.case_number, "accept", {"version": 3}, 403),
    ]
    for headers, number, action, body, status in calls:
        answer = client.post(f"{API}/cases/{number}/actions/{action}", json=body, headers=headers)
        assert answer.status_code == status, f"{action}: {answer.text[:300]}"
        check_answer(described, path, "post", answer)
    yield path, "post"

    path = "/cases/actions/{action}"
    items = [{"number": place.case_number, "version": 3}, {"number": "TZ-2026-999999", "version": 1}]
    batches: list[tuple[dict[str, Any], int]] = [
        ({"items": items, "reason": "暂缓"}, 200),
        ({"items": []}, 422),
    ]
    for batch, status in batches:
        answer = client.post(f"{API}/cases/actions/suspend", json=batch, headers=dispatcher)
        assert answer.status_code == status, answer.text[:300]
        check_answer(described, path, "post", answer)
    yield path, "post"
