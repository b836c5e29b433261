"""Marks of visits: a place inspected or called on counts as visited, and opens no case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import JINSHA, NOW

API = "/api/v1"
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def officer(sign_in: SignIn) -> dict[str, str]:
    return sign_in("officer", organisation=JINSHA)


def put(client: FlaskClient, headers: dict[str, str], mark: str, code: str, **body: Any) -> Any:
    given = {"zone": {"kind": "frontage", "code": code}, "kind": "service", **body}
    return client.put(f"{API}/visit-marks/{mark}", json=given, headers=headers)


def test_a_door_visit_is_kept_once_with_its_shift_and_opens_no_case(
    client: FlaskClient, owner: Engine, officer: dict[str, str]
) -> None:
    code, mark = factories.make_zone(owner), str(uuid4())
    started = {"started_at": (NOW - timedelta(hours=2)).isoformat()}
    shift = client.post(f"{API}/shifts/start", json=started, headers=officer).get_json()["id"]
    made = put(client, officer, mark, code, note="宣讲门前三包")
    assert (made.status_code, made.get_json()["shift"]) == (201, shift)
    assert made.get_json()["zone"] == {"kind": "frontage", "code": code}
    assert put(client, officer, mark, code, note="宣讲门前三包").status_code == 200
    for other in ({"note": "别的"}, {"kind": "inspection"}, {"at": (NOW - timedelta(hours=1)).isoformat()}):
        answer = put(client, officer, mark, code, **{"note": "宣讲门前三包", **other})
        assert (answer.status_code, answer.get_json()["code"]) == (409, "visit_mark_conflict")
    before = put(client, officer, str(uuid4()), code, at=(NOW - timedelta(hours=3)).isoformat())
    assert (before.status_code, before.get_json()["shift"]) == (201, None)
    assert [factories.count_rows(owner, name) for name in ("visit_mark", "case_file", "report")] == [2, 0, 0]


def test_the_zone_is_that_of_the_day(client: FlaskClient, owner: Engine, officer: dict[str, str]) -> None:
    code = factories.make_zone(owner, valid_to=date(2026, 9, 1))
    factories.make_zone(owner, code=code, version=2, valid_from=date(2026, 9, 1))
    gone = factories.make_zone(owner, valid_to=date(2026, 9, 1))
    # 23:30 in the district, and half an hour later.
    for moment, version in (("2026-08-31T15:30:00Z", 1), ("2026-08-31T16:00:00Z", 2)):
        mark = str(uuid4())
        assert put(client, officer, mark, code, at=moment).status_code == 201
        with owner.connect() as connection:
            kept = connection.execute(
                text("SELECT z.version FROM visit_mark m JOIN zone z ON z.id = m.zone_id WHERE m.id = :id"),
                {"id": mark},
            ).scalar_one()
        assert kept == version
        # Sent again without a time it is the same, whatever the day is by then.
        assert put(client, officer, mark, code).status_code == 200
    for wrong in (gone, "no such zone"):
        answer = put(client, officer, str(uuid4()), wrong)
        assert (answer.status_code, answer.get_json()["errors"][0]["path"]) == (422, "/zone/code")
    answer = put(client, officer, str(uuid4()), code, at="2099-01-01T00:00:00Z")
    assert answer.get_json()["errors"][0]["path"] == "/at"


def test_where_somebody_called_is_theirs_to_read(
    client: FlaskClient, owner: Engine, officer: dict[str, str], sign_in: SignIn, as_app_role: Engine
) -> None:
    code, mark = factories.make_zone(owner), str(uuid4())
    assert put(client, officer, mark, code).status_code == 201
    # Another's id tells nothing of what it is, and nobody takes it over.
    for who in ("officer", "handler"):
        answer = put(client, sign_in(who, organisation=JINSHA), mark, code)
        assert (answer.status_code, set(answer.get_json()) & {"zone", "at", "note"}) == (409, set())
    assert client.put(f"{API}/visit-marks/{mark}", json={}, headers=sign_in("dispatcher")).status_code == 403
    with as_app_role.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM visit_mark")).scalar_one() == 0
