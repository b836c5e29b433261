"""One address, one meaning: what is a list or a verb below `/zones` is never the code of a zone as well."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI

from server.places.fixed_words import FIXED_WORDS
from tests.server.places.plots import API, SignIn, plot


def test_every_word_that_stands_where_a_kind_or_a_code_may_stand_is_no_code(app: OpenAPI) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(f"{API}/zones/"):
            first, *rest = rule.rule.removeprefix(f"{API}/zones/").split("/")
            found |= {part for part in (first, *rest[:1]) if not part.startswith("<")}
    assert found
    assert found <= FIXED_WORDS


@pytest.mark.parametrize(
    "address, methods",
    [
        ("frontage/changes", {"GET", "HEAD", "OPTIONS"}),
        ("frontage/merge", {"POST", "OPTIONS"}),
        ("frontage/changes-of-may", {"GET", "HEAD", "OPTIONS", "PATCH"}),
    ],
)
def test_an_address_has_the_methods_of_one_meaning(
    client: FlaskClient, sign_in: SignIn, address: str, methods: set[str]
) -> None:
    answer = client.open(f"{API}/zones/{address}", method="DELETE", headers=sign_in("zone_manager"))
    assert answer.status_code == 405
    assert {verb.strip() for verb in answer.headers["Allow"].split(",")} == methods


def test_nobody_draws_a_zone_that_no_address_would_reach(client: FlaskClient, sign_in: SignIn) -> None:
    sent = {"code": "changes", "name": "x", "note": "new", "geometry": plot(0.0, 10.0)}
    answer = client.post(f"{API}/zones/frontage", json=sent, headers=sign_in("zone_manager"))
    assert answer.status_code == 422
    assert [error["path"] for error in answer.get_json()["errors"]] == ["/code"]
