"""Signing in: who gets in, and that nobody outside can tell why somebody did not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Literal

import jwt
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, event, text

from server.people import accounts
from server.people.passwords import Passwords
from tests.factories import DISTRICT, JINSHA, PASSWORD, QUICK_PASSWORDS, count_rows, make_account

LOGIN = "/api/v1/auth/login"


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(parameters of the hash, password) of every argon2 comparison."""
    seen: list[tuple[str, str]] = []
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, hash: str, password: str) -> bool:  # noqa: A002 - the library's name
        seen.append((hash.rsplit("$", 2)[0], password))
        return real(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    return seen


def without_request_id(body: dict[str, Any]) -> dict[str, Any]:
    assert body.pop("request_id")
    return body


def test_the_right_password_gives_two_tokens_and_the_user(client: FlaskClient, owner: Engine) -> None:
    account = make_account(owner, role="handler", organisation=JINSHA)
    answer = client.post(LOGIN, json={"username": account.username, "password": PASSWORD})
    assert answer.status_code == 200
    body = answer.get_json()
    user = {
        "id": str(account.id),
        "username": account.username,
        "display_name": account.display_name,
        "role": "handler",
        "organisation": {"code": JINSHA, "name": "金沙街道", "kind": "township"},
        "township": JINSHA,
    }
    assert body["user"] == user
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert answer.headers["Cache-Control"] == "no-store"
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {body['access_token']}"})
    assert (me.status_code, me.get_json()) == (200, user)


def test_people_of_the_district_have_no_township(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]]
) -> None:
    user = client.get("/api/v1/me", headers=sign_in("dispatcher")).get_json()
    assert user["township"] is None
    assert user["organisation"]["code"] == DISTRICT


def test_a_token_carries_who_and_which_session_but_no_role(client: FlaskClient, owner: Engine) -> None:
    account = make_account(owner, role="admin")
    body = client.post(LOGIN, json={"username": account.username, "password": PASSWORD}).get_json()
    for kind, lifetime_s in (("access", 900), ("refresh", 30 * 86_400)):
        claims = jwt.decode(body[f"{kind}_token"], options={"verify_signature": False})
        assert set(claims) == {"sub", "sid", "jti", "iat", "nbf", "exp", "iss", "type", "fresh"}
        assert claims["sub"] == str(account.id)
        assert claims["exp"] - claims["iat"] == lifetime_s


def test_case_and_spaces_around_a_user_name_do_not_matter(client: FlaskClient, owner: Engine) -> None:
    make_account(owner, username="li.si")
    assert client.post(LOGIN, json={"username": " Li.Si ", "password": PASSWORD}).status_code == 200


def test_full_width_letters_of_a_chinese_keyboard_are_the_same_password(
    client: FlaskClient, owner: Engine
) -> None:
    account = make_account(owner, password="abc123abc123")
    typed = "ａｂｃ１２３ａｂｃ１２３"
    assert client.post(LOGIN, json={"username": account.username, "password": typed}).status_code == 200


def test_unknown_wrong_and_disabled_get_the_same_answer_after_the_same_work(
    client: FlaskClient, owner: Engine, compared: list[tuple[str, str]]
) -> None:
    known = make_account(owner).username
    disabled = make_account(owner, disabled=True).username
    tries = [
        ("nobody.here", PASSWORD),
        (known, "a wrong password"),
        (disabled, PASSWORD),
        (disabled, "wrong"),
    ]
    answers = [client.post(LOGIN, json={"username": name, "password": word}) for name, word in tries]
    assert [answer.status_code for answer in answers] == [401] * 4
    bodies = [without_request_id(answer.get_json()) for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0]["code"] == "login_refused"
    names = [{name for name, _ in answer.headers} for answer in answers]
    assert all(one == names[0] for one in names)
    assert [password for _, password in compared] == [password for _, password in tries]
    assert len({parameters for parameters, _ in compared}) == 1


def test_every_refusal_costs_the_database_the_same_statements(
    client: FlaskClient, app: OpenAPI, owner: Engine
) -> None:
    known, disabled = make_account(owner).username, make_account(owner, disabled=True).username
    seen: list[str] = []
    event.listen(
        app.extensions["frontage"].db.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: seen.append(statement),
    )
    costs = []
    client.post(LOGIN, json={"username": known, "password": "warming up"})
    for name, password in (("nobody.here", PASSWORD), (known, "not the one"), (disabled, PASSWORD)):
        seen.clear()
        client.post(LOGIN, json={"username": name, "password": password})
        costs.append(tuple(seen))
    assert costs[0]
    assert len(set(costs)) == 1


@pytest.mark.parametrize(
    "credentials",
    [
        {"username": "a\x00b", "password": "x"},
        {"username": "a", "password": "x\x00"},
        {"username": "a" * 10_000, "password": "x"},
        {"username": "a", "password": "x" * 10_000},
        {"username": "", "password": "x"},
        {"username": "a", "password": ""},
        {"username": "a"},
        {"username": 5, "password": "x"},
        {"username": ["a"], "password": "x"},
        {"username": "a", "password": None},
        {"username": "a", "password": "x", "role": "admin"},
    ],
    ids=repr,
)
def test_credentials_that_cannot_be_are_refused_before_they_are_counted(
    client: FlaskClient, owner: Engine, credentials: dict[str, Any]
) -> None:
    answer = client.post(LOGIN, json=credentials)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] == "input_refused"
    assert answer.get_json()["errors"]
    assert count_rows(owner, "login_attempt") == 0


@pytest.mark.parametrize(
    "username",
    ["' OR 1=1 --", "a%00b", "名字", "\u202eadmin", "x" * 200, "../../etc/passwd", "{}", "𝕒𝕕𝕞𝕚𝕟", " "],
    ids=ascii,
)
def test_a_strange_user_name_is_an_unknown_one(client: FlaskClient, username: str) -> None:
    assert client.post(LOGIN, json={"username": username, "password": "x"}).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"null",
        b"[]",
        b"5",
        b'"text"',
        b"[" * 100_000,
        b'{"username": "\xff", "password": "x"}',
        b'{"username": "\\ud800", "password": "x"}',
        b'{"username": NaN, "password": "x"}',
        b'{"username": "a", "password": "x"',
    ],
    ids=lambda body: ascii(body[:24]),
)
def test_a_body_that_is_no_credentials_is_refused_as_a_problem(client: FlaskClient, body: bytes) -> None:
    answer = client.post(LOGIN, data=body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] in ("malformed_request", "input_refused")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "image/jpeg", ""])
def test_credentials_come_as_json_only(client: FlaskClient, owner: Engine, media_type: str) -> None:
    account = make_account(owner)
    body = f'{{"username": "{account.username}", "password": "{PASSWORD}"}}'.encode()
    answer = client.post(LOGIN, data=body, content_type=media_type)
    assert answer.status_code in (415, 422)
    assert answer.content_type == "application/problem+json"


def test_a_hash_made_with_weaker_parameters_is_replaced_when_its_owner_signs_in(
    client: FlaskClient, owner: Engine
) -> None:
    account = make_account(owner)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with owner.begin() as connection:
        connection.execute(text("UPDATE account SET password_hash = :weak"), {"weak": weak})
    for _ in range(2):
        answer = client.post(LOGIN, json={"username": account.username, "password": PASSWORD})
        assert answer.status_code == 200
    with owner.connect() as connection:
        stored = connection.execute(text("SELECT password_hash FROM account")).scalar_one()
    assert stored != weak
    assert not QUICK_PASSWORDS.outdated(stored)


def test_a_deployment_hashes_with_argon2id_in_64_mebibytes() -> None:
    stored = Passwords().hash("some password")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords().matches("some password", stored)
    assert not Passwords().matches("another password", stored)
    assert not Passwords().matches("some password", None)


def test_a_password_changed_while_the_old_one_was_compared_opens_no_session(
    client: FlaskClient, owner: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_account(owner)
    real = Passwords.matches

    def changed_meanwhile(self: Passwords, password: str, password_hash: str | None) -> bool:
        answer = real(self, password, password_hash)
        with owner.begin() as connection:
            accounts.set_password(connection, account.username)
        return answer

    monkeypatch.setattr(Passwords, "matches", changed_meanwhile)
    answer = client.post(LOGIN, json={"username": account.username, "password": PASSWORD})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "login_refused")
    assert count_rows(owner, "session") == 0


def test_no_more_passwords_are_compared_at_once_than_allowed() -> None:
    inside: SimpleQueue[str] = SimpleQueue()
    release = threading.Event()

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            inside.put("one more")
            release.wait(timeout=60)
            return True

    passwords = Passwords(Slow(time_cost=1, memory_cost=64, parallelism=1), parallel_max=2)
    threads = [threading.Thread(target=passwords.matches, args=("x", "a hash")) for _ in range(5)]
    for thread in threads:
        thread.start()
    try:
        inside.get(timeout=60)
        inside.get(timeout=60)
        with pytest.raises(Empty):
            inside.get(timeout=0.2)
    finally:
        release.set()
        for thread in threads:
            thread.join()
    assert inside.qsize() == 3


def test_what_was_typed_as_user_name_is_kept_nowhere(client: FlaskClient, owner: Engine) -> None:
    client.post(LOGIN, json={"username": "my secret typed into the wrong field", "password": "x"})
    with owner.connect() as connection:
        kept = connection.execute(text("SELECT CAST(l AS text), username_digest FROM login_attempt l")).one()
    assert "secret" not in kept[0]
    assert len(bytes(kept.username_digest)) == 32
