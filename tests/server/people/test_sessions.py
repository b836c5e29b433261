"""Sessions: one refresh token is good once, or once more when the answer was lost; an ended session ends at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from config import Config
from server.people import accounts
from tests.factories import JINSHA, PASSWORD, SHIGANG, make_account
from tests.postgres import METRIC_SRID

Headers = dict[str, str]


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def signed_in(client: FlaskClient, username: str) -> dict[str, Any]:
    answer = client.post("/api/v1/auth/login", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200
    tokens: dict[str, Any] = answer.get_json()
    return tokens


def refresh(client: FlaskClient, tokens: dict[str, Any]) -> TestResponse:
    return client.post("/api/v1/auth/refresh", headers=bearer(tokens["refresh_token"]))


def me(client: FlaskClient, tokens: dict[str, Any]) -> int:
    return client.get("/api/v1/me", headers=bearer(tokens["access_token"])).status_code


def later(owner: Engine, seconds: int) -> None:
    """Lets time pass for the last refresh: sessions run by the database's own clock."""
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE session SET refreshed_at = refreshed_at - make_interval(secs => :seconds)"),
            {"seconds": seconds},
        )


def revoked_because(owner: Engine) -> list[str | None]:
    with owner.connect() as connection:
        return list(
            connection.execute(text("SELECT revoked_because FROM session ORDER BY created_at")).scalars()
        )


def test_a_refresh_token_gives_the_next_two_tokens_of_the_same_session(
    client: FlaskClient, owner: Engine
) -> None:
    first = signed_in(client, make_account(owner).username)
    answer = refresh(client, first)
    assert answer.status_code == 200
    second = answer.get_json()
    assert set(second) == set(first)
    assert second["user"] == first["user"]
    assert second["refresh_token"] != first["refresh_token"]
    assert me(client, second) == 200
    assert refresh(client, second).status_code == 200
    assert revoked_because(owner) == [None]


def test_a_refresh_token_used_twice_ends_the_session_for_both_holders(
    client: FlaskClient, owner: Engine
) -> None:
    stolen = signed_in(client, make_account(owner).username)
    thief = refresh(client, stolen).get_json()
    later(owner, 31)
    answer = refresh(client, stolen)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "refresh_refused")
    assert revoked_because(owner) == ["reuse"]
    assert me(client, thief) == 401
    assert me(client, stolen) == 401
    assert refresh(client, thief).status_code == 401


def test_reuse_in_one_session_leaves_the_others_alone(client: FlaskClient, owner: Engine) -> None:
    name = make_account(owner).username
    one, other = signed_in(client, name), signed_in(client, name)
    refresh(client, one)
    later(owner, 31)
    refresh(client, one)
    assert me(client, one) == 401
    assert me(client, other) == 200


def test_a_refresh_whose_answer_is_lost_can_be_asked_once_more(client: FlaskClient, owner: Engine) -> None:
    first = signed_in(client, make_account(owner).username)
    lost = refresh(client, first).get_json()
    later(owner, 29)
    again = refresh(client, first)
    assert again.status_code == 200
    third = refresh(client, again.get_json())
    assert third.status_code == 200
    assert me(client, third.get_json()) == 200
    assert revoked_because(owner) == [None]
    # Whoever does hold what was thought lost is a second holder.
    assert refresh(client, lost).status_code == 401
    assert revoked_because(owner) == ["reuse"]


def test_a_refresh_token_is_never_good_a_third_time(client: FlaskClient, owner: Engine) -> None:
    first = signed_in(client, make_account(owner).username)
    assert [refresh(client, first).status_code for _ in range(3)] == [200, 200, 401]
    assert revoked_because(owner) == ["reuse"]


def test_a_refresh_token_whose_successor_was_used_is_not_taken_again(
    client: FlaskClient, owner: Engine
) -> None:
    first = signed_in(client, make_account(owner).username)
    second = refresh(client, first).get_json()
    assert refresh(client, second).status_code == 200
    assert refresh(client, first).status_code == 401
    assert revoked_because(owner) == ["reuse"]


class TestWithoutGrace:
    @pytest.fixture
    def config(self, tmp_path: Path) -> Config:
        return Config(var=tmp_path / "var", metric_srid=METRIC_SRID, refresh_retry_s=0)

    def test_a_used_refresh_token_ends_the_session_at_once(self, client: FlaskClient, owner: Engine) -> None:
        first = signed_in(client, make_account(owner).username)
        assert [refresh(client, first).status_code for _ in range(2)] == [200, 401]
        assert revoked_because(owner) == ["reuse"]


def test_of_four_refreshes_at_the_same_moment_at_most_two_are_answered_and_the_session_ends(
    app: OpenAPI, owner: Engine, client: FlaskClient
) -> None:
    tokens = signed_in(client, make_account(owner).username)
    together = threading.Barrier(4, timeout=60)
    statuses: list[int] = []

    def go() -> None:
        mine = app.test_client()
        together.wait()
        statuses.append(refresh(mine, tokens).status_code)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The second may be the first one's repetition. A winner may itself find the session ended before it has read who
    # it is for.
    assert statuses.count(200) <= 2
    assert revoked_because(owner) == ["reuse"]


def test_a_refreshed_session_ends_when_the_first_login_said(client: FlaskClient, owner: Engine) -> None:
    first = signed_in(client, make_account(owner).username)
    with owner.begin() as connection:
        connection.execute(text("UPDATE session SET expires_at = now() + interval '100 seconds'"))
    second = refresh(client, first).get_json()
    claims = jwt.decode(second["refresh_token"], options={"verify_signature": False})
    assert 95 <= claims["exp"] - claims["iat"] <= 100


def test_an_expired_session_takes_neither_token(client: FlaskClient, owner: Engine) -> None:
    tokens = signed_in(client, make_account(owner).username)
    with owner.begin() as connection:
        connection.execute(text("UPDATE session SET expires_at = now()"))
    assert me(client, tokens) == 401
    assert refresh(client, tokens).get_json()["code"] == "refresh_refused"


def test_signing_out_ends_both_tokens_at_once(client: FlaskClient, owner: Engine) -> None:
    tokens = signed_in(client, make_account(owner).username)
    answer = client.post("/api/v1/auth/logout", headers=bearer(tokens["access_token"]))
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert me(client, tokens) == 401
    assert refresh(client, tokens).get_json()["code"] == "refresh_refused"
    assert client.post("/api/v1/auth/logout", headers=bearer(tokens["access_token"])).status_code == 401
    assert revoked_because(owner) == ["logout"]


def test_signing_out_leaves_other_devices_signed_in(client: FlaskClient, owner: Engine) -> None:
    name = make_account(owner).username
    phone, desk = signed_in(client, name), signed_in(client, name)
    client.post("/api/v1/auth/logout", headers=bearer(phone["access_token"]))
    assert me(client, phone) == 401
    assert me(client, desk) == 200


def test_an_account_disabled_while_signed_in_is_out_and_stays_out_when_enabled_again(
    client: FlaskClient, owner: Engine
) -> None:
    name = make_account(owner).username
    tokens = signed_in(client, name)
    with owner.begin() as connection:
        accounts.disable_account(connection, name)
    assert me(client, tokens) == 401
    assert refresh(client, tokens).status_code == 401
    with owner.begin() as connection:
        accounts.enable_account(connection, name)
    assert me(client, tokens) == 401
    assert revoked_because(owner) == ["disabled"]
    signed_in(client, name)


def test_a_disabled_account_is_out_even_where_its_session_was_not_revoked(
    client: FlaskClient, owner: Engine
) -> None:
    tokens = signed_in(client, make_account(owner).username)
    with owner.begin() as connection:
        connection.execute(text("UPDATE account SET disabled_at = now()"))
    assert me(client, tokens) == 401
    assert refresh(client, tokens).status_code == 401


def test_a_new_password_ends_the_sessions_opened_with_the_old_one(client: FlaskClient, owner: Engine) -> None:
    name = make_account(owner).username
    tokens = signed_in(client, name)
    with owner.begin() as connection:
        password = accounts.set_password(connection, name)
    assert me(client, tokens) == 401
    assert revoked_because(owner) == ["password"]
    answers = [
        client.post("/api/v1/auth/login", json={"username": name, "password": word}).status_code
        for word in (PASSWORD, password)
    ]
    assert answers == [401, 200]


def test_a_changed_role_counts_from_the_next_request_on(
    client: FlaskClient, owner: Engine, sign_in: Callable[..., Headers]
) -> None:
    account = make_account(owner, role="officer")
    headers = sign_in(account.username)
    assert client.get("/api/v1/me", headers=headers).get_json()["role"] == "officer"
    with owner.begin() as connection:
        accounts.set_role(connection, account.username, "reviewer")
    assert client.get("/api/v1/me", headers=headers).get_json()["role"] == "reviewer"


def test_a_changed_organisation_counts_from_the_next_request_on(
    client: FlaskClient, owner: Engine, sign_in: Callable[..., Headers]
) -> None:
    headers = sign_in(make_account(owner, role="handler", organisation=JINSHA).username)
    with owner.begin() as connection:
        moved = text("UPDATE account SET organisation_id = (SELECT id FROM organisation WHERE code = :code)")
        connection.execute(moved, {"code": SHIGANG})
    assert client.get("/api/v1/me", headers=headers).get_json()["township"] == SHIGANG


@pytest.mark.parametrize("call", ["/api/v1/auth/logout", "/api/v1/auth/refresh"])
def test_without_a_token_there_is_nothing_to_end_or_renew(client: FlaskClient, call: str) -> None:
    answer = client.post(call)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_may_come_in_a_json_body_as_well(client: FlaskClient, owner: Engine) -> None:
    tokens = signed_in(client, make_account(owner).username)
    fresh = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert fresh.status_code == 200
    for token in (tokens["access_token"], "x"):
        assert client.post("/api/v1/auth/refresh", json={"refresh_token": token}).status_code == 401
    assert client.post("/api/v1/auth/refresh", json={"token": "x"}).status_code == 422
