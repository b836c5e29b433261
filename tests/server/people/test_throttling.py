"""Guessing passwords gets slow quickly, and nobody can use that to lock out somebody else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine, text

from config import Config
from tests.conftest import StandingClock
from tests.factories import PASSWORD, count_rows, make_account
from tests.postgres import METRIC_SRID

PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT = 3, 6, 5
WINDOW_S = 900
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        var=tmp_path / "var",
        metric_srid=METRIC_SRID,
        database_pool_size=4,
        login_window_s=WINDOW_S,
        login_max_failures_per_account_and_address=PER_ACCOUNT_AND_ADDRESS,
        login_max_failures_per_address=PER_ADDRESS,
        login_max_failures_per_account=PER_ACCOUNT,
    )


def attempt(client: FlaskClient, username: str, password: str = "wrong", *, address: str = HERE) -> int:
    answer = client.post(
        "/api/v1/auth/login",
        json={"username": username, "password": password},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return answer.status_code


def test_after_so_many_failures_even_the_right_password_has_to_wait(
    client: FlaskClient, owner: Engine, clock: StandingClock
) -> None:
    name = make_account(owner).username
    assert [attempt(client, name) for _ in range(PER_ACCOUNT_AND_ADDRESS)] == [401] * PER_ACCOUNT_AND_ADDRESS
    clock.advance(minutes=1)
    answer = client.post(
        "/api/v1/auth/login",
        json={"username": name, "password": PASSWORD},
        environ_overrides={"REMOTE_ADDR": HERE},
    )
    assert answer.status_code == 429
    assert answer.get_json()["code"] == "too_many_logins"
    assert answer.get_json()["retry_after_s"] == WINDOW_S - 60
    assert answer.headers["Retry-After"] == str(WINDOW_S - 60)
    clock.advance(seconds=WINDOW_S - 61)
    assert attempt(client, name, PASSWORD) == 429
    clock.advance(seconds=1)
    assert attempt(client, name, PASSWORD) == 200


def test_trying_again_too_early_does_not_make_the_wait_longer(
    client: FlaskClient, owner: Engine, clock: StandingClock
) -> None:
    name = make_account(owner).username
    for _ in range(PER_ACCOUNT_AND_ADDRESS):
        attempt(client, name)
    clock.advance(seconds=WINDOW_S / 2)
    assert [attempt(client, name) for _ in range(5)] == [429] * 5
    clock.advance(seconds=WINDOW_S / 2)
    assert attempt(client, name, PASSWORD) == 200


def test_an_unknown_user_is_throttled_as_a_known_one(client: FlaskClient, owner: Engine) -> None:
    known = make_account(owner).username
    for name in (known, "nobody.here"):
        statuses = [attempt(client, name, address=f"203.0.113.{len(name)}") for _ in range(5)]
        assert statuses == [401] * 3 + [429] * 2


def test_one_address_may_not_try_account_after_account(client: FlaskClient) -> None:
    statuses = [attempt(client, f"user{n}") for n in range(PER_ADDRESS + 1)]
    assert statuses == [401] * PER_ADDRESS + [429]
    assert attempt(client, "user0", address=ELSEWHERE) == 401


def test_many_addresses_guessing_at_one_account_do_not_lock_out_its_holder(
    client: FlaskClient, owner: Engine
) -> None:
    name = make_account(owner).username
    assert attempt(client, name, PASSWORD, address=HERE) == 200
    guessed = [attempt(client, name, address=f"203.0.113.{n}") for n in range(PER_ACCOUNT + 1)]
    assert guessed == [401] * PER_ACCOUNT + [429]
    assert attempt(client, name, PASSWORD, address=ELSEWHERE) == 429
    assert attempt(client, name, PASSWORD, address=HERE) == 200


def test_an_address_is_only_known_for_the_account_that_signed_in_there(
    client: FlaskClient, owner: Engine
) -> None:
    victim, attacker = make_account(owner).username, make_account(owner).username
    assert attempt(client, attacker, PASSWORD, address=HERE) == 200
    for n in range(PER_ACCOUNT):
        attempt(client, victim, address=f"203.0.113.{n}")
    assert attempt(client, victim, address=HERE) == 429


def test_signing_in_is_no_failure_however_often(client: FlaskClient, owner: Engine) -> None:
    name = make_account(owner).username
    assert [attempt(client, name, PASSWORD) for _ in range(PER_ADDRESS + 1)] == [200] * (PER_ADDRESS + 1)


def test_guesses_sent_side_by_side_do_not_all_pass_before_the_first_is_counted(
    app: OpenAPI, owner: Engine
) -> None:
    name = make_account(owner).username
    together = threading.Barrier(16, timeout=60)
    statuses: list[int] = []

    def guess() -> None:
        client = app.test_client()
        together.wait()
        statuses.append(attempt(client, name))

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [401] * PER_ACCOUNT_AND_ADDRESS + [429] * (16 - PER_ACCOUNT_AND_ADDRESS)
    assert count_rows(owner, "login_attempt") == PER_ACCOUNT_AND_ADDRESS


def test_the_addresses_of_one_ipv6_connection_are_counted_together(client: FlaskClient) -> None:
    near = [attempt(client, "someone", address=f"2001:db8:0:1::{n:x}") for n in range(4)]
    assert near == [401] * 3 + [429]
    assert attempt(client, "someone", address="2001:db8:0:2::1") == 401


def test_an_ipv4_address_in_ipv6_dress_is_the_same_address(client: FlaskClient) -> None:
    dresses = [HERE, f"::ffff:{HERE}", HERE, f"::ffff:{HERE}"]
    assert [attempt(client, "someone", address=address) for address in dresses] == [401] * 3 + [429]


@pytest.mark.parametrize(
    "address", ["", "unknown", "192.0.2.1:4711", "fe80::1%eth0", "a\x00", "9" * 5000], ids=ascii
)
def test_what_is_no_address_is_counted_too(client: FlaskClient, address: str) -> None:
    assert [attempt(client, "someone", address=address) for _ in range(4)] == [401] * 3 + [429]


def test_without_a_trusted_proxy_nobody_chooses_the_address_they_are_counted_under(
    client: FlaskClient, owner: Engine
) -> None:
    body = {"username": "someone", "password": "x"}
    for n in range(PER_ACCOUNT_AND_ADDRESS):
        client.post("/api/v1/auth/login", json=body, headers={"X-Forwarded-For": f"203.0.113.{n}"})
    with owner.connect() as connection:
        addresses = connection.execute(text("SELECT DISTINCT host(address) FROM login_attempt")).scalars()
        assert list(addresses) == ["127.0.0.1"]
