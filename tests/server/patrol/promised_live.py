"""Live positions, calls for help and assists as the document promises them: each call with all it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import CORNER, JINSHA, NOW
from tests.server.patrol.walks import fix, start_shift
from tests.server.world import SignIn

API = "/api/v1"
PLACE = {"lon": CORNER[0], "lat": CORNER[1], "datum": "wgs84"}
ASSIST = {
    "happened_at": NOW.isoformat(),
    "position": PLACE,
    "what": "扶起摔倒的老人",
    "people_helped": 1,
    "outcome": "resolved",
}


def check_live(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of what is happening now."""
    account = factories.make_account(owner, role="officer", organisation=JINSHA)
    start_shift(owner, account.id, NOW - timedelta(hours=1))
    officer, dispatcher, other = (sign_in(who) for who in (account.username, "dispatcher", "zone_manager"))
    client.post(f"{API}/positions", json={"positions": [fix(CORNER, NOW)]}, headers=officer)
    sos, assist, nothing = (str(uuid4()) for _ in range(3))
    ended, answered = {"outcome": "helped"}, "/sos/{sos_id}/acknowledge"
    close = "/sos/{sos_id}/close"
    steps: list[tuple[str, str, str, dict[str, str], Any, int]] = [
        ("put", "/sos/{sos_id}", sos, officer, {"position": PLACE, "note": "!"}, 201),
        ("put", "/sos/{sos_id}", sos, officer, {"position": PLACE, "note": "!"}, 200),
        ("put", "/sos/{sos_id}", sos, officer, {}, 409),
        ("put", "/sos/{sos_id}", sos, officer, {"note": 1}, 422),
        ("get", "/officers/live", "?bbox=121,32,122,33&state=fresh&why=test", dispatcher, None, 200),
        ("get", "/officers/live", "?cursor=nonsense", dispatcher, None, 400),
        ("get", "/officers/live", "?state=asleep", dispatcher, None, 422),
        ("post", close, sos, dispatcher, ended, 409),
        ("post", answered, sos, dispatcher, None, 200),
        ("post", answered, sos, other, None, 409),
        ("post", answered, nothing, dispatcher, None, 404),
        ("post", close, sos, dispatcher, ended, 200),
        ("post", close, sos, other, ended, 409),
        ("post", close, nothing, dispatcher, ended, 404),
        ("post", close, sos, dispatcher, {}, 422),
        ("get", "/sos", "?limit=1", dispatcher, None, 200),
        ("get", "/sos", "?cursor=nonsense", dispatcher, None, 400),
        ("get", "/sos/{sos_id}", sos, dispatcher, None, 200),
        ("get", "/sos/{sos_id}", nothing, dispatcher, None, 404),
        ("put", "/assists/{assist_id}", assist, officer, ASSIST, 201),
        ("put", "/assists/{assist_id}", assist, officer, ASSIST, 200),
        ("put", "/assists/{assist_id}", assist, officer, ASSIST | {"people_helped": 2}, 409),
        ("put", "/assists/{assist_id}", assist, officer, {}, 422),
        ("get", "/assists", "?from=2026-08-01", dispatcher, None, 200),
        ("get", "/assists", "?cursor=nonsense", dispatcher, None, 400),
        ("get", "/assists/{assist_id}", assist, dispatcher, None, 200),
        ("get", "/assists/{assist_id}", nothing, dispatcher, None, 404),
    ]
    for method, path, what, headers, body, status in steps:
        address = API + (path.format(sos_id=what, assist_id=what) if "{" in path else path + what)
        answer = client.open(address, method=method.upper(), json=body, headers=headers)
        assert answer.status_code == status, f"{method} {address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        yield path, method
