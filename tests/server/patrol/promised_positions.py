"""Positions as the document promises them: a batch with what it gives and refuses."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, JINSHA, NOW
from tests.server.patrol.walks import fix, start_shift
from tests.server.world import SignIn

PATH = "/positions"


def check_positions(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """The one operation of positions."""
    account = factories.make_account(owner, role="checker", organisation=JINSHA)
    start_shift(owner, account.id, NOW - timedelta(hours=1))
    headers = sign_in(account.username) | {"Content-Type": "application/json"}
    batch = json.dumps({"positions": [fix(CORNER, NOW), fix((0.0, 0.0), NOW + timedelta(hours=1))]})
    night = json.dumps({"positions": [fix(CORNER, NOW - timedelta(days=1))]})
    packed = {"Content-Encoding": "gzip"}
    for status, sent, more in [
        (200, batch, {}),
        (200, gzip.compress(batch.encode()), packed),
        (400, batch, packed),
        (400, "{", {}),
        (403, batch, sign_in("zone_manager")),
        (409, night, {}),
        (413, "[" * 5_000_000, {}),
        (415, batch, {"Content-Encoding": "br"}),
        (422, '{"positions": []}', {}),
    ]:
        _check(
            described, check_answer, client.post(f"/api/v1{PATH}", data=sent, headers=headers | more), status
        )
    with owner.begin() as connection:
        connection.execute(text("UPDATE device SET revoked_at = now()"))
    _check(described, check_answer, client.post(f"/api/v1{PATH}", data=batch, headers=headers), 409)
    yield PATH, "post"


def _check(described: dict[str, Any], check_answer: Callable[..., None], answer: Any, status: int) -> None:
    assert answer.status_code == status, answer.text[:300]
    check_answer(described, PATH, "post", answer)
