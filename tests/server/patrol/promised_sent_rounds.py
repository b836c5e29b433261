"""Rounds that are sent, as the document promises them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import JINSHA, NOW
from tests.server.world import SignIn

API = "/api/v1"


def round_json(officer: UUID | str, *zones: str, **others: Any) -> dict[str, Any]:
    """A round of one street for today."""
    street = {"street": "新金路", "zones": list(zones), "way_m": 0.0, "walk_m": 120.0, "minutes": 4.5}
    return {
        "officer": str(officer),
        "day": NOW.date().isoformat(),
        "streets": [street],
        "length_m": 120.0,
        "minutes": 4.5,
        "line": {"type": "LineString", "coordinates": [[121.07, 32.07], [121.071, 32.07]]},
        **others,
    }


def check_sent_rounds(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of sent rounds."""
    officer = factories.make_account(owner, organisation=JINSHA)
    manager, walking = sign_in("zone_manager"), sign_in(officer.username)
    path, to, body = "/rounds/{round_id}", str(uuid4()), round_json(officer.id, "F1")

    def call(
        method: str, path: str, status: int, headers: dict[str, str], query: str = "", **sent: Any
    ) -> None:
        address = API + path.replace("{round_id}", to) + query
        answer = client.open(address, method=method.upper(), headers=headers, **sent)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)

    for status, sent in [
        (201, body),
        (200, body),
        (409, {**body, "note": "x"}),
        (422, {**body, "day": "1900-01-01"}),
    ]:
        call("put", path, status, manager, json=sent)
    call("put", path, 403, walking, json=body)
    yield path, "put"
    for status, query in [(200, "?limit=1"), (400, "?cursor=nonsense"), (422, "?limit=0")]:
        call("get", "/rounds", status, walking, query)
    yield "/rounds", "get"
