"""Second looks: a sample that anybody can draw again, of what was closed and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from server.assessment.intervals import held_between
from server.assessment.rechecks import draw
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.server.assessment.test_indicators import make_cases

API = "/api/v1"
MONTH = {"from": "2016-12-01", "to": "2016-12-31"}
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def checker(owner: Engine, sign_in: SignIn) -> dict[str, str]:
    """A checker of the district, and forty closed cases beside others."""
    headers = sign_in("checker", organisation=DISTRICT)
    make_cases(owner, 30, closed=True)
    make_cases(owner, 10, closed=True, township=JINXIN)
    make_cases(owner, 7)
    return headers


def drawn(client: FlaskClient, headers: dict[str, str], **given: Any) -> dict[str, Any]:
    answer = client.post(f"{API}/rechecks", json={**MONTH, "size": 8, **given}, headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def test_the_same_seed_draws_the_same_cases(client: FlaskClient, checker: dict[str, str]) -> None:
    first, again = (drawn(client, checker, seed="2016年12月") for _ in range(2))
    assert [case["number"] for case in first["cases"]] == [case["number"] for case in again["cases"]]
    other = drawn(client, checker, seed="another seed")
    assert first["cases"] != other["cases"]
    assert (first["population"], first["drawn"], first["reproduced"]) == (40, 8, True)


def test_without_a_seed_one_is_made_and_told(client: FlaskClient, checker: dict[str, str]) -> None:
    made = drawn(client, checker)
    assert len(made["seed"]) == 32
    assert drawn(client, checker, seed=made["seed"])["cases"] == made["cases"]


def test_what_was_closed_later_is_not_slipped_into_a_sample(
    owner: Engine, client: FlaskClient, checker: dict[str, str]
) -> None:
    made = drawn(client, checker, seed="a seed for tests")
    make_cases(owner, 60, closed=True)
    told = client.get(f"{API}/rechecks/{made['id']}", headers=checker).get_json()
    assert told == made


def test_a_sample_of_one_township_holds_its_cases_only(client: FlaskClient, checker: dict[str, str]) -> None:
    made = drawn(client, checker, township=JINXIN, size=100)
    assert (made["population"], made["drawn"]) == (10, 10)


def test_a_share_is_rounded_up_and_larger_than_a_sample_holds_is_refused(
    client: FlaskClient, owner: Engine, checker: dict[str, str]
) -> None:
    assert drawn(client, checker, size=None, share_percent=11)["drawn"] == 5
    asked = client.get(f"{API}/rechecks/population", query_string=MONTH, headers=checker)
    assert asked.get_json() == {"population": 40}
    make_cases(owner, 1001, closed=True)
    for wrong in ({"share_percent": 100}, {}, {"size": 5, "share_percent": 5}):
        assert client.post(f"{API}/rechecks", json={**MONTH, **wrong}, headers=checker).status_code == 422


def exact(population: int, looked: int, held: int) -> tuple[float, float]:
    """Bounds of what holds, by counting every way to draw."""

    def seen(holds: int, numbers: range) -> Fraction:
        ways = sum(comb(holds, n) * comb(population - holds, looked - n) for n in numbers)
        return Fraction(ways, comb(population, looked))

    possible = range(held, population - (looked - held) + 1)
    low = min(n for n in possible if seen(n, range(held, looked + 1)) >= Fraction(1, 40))
    high = max(n for n in possible if seen(n, range(held + 1)) >= Fraction(1, 40))
    return low / population, high / population


@given(st.data())
@settings(max_examples=60)
def test_the_interval_of_a_rate_is_the_one_that_counting_all_samples_gives(data: st.DataObject) -> None:
    population = data.draw(st.integers(1, 60))
    looked = data.draw(st.integers(1, population))
    held = data.draw(st.integers(0, looked))
    assert held_between(population, looked, held) == exact(population, looked, held)


def test_where_nothing_was_closed_nothing_is_drawn(client: FlaskClient, checker: dict[str, str]) -> None:
    empty = {"from": "2017-01-01", "to": "2017-01-31", "size": 5}
    assert client.post(f"{API}/rechecks", json=empty, headers=checker).status_code == 404


@pytest.mark.parametrize("role, organisation", [("checker", JINSHA), ("dispatcher", DISTRICT)])
def test_a_township_does_not_draw_its_own_sample(
    client: FlaskClient, checker: dict[str, str], sign_in: SignIn, role: str, organisation: str
) -> None:
    headers = sign_in(role, organisation=organisation)
    assert client.post(f"{API}/rechecks", json={**MONTH, "size": 5}, headers=headers).status_code == 403


def test_sha256sum_draws_what_the_server_drew(
    client: FlaskClient, owner: Engine, checker: dict[str, str]
) -> None:
    """The rule as docs/assessment.md tells it, by a tool that is none of ours."""
    made = drawn(client, checker, seed="a seed for tests")
    with owner.begin() as connection:
        population = connection.execute(text("SELECT unnest(population) FROM recheck")).scalars().all()
    digests = {
        number: subprocess.run(  # noqa: S603
            ["/usr/bin/sha256sum"],
            input=f"a seed for tests|{number}".encode(),
            capture_output=True,
            check=True,
        ).stdout
        for number in population
    }
    assert [case["number"] for case in made["cases"]] == sorted(population, key=lambda n: digests[n])[:8]


def test_samples_are_listed_newest_first(client: FlaskClient, checker: dict[str, str], clock: Any) -> None:
    made = []
    for _ in range(3):
        made.append(drawn(client, checker)["id"])
        clock.advance(minutes=1)
    page = client.get(f"{API}/rechecks?limit=2", headers=checker).get_json()
    rest = client.get(f"{API}/rechecks?limit=2&cursor={page['next']}", headers=checker).get_json()
    assert [item["id"] for item in page["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None


@given(st.lists(st.text("0123456789", min_size=1), unique=True), st.text(min_size=8), st.integers(1, 50))
def test_a_sample_is_part_of_its_population_whatever_the_order_it_comes_in(
    population: list[str], seed: str, size: int
) -> None:
    made = draw(population, seed, size)
    assert set(made) <= set(population)
    assert len(made) == min(size, len(population))
    assert made == draw(population[::-1], seed, size)


def test_a_sample_is_never_changed(owner: Engine, client: FlaskClient, checker: dict[str, str]) -> None:
    drawn(client, checker)
    with pytest.raises(Exception, match="append-only"), owner.begin() as connection:
        connection.execute(text("UPDATE recheck SET seed = 'a better seed'"))
