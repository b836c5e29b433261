"""Rulebooks of all kinds: samples, what is refused with its place, days, and what a decision reads again."""

from __future__ import annotations

from sqlalchemy import Engine

from server.rulebooks import store
from server.rulebooks.files import apply_files
from tests.factories import NOW, RULEBOOKS

API = "/api/v1/rulebooks"
SAMPLES = sorted(RULEBOOKS.glob("*.json"))


def test_every_sample_of_the_demo_comes_into_force_once_and_says_where_it_comes_from(owner: Engine) -> None:
    def put() -> dict[str, int]:
        with owner.begin() as connection:
            return apply_files(connection, SAMPLES, at=NOW, today=NOW.date(), rows_max=2000)

    first = put()
    assert min(first.values()) > 0
    assert {*first} == {path.stem for path in SAMPLES}
    assert set(put().values()) == {0}
    with owner.connect() as connection:
        counts = store.counting(connection, NOW.date())
        assert {*counts} == {*first}
        for kind in counts:
            assert counts[kind]["sample"], kind
            found = store.in_force(connection, kind, NOW.date())
            assert found is not None and len(found.rows) == first[kind]
