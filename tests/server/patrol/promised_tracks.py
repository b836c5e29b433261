"""Tracks and summaries of shifts as the document promises them: each call with what it gives and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from tests import factories
from tests.factories import CORNER, JINSHA, NOW
from tests.server.patrol.walks import Officer, send, start_shift, walk
from tests.server.world import SignIn

API = "/api/v1"


def check_tracks(
    described: dict[str, Any],
    check_answer: Callable[..., None],
    client: FlaskClient,
    sign_in: SignIn,
    owner: Engine,
) -> Iterator[tuple[str, str]]:
    """Every operation of tracks that is about somebody."""
    account = factories.make_account(owner, organisation=JINSHA)
    officer = Officer(account.username, account.id, sign_in(account.username))
    shift = start_shift(owner, account.id, NOW - timedelta(hours=1))
    way = [CORNER, (CORNER[0] + 0.001, CORNER[1])]
    assert send(client, officer, walk(way, NOW - timedelta(minutes=30))).status_code == 200
    reader = sign_in("zone_manager")

    def call(path: str, address: str, status: int, headers: dict[str, str] = reader) -> None:
        answer = client.get(API + address, headers=headers)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, "get", answer)

    path, track = "/officers/{officer_id}/track", f"/officers/{account.id}/track"
    call(path, track, 200, officer.headers)
    for query in ("", "&format=gpx", "&format=kml", "&format=geojson", "&format=csv"):
        call(path, f"{track}?why=test{query}", 200)
    call(path, track, 422)
    call(path, f"{track}?why=test&from=2026-01-01", 422)
    call(path, f"/officers/{uuid4()}/track?why=test", 404)
    call(path, f"{track}?why=test", 403, sign_in("intake"))
    yield path, "get"
    path = "/shifts/{shift_id}/summary"
    call(path, f"/shifts/{shift}/summary?why=test", 200)
    call(path, f"/shifts/{shift}/summary", 422)
    call(path, f"/shifts/{uuid4()}/summary?why=test", 404)
    yield path, "get"
    path = "/shifts/summaries.csv"
    call(path, f"{path}?why=test", 200)
    call(path, path, 422)
    yield path, "get"
